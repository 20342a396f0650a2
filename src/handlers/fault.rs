//! Something that is wrong with a file.

use std::fmt;

/// A fault in a file, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: u32,
    /// The fault, and the remedy.
    pub problem: String,
}

impl Fault {
    /// A fault on a line.
    pub fn new(line: u32, problem: impl Into<String>) -> Fault {
        Fault { line, problem: problem.into() }
    }

    /// A fault at a byte of a text.
    pub(super) fn at(text: &str, byte: usize, problem: impl Into<String>) -> Fault {
        let before = text.as_bytes().iter().take(byte).filter(|byte| **byte == b'\n').count();
        Fault::new(u32::try_from(before + 1).unwrap_or(u32::MAX), problem)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}
