//! Results of checks as the journal has them: one by one where one says something, together where all of them passed.

use super::{Class, FileId, ValidationId, ValidationPhase, ValidationStatus};
use serde::{Deserialize, Serialize};

/// A check that passed, in `checks_passed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PassedCheck {
    pub check: String,
    /// What it looked at, in words.
    pub result: String,
    /// Milliseconds that it took.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ms: u64,
}

/// The result of one check: a row of `migration_validation_log`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validation<'a> {
    pub id: ValidationId,
    /// `None` for a check of the whole batch.
    pub file: Option<FileId>,
    pub phase: ValidationPhase,
    pub check: &'a str,
    pub status: ValidationStatus,
    pub class: Option<Class>,
    pub result: &'a str,
    /// Milliseconds that it took.
    pub ms: u64,
}

fn is_zero(ms: &u64) -> bool {
    *ms == 0
}
