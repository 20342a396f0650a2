//! A check that is let pass for a file although it blocks: somebody has said so, and why.

use serde::{Deserialize, Serialize};

/// Word of whoever lets a check pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Overridden {
    /// The account.
    pub by: String,
    /// Reason; it stands in the journal.
    pub reason: String,
}
