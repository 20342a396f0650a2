//! Progress of a batch.

use serde::{Deserialize, Serialize};

/// Progress of a batch, noted now and then: for readers without the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Progress {
    pub phase: String,
    pub total_phases: u32,
    /// From 1.
    pub phase_index: u32,
    pub files_in_phase: u32,
    pub files_completed_in_phase: u32,
    /// Hundredths of a percent, 0 to 10,000.
    pub percent_hundredths: u32,
    pub remaining_seconds: u32,
}
