//! A type for every identifier, so that a batch is never taken for a file.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// Key of `migration_batches`. Batch 0 carries the events of the system itself (`docs/design/schema.md`, Journal
    /// and projections).
    BatchId,
    /// Key of `migration_files`.
    FileId,
    /// Key of `migration_validation_log`.
    ValidationId,
    /// Key of `migration_rollback_log`.
    RollbackId,
    /// Key of `migration_dependencies`.
    DependencyId,
    /// Key of `migration_system_state`.
    SystemStateId,
    /// Key of `migration_progress`.
    ProgressId,
    /// Key of `migration_alerts`.
    AlertId,
    /// Key of `migration_commands`.
    CommandId,
    /// Key of `migration_decisions`.
    DecisionId,
    /// Number of an event within its batch, from 1, without gaps.
    Seq,
    /// The fencing token of a lease; it only grows.
    Token,
    /// The version stamp of the system; it never goes backwards except by rollback.
    Epoch,
}

impl BatchId {
    /// The batch that carries the events of the system itself.
    pub const SYSTEM: BatchId = BatchId(0);
}

impl Seq {
    /// The number after this one.
    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}

/// A SHA-256 in lower-case hexadecimal, or a versioned canonical hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Checksum(pub String);

impl Checksum {
    /// True if it is a SHA-256.
    pub fn is_sha256(&self) -> bool {
        self.0.len() == 64 && self.0.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The highest key seen in each of the tables that get rows. The deployed tables have no auto-increment
/// (`docs/design/schema.md`, Journal and projections), so keys are given by whoever holds the lease: the next one is
/// the highest plus one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ids {
    pub batch: i64,
    pub file: i64,
    pub validation: i64,
    pub rollback: i64,
    pub dependency: i64,
    pub progress: i64,
    pub alert: i64,
    #[serde(default)]
    pub state: i64,
}

impl Ids {
    /// Takes the next key of one counter, e.g. `Ids::take(&mut ids.file)`.
    pub fn take(counter: &mut i64) -> i64 {
        *counter += 1;
        *counter
    }

    /// Remembers a key that exists.
    pub fn saw(counter: &mut i64, key: i64) {
        *counter = (*counter).max(key);
    }
}
