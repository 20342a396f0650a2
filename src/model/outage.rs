//! A time in which nobody drove a batch: the server was away, or its worker was; and what became of what was left
//! (`outage_told` finds it, and says it).

use super::{FileId, Millis};
use serde::{Deserialize, Serialize};

/// A time without a worker, and what was found at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Outage {
    /// The worker's last sign of life, on the database's clock.
    pub since: Millis,
    /// The worker that was missed.
    pub holder: String,
    /// True if the same worker came back: it was cut off from the server.
    pub cut_off: bool,
    /// Files that stand where they stood, between two statements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stays: Vec<FileId>,
    /// Files that were under a statement, and are undone; the next `migrate` runs them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undone: Vec<FileId>,
    /// Files whose undo had begun before, and goes on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoing: Vec<FileId>,
    /// Files about which somebody has to choose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<FileId>,
}
