//! The file that a handler looks at.

use crate::sql::{Dialect, Script};

/// A file as it lies in the directory.
#[derive(Debug, Clone, Copy)]
pub struct Original<'a> {
    /// Relative to the directory.
    pub path: &'a str,
    /// Its text, without a byte order mark.
    pub text: &'a str,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: &'a str,
}

/// A file as it is planned.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Relative to the directory.
    pub path: &'a str,
    /// Its text as it is recorded.
    pub text: &'a str,
    /// The statements of that.
    pub script: &'a Script,
    /// Its rollback script.
    pub back: Option<&'a Script>,
    /// The language that it is written in.
    pub dialect: Dialect,
    /// The core schema: where names without one live.
    pub core: &'a str,
}
