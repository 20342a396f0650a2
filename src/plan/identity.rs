//! Checksums of files, texts and plans.

use super::{Options, PlanFile};
use crate::model::{Checksum, Policy, SourceText};
use crate::sql::Script;
use sha2::{Digest, Sha256};

/// The version of the canonical hash of a file, first in each.
const VERSION: &str = "1:";

/// A file's canonical hash: over the canonical hashes of its statements and over its client commands, so that comments,
/// blanks, line endings and byte order marks do not move it.
pub fn canonical(script: &Script) -> Checksum {
    let mut hash = Sha256::new();
    for statement in &script.statements {
        field(&mut hash, Some(&statement.hash));
    }
    for command in &script.client_commands {
        field(&mut hash, None);
        field(&mut hash, Some(&command.command.to_string()));
    }
    Checksum(format!("{VERSION}{}", hexadecimal(hash)))
}

/// The key of a file's texts in `migration_sources`.
pub(super) fn source(up: &str, down: Option<&str>, verify: Option<&str>) -> Checksum {
    SourceText::key(up, down, verify)
}

/// Over the order, the hashes of what will run and the policy: what an operator acknowledges.
pub(super) fn plan(files: &[PlanFile], policy: &Policy, options: &Options) -> Checksum {
    let mut hash = Sha256::new();
    for file in files {
        field(&mut hash, Some(&file.path));
        field(&mut hash, Some(file.file_type.as_str()));
        field(&mut hash, Some(&file.source.0));
        hash.update(file.wave.to_le_bytes());
        hash.update(file.epoch_to.0.to_le_bytes());
    }
    field(&mut hash, Some(options.dialect.as_str()));
    // How many run at a time, and who is told how, changes nothing of what is done.
    let policy = &Policy { parallel: None, alerts: None, ..policy.clone() };
    // A policy of plain fields always becomes JSON; were it not so, the checksum would only say less.
    field(&mut hash, serde_json::to_string(policy).ok().as_deref());
    Checksum(hexadecimal(hash))
}

/// Adds one field, so that no two lists of fields look alike.
fn field(hash: &mut Sha256, text: Option<&str>) {
    match text {
        None => hash.update([0]),
        Some(text) => {
            hash.update([1]);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
    }
}

fn hexadecimal(hash: Sha256) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
