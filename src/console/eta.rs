//! How fast it goes and how long it still takes, with how much that can be trusted.

use super::data::Figures;
use crate::model::Batch;

/// How far an estimate can be trusted.
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

/// Files completed in the last minute of progress, per minute; `None` while too few have.
pub fn files_per_minute(figures: &Figures) -> Option<f64> {
    (figures.completed_lately >= 2 && figures.lately_ms > 0)
        .then(|| f64::from(figures.completed_lately) * 60_000.0 / figures.lately_ms as f64)
}

/// Milliseconds left at the pace of the last minute, for a batch that moves.
pub fn left(batch: &Batch, figures: &Figures) -> Option<(u64, Confidence)> {
    if batch.status.is_final() || !batch.may_move() || batch.running_rollback().is_some() {
        return None;
    }
    let pace = files_per_minute(figures)?;
    let files = f64::from(batch.total_files.saturating_sub(batch.completed));
    let confidence = match figures.completed_lately {
        0..5 => Confidence::Low,
        5..20 => Confidence::Fair,
        _ => Confidence::Good,
    };
    Some(((files / pace * 60_000.0) as u64, confidence))
}
