//! A file of the migration directory, as the plan wants it.

use super::Finding;
use crate::model::{DependencyType, FileType, RunRule};

/// A text and the checksum of the file that it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The text.
    pub text: String,
    /// SHA-256 of the file's bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// A dependency as a file states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateNeed {
    /// A path, a name or a version.
    pub name: String,
    /// Its part in the file.
    pub kind: DependencyType,
    /// The file that says so.
    pub said_in: String,
    /// The line there, from 1.
    pub line: u32,
}

/// A file that may have to run: `source::SourceFile`, of which this layer knows nothing, field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its place in the order of versions, different for each.
    pub order: usize,
    /// Relative to the migration directory.
    pub path: String,
    /// The name of its directory, where there are several: versions are compared within one.
    pub root: String,
    /// The path's last part without extensions; others may name it so.
    pub name: String,
    /// The version as written; empty where there is none.
    pub version: String,
    /// The version's numbers.
    pub numbers: Vec<u64>,
    /// The handler.
    pub file_type: FileType,
    /// When it runs, given what has run.
    pub rule: RunRule,
    /// The migration.
    pub up: Script,
    /// Its rollback script.
    pub down: Option<Script>,
    /// Its verify script.
    pub verify: Option<String>,
    /// The files that it depends on.
    pub needs: Vec<CandidateNeed>,
    /// What its source says of it.
    pub findings: Vec<Finding>,
}
