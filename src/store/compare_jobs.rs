//! The jobs that follow from the journal against the rows that stand there. A row too few, and nobody is told that a
//! window runs out; one too many, and something is done that nobody decided.

use super::jobs::KINDS;
use super::mismatch::{JOBS, Mismatch};
use super::{Reader, Result, events};
use crate::model::{BatchId, Event, Job, JobChange, JobKind, JobSubject, job_changes};
use std::collections::BTreeMap;

const COLUMNS: [&str; 5] = ["batch_id", "job_type", "due_ms", "job_status", "done_ms"];

pub(super) type JobRow = [String; COLUMNS.len()];

/// The jobs of a batch, as its events have made them.
#[derive(Debug, Default)]
pub(super) struct Replayed(BTreeMap<i64, JobRow>);

impl Replayed {
    /// Takes in an event, as the journal does when it writes.
    pub(super) fn take(&mut self, event: &Event) {
        for change in job_changes(event) {
            match change {
                JobChange::Set(job) => self.set(job),
                JobChange::Done(key) => self.end(key, "done", event),
                JobChange::Cancelled(subject) => self.cancel(subject, event),
            }
        }
    }

    fn set(&mut self, job: Job) {
        let row = [
            job.batch.0.to_string(),
            job.kind.as_str().to_owned(),
            job.due.0.to_string(),
            "pending".to_owned(),
            "0".to_owned(),
        ];
        self.0.insert(Job::key(job.subject, job.kind), row);
    }

    fn end(&mut self, key: i64, status: &str, event: &Event) {
        if let Some(row) = self.0.get_mut(&key).filter(|row| row[3] == "pending") {
            (row[3], row[4]) = (status.to_owned(), event.at.0.to_string());
        }
    }

    fn cancel(&mut self, subject: JobSubject, event: &Event) {
        let (first, last) = subject.keys();
        (first..=last).for_each(|key| self.end(key, "cancelled", event));
    }

    /// Adds what differs from the rows that stand.
    pub(super) fn against(&self, rows: &BTreeMap<i64, JobRow>, differences: &mut Vec<Mismatch>) {
        let keys = self.0.keys().chain(rows.keys().filter(|key| !self.0.contains_key(key)));
        for key in keys {
            differences.extend(differing(*key, rows.get(key), self.0.get(key)));
        }
    }
}

fn differing(key: i64, row: Option<&JobRow>, journal: Option<&JobRow>) -> Vec<Mismatch> {
    let subject = |row: &JobRow| JobKind::parse(&row[1]).map(|kind| Job::subject_of(key, kind).to_string());
    let whole = |row: &JobRow| format!("{} of {}, {}", row[1], subject(row).unwrap_or_default(), row[3]);
    let mismatch = |column: Option<&str>, row: Option<String>, journal: Option<String>| Mismatch {
        table: JOBS.to_owned(),
        key,
        column: column.map(str::to_owned),
        row,
        journal,
    };
    match (row, journal) {
        (Some(row), Some(journal)) => (0..COLUMNS.len())
            .filter(|n| row[*n] != journal[*n])
            .map(|n| mismatch(Some(COLUMNS[n]), Some(row[n].clone()), Some(journal[n].clone())))
            .collect(),
        (row, journal) => vec![mismatch(None, row.map(whole), journal.map(whole))],
    }
}

impl Reader {
    /// The rows that follow from the journal, by batch. Jobs of other kinds are nobody's business here.
    pub(super) async fn job_rows(&mut self, batches: &[BatchId]) -> Result<BTreeMap<BatchId, BTreeMap<i64, JobRow>>> {
        let name = self.store.fill(&format!("{{orchestration.{JOBS}}}"))?;
        let (columns, batches) = (COLUMNS.join(", "), events::numbers(batches));
        let sql = format!("SELECT job_id, {columns} FROM {name} WHERE batch_id IN ({batches}) AND job_type IN {KINDS}");
        let found = self.session.query_text(&sql).await?;
        let cell = |row: &crate::database::Row, n: usize| row.opt_text(n + 1).unwrap_or_default();
        let mut by_batch: BTreeMap<BatchId, BTreeMap<i64, JobRow>> = BTreeMap::new();
        for row in &found {
            let job = std::array::from_fn(|n| cell(row, n));
            by_batch.entry(BatchId(row.get_i64(1))).or_default().insert(row.get_i64(0), job);
        }
        Ok(by_batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Class, EventKind, Lapse, Mark, Millis, RollbackId, Seq};

    const ROLLBACK: RollbackId = RollbackId(3);
    const SUBJECT: JobSubject = JobSubject::Rollback(ROLLBACK);

    fn event(at: i64, kind: EventKind) -> Event {
        Event { batch: BatchId(1), seq: Seq(1), at: Millis(at), operator: None, kind }
    }

    fn lapsed() -> Replayed {
        let mut replayed = Replayed::default();
        let opened = EventKind::RollbackOpened {
            rollback: ROLLBACK,
            file: None,
            class: Class::B,
            reason: "slow".into(),
            files: Vec::new(),
            affected: Vec::new(),
            window: Some(1_000),
            alert: None,
            loss_accepted: false,
        };
        replayed.take(&event(100, opened));
        replayed.take(&event(600, EventKind::WindowWarned { rollback: ROLLBACK, mark: Mark::Half }));
        let lapsed = EventKind::WindowLapsed { rollback: ROLLBACK, then: Lapse::Keep, reason: None };
        replayed.take(&event(1_100, lapsed));
        replayed
    }

    #[test]
    fn jobs_are_replayed_as_they_are_written() {
        let replayed = lapsed();
        let told: Vec<(&str, &str, &str)> =
            replayed.0.values().map(|row| (row[1].as_str(), row[3].as_str(), row[4].as_str())).collect();
        let expected = [
            ("window_half", "done", "600"),
            ("window_nine_tenths", "cancelled", "1100"),
            ("window_lapse", "done", "1100"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_row_that_is_missing_and_one_that_differs_are_named() {
        let replayed = lapsed();
        let mut rows = replayed.0.clone();
        let mut found = Vec::new();
        replayed.against(&rows, &mut found);
        assert_eq!(found, []);
        let key = |kind| Job::key(SUBJECT, kind);
        rows.remove(&key(JobKind::WindowHalf));
        rows.get_mut(&key(JobKind::WindowLapse)).unwrap()[3] = "pending".into();
        replayed.against(&rows, &mut found);
        let told: Vec<_> = found.iter().map(|m| (m.key, m.column.as_deref(), m.journal.as_deref())).collect();
        let half = Some("window_half of rollback 3, done");
        let lapse = (key(JobKind::WindowLapse), Some("job_status"), Some("done"));
        assert_eq!(told, [(key(JobKind::WindowHalf), None, half), lapse]);
    }
}
