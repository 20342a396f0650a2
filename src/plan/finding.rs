//! What is odd about a file, before anything runs.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Worth a look before it runs.
    Warning,
    /// The file will not run as it is: a check before it stops it.
    Blocking,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Blocking => "blocking",
        })
    }
}

/// One finding about a file of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable name: `client_command`, `unknown_statement`, `no_statements`, `checksum_drift`, `out_of_order`,
    /// `dependency_not_completed`, `created_later`, `unknown_conflict`, `empty_rollback`.
    pub check: String,
    /// How much it matters.
    pub level: Level,
    /// The line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What was found, and what to do.
    pub message: String,
}

impl Finding {
    pub(super) fn new(check: &str, level: Level, line: Option<u32>, message: String) -> Finding {
        Finding { check: check.to_owned(), level, line, message }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.level)?;
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.message)
    }
}
