//! The steps of planning, one after the other.

use super::{Applied, Candidate, Options, Plan, UndoCoverage};
use crate::model::Checksum;

/// Makes a plan. The order in which candidates and history come does not matter.
pub fn make(candidates: Vec<Candidate>, history: &[Applied], options: &Options) -> Plan {
    let _ = (candidates, history); // until the steps are here
    Plan {
        batch: options.date.clone(),
        epoch_from: options.epoch,
        epoch_to: options.epoch,
        files: Vec::new(),
        findings: Vec::new(),
        undo_coverage: UndoCoverage::default(),
        refused: Vec::new(),
        checksum: Checksum::default(),
        policy: options.policy.clone(),
    }
}
