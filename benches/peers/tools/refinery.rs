//! refinery: files up only.

use crate::peer::{Peer, Stage, tools};
use caribou::database::ServerKind;
use std::process::Command;

pub const REFINERY: Peer = Peer { source: tools::REFINERY, lay_out, up, down: None };

fn lay_out(stage: &Stage<'_>) {
    for n in 0..stage.files {
        stage.write(&format!("migrations/V{}__table.sql", n + 1), stage.text(n));
    }
    let place = match stage.kind() {
        ServerKind::Sqlite => format!("db_type = \"Sqlite\"\ndb_path = \"{}\"\n", stage.file().display()),
        ServerKind::MariaDb | ServerKind::MySql => format!(
            "db_type = \"Mysql\"\ndb_host = \"127.0.0.1\"\ndb_port = \"{}\"\ndb_user = \"root\"\ndb_pass = \"\"\ndb_name = \"{}\"\n",
            stage.port(),
            stage.core()
        ),
    };
    stage.write("refinery.toml", format!("[main]\n{place}"));
}

fn up(stage: &Stage<'_>) -> Command {
    stage.run(tools::REFINERY.program, &["migrate", "-c", "./refinery.toml", "-p", "migrations"])
}
