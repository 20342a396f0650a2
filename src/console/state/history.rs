//! Screen 7's rows and trends: pure, over the batches that were read.

use super::app::App;
use super::past_order::PastOrder;
use super::views::{RowKey, RowKind};
use crate::console::lists::{PastBatch, PastRollback};
use crate::model::{BatchStatus, Category, Class, Millis, RollbackStatus};
use chrono::Datelike;
use std::collections::BTreeMap;

/// Batches from which on there are trends.
pub const TRENDS_NEED: usize = 3;

/// The batches that were read, the newest first; the one on the screen as its journal has it now.
pub fn all(app: &App) -> Vec<PastBatch> {
    let mut all = app.lists.history.told.as_ref().map_or_else(Vec::new, |list| list.batches.clone());
    let Some(batch) = app.data.batch() else { return all };
    if let Some(known) = all.iter_mut().find(|known| known.id == batch.id) {
        known.status = batch.status;
        known.completed_files = batch.completed;
        known.total_files = batch.total_files;
        known.started_at = batch.started_at;
        known.completed_at = batch.completed_at;
        known.ran_until = batch.ran_until;
        known.undone_files = app.data.figures.rolled_back;
    }
    all
}

/// Those that pass the filter of the screen, in its order.
pub fn shown(app: &App) -> Vec<PastBatch> {
    let (filter, now) = (&app.history.filter, app.shown_clock());
    let mut shown: Vec<PastBatch> =
        all(app).into_iter().filter(|batch| filter.is_empty() || filter.passes(&searchable(batch))).collect();
    match app.past_order {
        PastOrder::Newest => {}
        PastOrder::Trouble => shown.sort_by_key(|batch| (!went_wrong(batch), pending(batch).is_none())),
        PastOrder::Longest => shown.sort_by_key(|batch| std::cmp::Reverse(took(batch, now))),
        PastOrder::Name => shown.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    shown
}

/// The rollback of a batch that waits for a decision.
pub fn pending(batch: &PastBatch) -> Option<&PastRollback> {
    batch.rollbacks.iter().find(|r| r.status == RollbackStatus::Pending && r.closed.is_none())
}

fn searchable(batch: &PastBatch) -> String {
    let by = batch.by.as_deref().unwrap_or_default();
    let failures: Vec<String> =
        batch.failures.iter().map(|f| format!("error:{} file:{}", f.category, f.path)).collect();
    format!(
        "{} {} {} status:{} by:{by} batch:{} {}",
        batch.id,
        batch.name,
        batch.status,
        batch.status,
        batch.id,
        failures.join(" ")
    )
}

/// Key of a row.
pub fn key(batch: &PastBatch) -> RowKey {
    RowKey(RowKind::Single, batch.id.0)
}

/// Milliseconds that a batch's run took, without its undo, or has taken so far; `None` where it has not started, or nobody knows its end.
pub fn took(batch: &PastBatch, now: Option<Millis>) -> Option<u64> {
    let from = batch.started_at?;
    let to = if batch.status.is_final() { batch.ran_until.or(batch.completed_at) } else { now };
    to.map(|to| to.since(from))
}

/// True if not all of it stands: it failed, or was undone, then or later.
pub fn went_wrong(batch: &PastBatch) -> bool {
    matches!(batch.status, BatchStatus::Failed | BatchStatus::RolledBack) || batch.undone_files > 0
}

/// Batches that went wrong, by the week in which they started: year and week, oldest first, the weeks without any too,
/// at most so many.
pub fn by_week(batches: &[PastBatch], most: usize) -> Vec<(u32, u64)> {
    let day = |at: Millis| at.to_utc().date_naive();
    let started = batches.iter().filter_map(|batch| Some((day(batch.started_at?), batch)));
    let mut weeks: BTreeMap<(i32, u32), u64> = BTreeMap::new();
    let (mut first, mut last) = (None, None);
    for (day, batch) in started {
        let week = (day.iso_week().year(), day.iso_week().week());
        *weeks.entry(week).or_default() += u64::from(went_wrong(batch));
        first = first.min(Some(day)).or(Some(day));
        last = last.max(Some(day));
    }
    let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
    let mut told = Vec::new();
    let mut monday = first - chrono::Days::new(first.weekday().num_days_from_monday().into());
    while monday <= last {
        let week = (monday.iso_week().year(), monday.iso_week().week());
        told.push((week.1, weeks.get(&week).copied().unwrap_or_default()));
        monday = monday + chrono::Days::new(7);
    }
    told.split_off(told.len().saturating_sub(most))
}

/// Failures by their category, the most frequent first.
pub fn categories(batches: &[PastBatch]) -> Vec<(Category, u64)> {
    let mut counts: BTreeMap<Category, u64> = BTreeMap::new();
    for failure in batches.iter().flat_map(|batch| &batch.failures) {
        *counts.entry(failure.category).or_default() += 1;
    }
    let mut counts: Vec<(Category, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// Rollbacks that ran, by class.
pub fn by_class(batches: &[PastBatch]) -> Vec<(Class, usize)> {
    let ran = |class: Class| {
        let all = batches.iter().flat_map(|batch| &batch.rollbacks);
        all.filter(|r| r.class == class && matches!(r.status, RollbackStatus::Completed | RollbackStatus::Failed))
            .count()
    };
    Class::ALL.iter().map(|class| (*class, ran(*class))).filter(|(_, count)| *count > 0).collect()
}

/// Files per hour of a batch that has completed files.
pub fn files_per_hour(batch: &PastBatch, now: Option<Millis>) -> Option<u64> {
    let ms = took(batch, now).filter(|ms| *ms > 0)?;
    (batch.completed_files > 0).then(|| u64::from(batch.completed_files) * 3_600_000 / ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BatchId, Epoch};

    const DAY: i64 = 86_400_000;
    /// A Monday.
    const MONDAY: i64 = 20_451 * DAY;

    fn batch(id: i64, status: BatchStatus, start: i64) -> PastBatch {
        PastBatch {
            id: BatchId(id),
            name: String::new(),
            status,
            epoch_from: Epoch(0),
            epoch_to: Epoch(1),
            total_files: 2,
            completed_files: 2,
            undone_files: 0,
            started_at: Some(Millis(start)),
            completed_at: Some(Millis(start + 60_000)),
            ran_until: None,
            by: None,
            rollbacks: Vec::new(),
            failures: Vec::new(),
        }
    }

    #[test]
    fn weeks_without_a_batch_are_weeks_too() {
        let batches = [
            batch(3, BatchStatus::Failed, MONDAY + 15 * DAY),
            batch(2, BatchStatus::Completed, MONDAY + 14 * DAY),
            batch(1, BatchStatus::RolledBack, MONDAY + 6 * DAY),
        ];
        let counts = |most| by_week(&batches, most).into_iter().map(|(_, n)| n).collect::<Vec<_>>();
        assert_eq!(counts(8), [1, 0, 1]);
        assert_eq!(counts(2), [0, 1]);
        assert!(by_week(&[], 8).is_empty());
        let undone = PastBatch { undone_files: 1, ..batch(1, BatchStatus::Completed, MONDAY) };
        assert_eq!(by_week(&[undone], 8)[0].1, 1, "what was undone later went wrong too");
    }

    #[test]
    fn a_batch_that_runs_takes_until_now() {
        let running =
            PastBatch { status: BatchStatus::Running, completed_at: None, ..batch(1, BatchStatus::Running, 0) };
        assert_eq!(took(&running, Some(Millis(7_000))), Some(7_000));
        assert_eq!(took(&running, None), None);
        let lost = PastBatch { completed_at: None, ..batch(1, BatchStatus::Failed, 0) };
        assert_eq!(took(&lost, Some(Millis(7_000))), None, "nobody knows when it ended");
        assert_eq!(files_per_hour(&batch(1, BatchStatus::Completed, 0), None), Some(120));
    }
}
