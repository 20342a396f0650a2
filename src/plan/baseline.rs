//! Baselines: files that stand for all versions up to their own where none of these has run.

use super::standing::Standing;
use super::{Candidate, Finding, Level};

/// Settles which of the candidates a baseline stands for, and which baselines there is nothing to do for.
///
/// On a system on which no version has run, the baseline with the highest version runs in place of what is before it. On
/// any other, what has run stands for the baselines.
pub(super) fn replace(candidates: &[Candidate], standings: &mut [Standing]) -> Vec<Finding> {
    let is_baseline = |at: &usize| candidates[*at].rule.baseline;
    let baselines: Vec<usize> = (0..candidates.len()).filter(is_baseline).collect();
    if baselines.is_empty() {
        return Vec::new();
    }
    let completed = |at: &usize| standings[*at] == Standing::Completed;
    let ran = baselines.iter().copied().filter(completed).max_by_key(|at| candidates[*at].order);
    let is_fresh =
        (0..candidates.len()).all(|at| candidates[at].numbers.is_empty() || standings[at] == Standing::Pending);
    let chosen = ran.or_else(|| baselines.last().copied().filter(|_| is_fresh));
    for at in baselines.into_iter().filter(|at| Some(*at) != chosen) {
        if standings[at] == Standing::Pending {
            standings[at] = Standing::Replaced;
        }
    }
    let Some(chosen) = chosen else { return Vec::new() };
    let mut count = 0;
    for at in 0..candidates.len() {
        let is_before = !candidates[at].numbers.is_empty() && at != chosen && is_up_to(candidates, at, chosen);
        if is_before && standings[at] == Standing::Pending {
            standings[at] = Standing::Replaced;
            count += 1;
        }
    }
    if count == 0 || ran.is_some() {
        return Vec::new();
    }
    let message = format!(
        "{} runs in place of {count} files up to its version: none of them has run here",
        candidates[chosen].path
    );
    vec![Finding::new("baseline", Level::Info, None, message)]
}

/// True if one version is not beyond another's.
fn is_up_to(candidates: &[Candidate], one: usize, other: usize) -> bool {
    let (one, other) = (&candidates[one], &candidates[other]);
    let length = one.numbers.len().max(other.numbers.len());
    let padded =
        |numbers: &[u64]| numbers.iter().copied().chain(std::iter::repeat(0)).take(length).collect::<Vec<u64>>();
    padded(&one.numbers) <= padded(&other.numbers)
}
