//! What an approver lets pass.

use crate::model::{Checksum, FileId};
use serde::{Deserialize, Serialize};

/// The checks that are let pass, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverrideSubject {
    /// Checks that stopped a file before it ran.
    File {
        file: FileId,
        /// Retries of the file when the approver looked.
        retries: u32,
        checks: Vec<String>,
    },
    /// A check for which a plan cannot become a batch, and the file that it is about.
    Plan { plan: Checksum, check: String, path: String },
}

/// A request to let something pass, before it has a number and before anybody has looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideRequest {
    pub subject: OverrideSubject,
    pub reason: String,
}
