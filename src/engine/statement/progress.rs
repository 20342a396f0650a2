//! The row of `migration_progress`: for readers without the journal, at most once a second.

use crate::model::{Batch, FileState, Progress};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(1);

/// Time when the row was written last, and when the batch began to move here.
#[derive(Debug)]
pub(crate) struct ProgressClock {
    began: Instant,
    completed_then: u32,
    noted: Option<Instant>,
}

impl ProgressClock {
    pub(crate) fn start(batch: &Batch) -> ProgressClock {
        ProgressClock { began: Instant::now(), completed_then: batch.completed, noted: None }
    }

    /// The progress to note, when a second has passed since the last or the batch has ended.
    pub(crate) fn due(&mut self, batch: &Batch) -> Option<Progress> {
        // Of a batch that has ended something may be undone, which takes its time as well.
        let ended = batch.status.is_final() && batch.running_rollback().is_none();
        if !ended && self.noted.is_some_and(|at| at.elapsed() < EVERY) {
            return None;
        }
        self.noted = Some(Instant::now());
        Some(self.progress(batch))
    }

    fn progress(&self, batch: &Batch) -> Progress {
        let total = u32::try_from(batch.files.len()).unwrap_or(u32::MAX);
        let rolling_back = batch.running_rollback().is_some();
        let here = batch.completed.saturating_sub(self.completed_then);
        let left = total.saturating_sub(batch.completed);
        let remaining = match here {
            0 => 0.0,
            n => self.began.elapsed().as_secs_f64() / f64::from(n) * f64::from(left),
        };
        Progress {
            phase: if rolling_back { FileState::RollingBack } else { FileState::Migrating }.to_string(),
            total_phases: 1,
            phase_index: 1,
            files_in_phase: total,
            files_completed_in_phase: batch.completed,
            percent_hundredths: if total == 0 {
                10_000
            } else {
                (u64::from(batch.completed) * 10_000 / u64::from(total)) as u32
            },
            remaining_seconds: remaining as u32,
        }
    }
}
