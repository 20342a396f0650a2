//! Probes of a batch, before held against after: what a person who decides about a slower query looks at.

use crate::model::{Batch, MeasuredProbe};

/// A probe that was measured before and after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComparedProbe<'a> {
    pub before: &'a MeasuredProbe,
    pub after: &'a MeasuredProbe,
    /// Median after to median before; `None` where it did not run after.
    pub ratio: Option<f64>,
}

/// The probes that are slower by more than they may be, or do not run any more, the worst first.
pub fn slower(batch: &Batch) -> Vec<ComparedProbe<'_>> {
    let mut slower: Vec<ComparedProbe<'_>> = compared(batch).filter(is_slower).collect();
    let ratio = |probe: &ComparedProbe<'_>| probe.ratio.unwrap_or(f64::INFINITY);
    slower.sort_by(|one, other| ratio(other).total_cmp(&ratio(one)));
    slower
}

/// Number of probes that were measured before and after.
pub fn count(batch: &Batch) -> usize {
    compared(batch).count()
}

fn compared(batch: &Batch) -> impl Iterator<Item = ComparedProbe<'_>> {
    let after = batch.probes_after.as_deref().unwrap_or_default();
    let before = batch.probes_before.as_deref().unwrap_or_default().iter();
    before.filter_map(|before| {
        let after = after.iter().find(|after| after.probe.name == before.probe.name)?;
        let medians = before.median_us().zip(after.median_us()).filter(|_| after.failed.is_none());
        Some(ComparedProbe { before, after, ratio: medians.map(|(was, now)| now as f64 / was.max(1) as f64) })
    })
}

fn is_slower(probe: &ComparedProbe<'_>) -> bool {
    match probe.ratio {
        Some(ratio) => ratio > probe.before.probe.max_ratio,
        None => probe.before.failed.is_none() && probe.after.failed.is_some(),
    }
}
