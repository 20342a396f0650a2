//! A file of the migration directory, as the plan wants it.

use crate::model::{DependencyType, FileType};

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
    /// What it is to the file.
    pub kind: DependencyType,
    /// The file that says so.
    pub said_in: String,
    /// The line there, from 1.
    pub line: u32,
}

/// A file that may have to run. It is made of a `source::SourceFile` field by field:
///
/// ```
/// use caribou::plan::{Candidate, CandidateNeed, Script};
/// use caribou::source::{SourceFile, Text};
/// fn candidate((order, file): (usize, SourceFile)) -> Candidate {
///     let script = |text: Text| Script { text: text.text, sha256: text.sha256 };
///     let need = |n: caribou::source::Need| CandidateNeed { name: n.name, kind: n.kind, said_in: n.said_in, line: n.line };
///     Candidate {
///         order,
///         path: file.path,
///         name: file.name,
///         version: file.version.text,
///         numbers: file.version.numbers,
///         file_type: file.file_type,
///         up: script(file.up),
///         down: file.down.map(script),
///         verify: file.verify.map(|text| text.text),
///         needs: file.needs.into_iter().map(need).collect(),
///     }
/// }
/// # fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its place in the order of versions, different for each.
    pub order: usize,
    /// Relative to the migration directory.
    pub path: String,
    /// The path's last part without extensions; others may name it so.
    pub name: String,
    /// The version as written; empty where there is none.
    pub version: String,
    /// The version's numbers.
    pub numbers: Vec<u64>,
    /// Who handles it.
    pub file_type: FileType,
    /// The migration.
    pub up: Script,
    /// Its rollback script.
    pub down: Option<Script>,
    /// Its verify script.
    pub verify: Option<String>,
    /// What it depends on.
    pub needs: Vec<CandidateNeed>,
}
