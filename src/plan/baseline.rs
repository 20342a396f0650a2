//! Baselines among the candidates, and what they stand for.

use super::standing::Standing;
use super::{Applied, Candidate, Finding, Level};
use crate::model::{Versioned, replaced};
use std::collections::BTreeSet;

/// Takes those out that another one stands for, and says so. What has run and lies here no more stands for a baseline too:
/// that is how a hundred files are squashed into one.
pub(super) fn replace(candidates: &[Candidate], standings: &mut [Standing], gone: &[&Applied]) -> Vec<Finding> {
    let roots: BTreeSet<&str> = candidates.iter().map(|candidate| candidate.root.as_str()).collect();
    let mut findings = Vec::new();
    for root in roots {
        let is_below =
            |path: &str| root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
        let places: Vec<usize> = (0..candidates.len()).filter(|at| candidates[*at].root == root).collect();
        let gone: Vec<&Applied> = gone.iter().copied().filter(|applied| is_below(&applied.path)).collect();
        findings.extend(replace_in_one(candidates, &places, standings, &gone));
    }
    findings
}

/// The same in one directory, whose candidates are at these places.
fn replace_in_one(
    candidates: &[Candidate],
    places: &[usize],
    standings: &mut [Standing],
    gone: &[&Applied],
) -> Option<Finding> {
    let files = places.iter().map(|at| (&candidates[*at], standings[*at])).map(|(candidate, standing)| Versioned {
        numbers: &candidate.numbers,
        is_baseline: candidate.rule.baseline,
        has_completed: standing == Standing::Completed,
        is_pending: standing == Standing::Pending,
    });
    let replaced = replaced(&files.collect::<Vec<_>>(), !gone.is_empty());
    for at in &replaced.files {
        standings[places[*at]] = Standing::Replaced;
    }
    let is_baseline = |at: &&usize| candidates[places[**at]].rule.baseline;
    if let (Some(at), Some(last)) = (replaced.files.iter().find(is_baseline), gone.last()) {
        let (path, count) = (&candidates[places[*at]].path, gone.len());
        let (files, stand) = if count == 1 { ("file", "stands") } else { ("files", "stand") };
        let message = format!(
            "{path} does not run: {count} {files} that ran here and lie here no more {stand} for it, the last of them {}",
            last.path
        );
        return Some(Finding::new("baseline", Level::Info, None, message));
    }
    let (by, count) = (&candidates[places[replaced.by?]].path, replaced.files.len());
    let message = format!("{by} runs in place of {count} others up to its version: none of them has run here");
    (count > 0).then(|| Finding::new("baseline", Level::Info, None, message))
}
