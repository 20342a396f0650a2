//! A statement of a file that has ended, as far as checks need it.

use crate::model::{Expected, Failure};
use crate::sql::Statement;

/// A try of a statement that met a lock.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Milliseconds until the server refused it.
    pub ms: u64,
    pub failure: Failure,
    /// Who held what it wanted, for people.
    pub blockers: Vec<String>,
}

/// A statement of a file that has ended, as far as checks need it.
#[derive(Debug, Clone, Copy)]
pub struct EndedStatement<'a> {
    pub statement: &'a Statement,
    /// Number of statements of its file.
    pub of: u32,
    /// Milliseconds of its last try; `None` if it failed.
    pub ms: Option<u64>,
    /// The server's warnings: `LEVEL NUMBER: words`.
    pub warnings: &'a [String],
    /// Rows that it changed, where it is known.
    pub rows: Option<u64>,
    /// Tries that met a lock.
    pub tries: &'a [Tried],
    /// Time that its file was expected to take.
    pub expected: Option<&'a Expected>,
    /// It undoes the file.
    pub undoes: bool,
}
