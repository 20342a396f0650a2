//! Pace of the batch and the time that it still takes, with how much that can be trusted.

use super::app::App;
use super::data::COMPLETIONS;
use crate::model::{Batch, Millis};

/// Milliseconds that count as lately.
const LATELY: i64 = 60_000;

/// Trust in an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    Low,
    Fair,
    Good,
}

impl Confidence {
    /// The word on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low confidence",
            Confidence::Fair => "fair confidence",
            Confidence::Good => "good confidence",
        }
    }
}

/// Number of files completed in the last minute, and the milliseconds that were looked at.
fn lately(app: &App) -> Option<(usize, u64)> {
    let (batch, now) = (app.data.batch()?, app.shown_clock()?);
    let completions = &app.data.figures.completions;
    let begun = batch.started_at.unwrap_or(now);
    let mut from = Millis(begun.0.max(now.0 - LATELY));
    if let Some(first) = completions.first().filter(|_| completions.len() == COMPLETIONS) {
        from = from.max(*first);
    }
    let files = completions.len() - completions.partition_point(|at| *at < from);
    Some((files, now.since(from).max(1)))
}

/// Files completed per minute at the pace of the last one; `None` while too few have.
pub fn files_per_minute(app: &App) -> Option<f64> {
    let (files, ms) = lately(app).filter(|(files, _)| *files >= 2)?;
    Some(files as f64 * 60_000.0 / ms as f64)
}

/// Milliseconds left at the pace of the last minute, for a batch that moves.
pub fn left(app: &App, batch: &Batch) -> Option<(u64, Confidence)> {
    if batch.status.is_final() || !batch.may_move() || batch.stopped || batch.running_rollback().is_some() {
        return None;
    }
    let pace = files_per_minute(app)?;
    let remaining = f64::from(batch.total_files.saturating_sub(batch.completed));
    let confidence = match lately(app)?.0 {
        0..5 => Confidence::Low,
        5..20 => Confidence::Fair,
        _ => Confidence::Good,
    };
    Some(((remaining / pace * 60_000.0) as u64, confidence))
}
