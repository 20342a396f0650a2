//! Checksums of files, texts and plans.

use super::{Options, PlanFile};
use crate::model::{Checksum, FieldsHash, Policy, SourceText};
use crate::sql::Script;

/// The version of the canonical hash of a file, first in each.
const VERSION: &str = "1:";

/// A file's canonical hash: over the canonical hashes of its statements and over its client commands, so that comments,
/// blanks, line endings and byte order marks do not move it.
pub fn canonical(script: &Script) -> Checksum {
    let mut hash = FieldsHash::default();
    for statement in &script.statements {
        hash.field(Some(&statement.hash));
    }
    for command in &script.client_commands {
        hash.field(None);
        hash.field(Some(&command.command.to_string()));
    }
    Checksum(hash.finish(VERSION))
}

/// The key of a file's texts in `migration_sources`.
pub(super) fn source(up: &str, down: Option<&str>, verify: Option<&str>) -> Checksum {
    SourceText::key(up, down, verify)
}

/// Over the order, the hashes of what will run and the policy: what an operator acknowledges.
pub(super) fn plan(files: &[PlanFile], policy: &Policy, options: &Options) -> Checksum {
    let mut hash = FieldsHash::default();
    for file in files {
        hash.field(Some(&file.path));
        hash.field(Some(file.file_type.as_str()));
        hash.field(Some(&file.source.0));
        hash.fixed(file.wave.to_le_bytes());
        hash.fixed(file.epoch_to.0.to_le_bytes());
    }
    hash.field(Some(options.dialect.as_str()));
    // How many run at a time, whether somebody steps, and who is told how, changes nothing of what is done.
    let policy = &Policy { parallel: None, step: false, alerts: None, ..policy.clone() };
    // A policy of plain fields always becomes JSON; were it not so, the checksum would only say less.
    hash.field(serde_json::to_string(policy).ok().as_deref());
    Checksum(hash.finish(""))
}
