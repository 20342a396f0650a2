//! What a check answers.

use super::CheckLevel;
use crate::sql::Statement;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The line in the file, from 1.
    pub line: Option<u32>,
    /// What was found, and what to do.
    pub message: String,
    /// A level of its own, where the check's is not meant.
    pub level: Option<CheckLevel>,
}

impl Breach {
    /// A breach of the file as a whole.
    pub(super) fn new(message: impl Into<String>) -> Breach {
        Breach { line: None, message: message.into(), level: None }
    }

    /// A breach at a statement.
    pub(super) fn at(statement: &Statement, message: impl AsRef<str>) -> Breach {
        let message = format!("statement {}: {}", statement.index + 1, message.as_ref());
        Breach { line: Some(statement.line), message, level: None }
    }

    pub(super) fn on_line(line: u32, message: impl Into<String>) -> Breach {
        Breach { line: Some(line), message: message.into(), level: None }
    }
}

/// What was compared, and what is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// For the log, when all is well: `3 objects`.
    pub at: String,
    /// In the order of the file.
    pub breaches: Vec<Breach>,
}

impl Looked {
    pub(super) fn at(count: usize, noun: &str) -> Looked {
        let plural = if count == 1 { "" } else { "s" };
        Looked { at: format!("{count} {noun}{plural}"), breaches: Vec::new() }
    }

    pub(super) fn with(mut self, breaches: Vec<Breach>) -> Looked {
        self.breaches = breaches;
        self
    }
}
