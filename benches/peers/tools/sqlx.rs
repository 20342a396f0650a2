//! sqlx-cli: a file up and a file down.

use crate::peer::{Peer, Stage, tools};
use std::process::Command;

pub const SQLX: Peer = Peer {
    source: tools::SQLX,
    lay_out,
    up: |stage| run(stage, &["run"]),
    down: Some(|stage| run(stage, &["revert", "--target-version", "0"])),
};

fn lay_out(stage: &Stage<'_>) {
    for n in 0..stage.files {
        stage.write(&format!("migrations/{:05}_table.up.sql", n + 1), stage.text(n));
        stage.write(&format!("migrations/{:05}_table.down.sql", n + 1), stage.back(n));
    }
    if let Some(dir) = stage.fresh.sqlite_dir() {
        // It opens a file that stands.
        std::fs::write(dir.join(format!("{}.db", stage.core())), "").expect("a file");
    }
}

fn run(stage: &Stage<'_>, words: &[&str]) -> Command {
    let mut command = stage.run(tools::SQLX.program, &["migrate"]);
    command.args(words).arg("--source").arg("migrations").arg("--database-url").arg(stage.url());
    command
}
