//! Baselines among the candidates, and what they stand for.

use super::standing::Standing;
use super::{Applied, Candidate, Finding, Level};
use crate::model::{Versioned, replaced};

/// Takes those out that another one stands for, and says so. What has run and lies here no more stands for a baseline too:
/// that is how a hundred files are squashed into one.
pub(super) fn replace(candidates: &[Candidate], standings: &mut [Standing], gone: &[&Applied]) -> Option<Finding> {
    let files = candidates.iter().zip(standings.iter()).map(|(candidate, standing)| Versioned {
        numbers: &candidate.numbers,
        is_baseline: candidate.rule.baseline,
        has_completed: *standing == Standing::Completed,
        is_pending: *standing == Standing::Pending,
    });
    let replaced = replaced(&files.collect::<Vec<_>>(), !gone.is_empty());
    for at in &replaced.files {
        standings[*at] = Standing::Replaced;
    }
    let is_baseline = |at: &&usize| candidates[**at].rule.baseline;
    if let (Some(at), Some(last)) = (replaced.files.iter().find(is_baseline), gone.last()) {
        let (path, count) = (&candidates[*at].path, gone.len());
        let (files, stand) = if count == 1 { ("file", "stands") } else { ("files", "stand") };
        let message = format!(
            "{path} does not run: {count} {files} that ran here and lie here no more {stand} for it, the last of them {}",
            last.path
        );
        return Some(Finding::new("baseline", Level::Info, None, message));
    }
    let (by, count) = (&candidates[replaced.by?].path, replaced.files.len());
    let message = format!("{by} runs in place of {count} others up to its version: none of them has run here");
    (count > 0).then(|| Finding::new("baseline", Level::Info, None, message))
}
