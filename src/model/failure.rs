//! Reason why something did not go as planned, in the form that is journalled, shown and counted.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Syntax,
    MissingObject,
    DuplicateObject,
    Constraint,
    LockWait,
    Deadlock,
    ConnectionLost,
    Timeout,
    Disk,
    Privilege,
    Checksum,
    Dependency,
    Validation,
    Undo,
    Aborted,
    InDoubt,
    Internal,
}

impl Category {
    /// All of them.
    pub const ALL: [Category; 17] = [
        Category::Syntax,
        Category::MissingObject,
        Category::DuplicateObject,
        Category::Constraint,
        Category::LockWait,
        Category::Deadlock,
        Category::ConnectionLost,
        Category::Timeout,
        Category::Disk,
        Category::Privilege,
        Category::Checksum,
        Category::Dependency,
        Category::Validation,
        Category::Undo,
        Category::Aborted,
        Category::InDoubt,
        Category::Internal,
    ];

    /// True if the file has to be mended before it can run: a lock, a lost connection, a full disk, an abort or a worker
    /// that ended are none of its doing.
    pub fn is_of_file(self) -> bool {
        use Category::{Aborted, ConnectionLost, Deadlock, Disk, InDoubt, LockWait, Privilege, Timeout};
        !matches!(self, Aborted | ConnectionLost | Deadlock | Disk | InDoubt | LockWait | Privilege | Timeout)
    }

    /// The name in JSON and on screens.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Syntax => "syntax",
            Category::MissingObject => "missing_object",
            Category::DuplicateObject => "duplicate_object",
            Category::Constraint => "constraint",
            Category::LockWait => "lock_wait",
            Category::Deadlock => "deadlock",
            Category::ConnectionLost => "connection_lost",
            Category::Timeout => "timeout",
            Category::Disk => "disk",
            Category::Privilege => "privilege",
            Category::Checksum => "checksum",
            Category::Dependency => "dependency",
            Category::Validation => "validation",
            Category::Undo => "undo",
            Category::Aborted => "aborted",
            Category::InDoubt => "in_doubt",
            Category::Internal => "internal",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One failure, told once and shown everywhere the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Failure {
    pub category: Category,
    /// Account of what happened, in the server's words where it was the server.
    pub message: String,
    /// The server's error code, e.g. `1146`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The statement's index in its file, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<u32>,
    /// The line in the file where the statement begins, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Remedy for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Reason why what stood then could not be undone, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
}

impl Failure {
    /// A failure with a category and a message only.
    pub fn new(category: Category, message: impl Into<String>) -> Failure {
        Failure { category, message: message.into(), code: None, statement: None, line: None, hint: None, undo: None }
    }

    /// The same with advice.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// The same at a statement (from 0) that begins at a line (from 1).
    pub fn at(mut self, statement: u32, line: u32) -> Failure {
        self.statement = Some(statement);
        self.line = Some(line);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(statement), Some(line)) = (self.statement, self.line) {
            write!(f, "statement {} (line {line}): ", statement + 1)?;
        }
        f.write_str(&self.message)?;
        if let Some(code) = &self.code {
            write!(f, " [{code}]")?;
        }
        match &self.undo {
            Some(undo) => write!(f, "; and it could not be undone: {undo}"),
            None => Ok(()),
        }
    }
}
