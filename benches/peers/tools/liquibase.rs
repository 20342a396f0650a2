//! Liquibase: formatted SQL, a changeset a file.

use crate::peer::{Peer, Stage, tools};
use caribou::database::ServerKind;
use std::process::Command;

pub const LIQUIBASE: Peer = Peer {
    source: tools::LIQUIBASE,
    lay_out,
    up: |stage| run(stage, &["update"]),
    down: Some(|stage| {
        let count = format!("--count={}", stage.files);
        run(stage, &["rollback-count", &count])
    }),
};

fn lay_out(stage: &Stage<'_>) {
    let mut all = "databaseChangeLog:\n".to_owned();
    for n in 0..stage.files {
        let name = format!("{n:05}_table.sql");
        let text =
            format!("--liquibase formatted sql\n\n--changeset ana:{n}\n{}--rollback {}", stage.text(n), stage.back(n));
        stage.write(&name, text);
        all.push_str(&format!("  - include:\n      file: {name}\n"));
    }
    stage.write("changelog.yaml", all);
}

fn run(stage: &Stage<'_>, words: &[&str]) -> Command {
    let url = match stage.kind() {
        ServerKind::Sqlite => format!("jdbc:sqlite:{}", stage.file().display()),
        kind => format!("jdbc:{kind}://127.0.0.1:{}/{}", stage.port(), stage.core()),
    };
    let mut command = stage.run(tools::LIQUIBASE.program, &["--changelog-file=changelog.yaml", "--username=root"]);
    command.arg(format!("--url={url}")).arg(format!("--search-path={}", stage.dir.display())).args(words);
    command
}
