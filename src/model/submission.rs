//! A plan in the form in which it becomes a batch: handed to the engine, or to another worker as a command.

use super::*;
use serde::{Deserialize, Serialize};

/// The texts of a file, kept by checksum so that undo and console never need the checkout again (`3-rollback`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceText {
    /// SHA-256 over the three texts; the key in `migration_sources`.
    pub checksum: Checksum,
    pub path: String,
    /// The migration itself.
    pub up: String,
    pub down: Option<String>,
    pub verify: Option<String>,
}

/// What a planned file depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// A file of the same submission, by its place in [`Submission::files`].
    Planned(usize),
    /// A file of an earlier batch.
    Earlier(FileId),
}

/// A dependency of a planned file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    pub on: On,
    pub path: String,
    pub kind: DependencyType,
    pub description: String,
}

/// A file of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedFile {
    pub path: String,
    pub file_type: FileType,
    pub hash: Checksum,
    pub canonical: Checksum,
    pub source: Checksum,
    pub epoch_from: Epoch,
    pub epoch_to: Epoch,
    pub wave: u32,
    pub statements: u32,
    pub undo_statements: Option<u32>,
    pub requires: Vec<Requirement>,
}

/// A whole plan, its files in the order in which they start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    pub name: String,
    pub epoch_from: Epoch,
    pub epoch_to: Epoch,
    pub plan: Checksum,
    pub policy: Policy,
    pub files: Vec<PlannedFile>,
    /// The files' texts, once each.
    pub texts: Vec<SourceText>,
}
