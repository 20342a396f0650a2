//! Baselines among the candidates, and what they stand for.

use super::standing::Standing;
use super::{Candidate, Finding, Level};
use crate::model::{Versioned, replaced};

/// Takes those out that another one stands for, and says so.
pub(super) fn replace(candidates: &[Candidate], standings: &mut [Standing]) -> Option<Finding> {
    let files = candidates.iter().zip(standings.iter()).map(|(candidate, standing)| Versioned {
        numbers: &candidate.numbers,
        is_baseline: candidate.rule.baseline,
        has_completed: *standing == Standing::Completed,
        is_pending: *standing == Standing::Pending,
    });
    let replaced = replaced(&files.collect::<Vec<_>>());
    for at in &replaced.files {
        standings[*at] = Standing::Replaced;
    }
    let (by, count) = (&candidates[replaced.by?].path, replaced.files.len());
    let message = format!("{by} runs in place of {count} others up to its version: none of them has run here");
    (count > 0).then(|| Finding::new("baseline", Level::Info, None, message))
}
