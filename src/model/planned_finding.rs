//! Findings of a plan on a file, which the checks before the file take up as they stand.

use serde::{Deserialize, Serialize};

/// Name under which the log has what the plan foresaw: a statement that the server will answer with an error.
pub const FORESEEN: &str = "foreseen";

/// A finding of the plan on a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlannedFinding {
    /// The check's name (`validation_type`).
    pub check: String,
    /// The file does not run as it is.
    pub blocks: bool,
    /// Account of what was found, with its line.
    pub result: String,
}
