//! Sqitch: a plan and a file for each way, run by the database's own client.

use crate::peer::{Peer, Stage, tools};
use caribou::database::ServerKind;
use std::process::Command;

pub const SQITCH: Peer = Peer {
    source: tools::SQITCH,
    lay_out,
    up: |stage| run(stage, &["deploy"]),
    down: Some(|stage| run(stage, &["revert", "-y"])),
};

fn lay_out(stage: &Stage<'_>) {
    let mut plan = "%syntax-version=1.0.0\n%project=herd\n\n".to_owned();
    for n in 0..stage.files {
        stage.write(&format!("deploy/t{n:05}.sql"), stage.text(n));
        stage.write(&format!("revert/t{n:05}.sql"), stage.back(n));
        plan.push_str(&format!("t{n:05} 2026-01-02T03:04:05Z Ana <ana@example.org> # a table\n"));
    }
    stage.write("sqitch.plan", plan);
    let engine = if stage.kind() == ServerKind::Sqlite { "sqlite" } else { "mysql" };
    stage.write(
        "sqitch.conf",
        format!("[core]\n\tengine = {engine}\n[user]\n\tname = Ana\n\temail = ana@example.org\n"),
    );
}

fn run(stage: &Stage<'_>, words: &[&str]) -> Command {
    let target = match stage.kind() {
        ServerKind::Sqlite => format!("db:sqlite:{}", stage.file().display()),
        ServerKind::MariaDb | ServerKind::MySql => format!("db:{}", stage.url()),
    };
    let mut command = stage.run(tools::SQITCH.program, &words[..1]);
    // With its registry among the database's own tables, which can be had by anybody.
    command.args(&words[1..]).arg("--registry").arg(registry(stage)).arg(target);
    command
}

fn registry(stage: &Stage<'_>) -> String {
    match stage.kind() {
        ServerKind::Sqlite => "sqitch".to_owned(),
        ServerKind::MariaDb | ServerKind::MySql => format!("{}_undo", stage.core()),
    }
}
