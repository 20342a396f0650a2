//! The checks.

use super::CheckLevel;
use crate::model::{Class, ValidationPhase};

/// One check.
#[derive(Debug)]
pub struct Check {
    /// Stable: the `validation_type` of the log and the key in the configuration.
    pub name: &'static str,
    /// Before or after the file runs.
    pub phase: ValidationPhase,
    /// What a breach after the file ran is worth; `None` leaves it to the file's type.
    pub class: Option<Class>,
    /// What a breach does unless configured.
    pub level: CheckLevel,
    /// One sentence.
    pub about: &'static str,
}

/// Every check, in the order in which they run.
pub const CHECKS: &[Check] = &[];
