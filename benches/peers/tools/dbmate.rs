//! dbmate: one file with up and down marks; a rollback takes one file back, so there is none of all.

use crate::peer::{Peer, Stage, tools};
use std::process::Command;

pub const DBMATE: Peer = Peer { source: tools::DBMATE, lay_out, up, down: None };

fn lay_out(stage: &Stage<'_>) {
    for n in 0..stage.files {
        let text = format!("-- migrate:up\n{}\n-- migrate:down\n{}", stage.text(n), stage.back(n));
        stage.write(&format!("db/{n:05}_table.sql"), text);
    }
}

fn up(stage: &Stage<'_>) -> Command {
    let url = stage.url();
    stage.run(tools::DBMATE.program, &["--url", &url, "--no-dump-schema", "--migrations-dir", "db", "migrate"])
}
