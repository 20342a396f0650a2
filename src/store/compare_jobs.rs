//! The jobs that follow from the journal against the rows that stand there. A row too few, and nobody is told that a
//! window runs out; one too many, and something is done that nobody decided.

use super::compare::Mismatch;
use super::{Reader, Result};
use crate::database::Value;
use crate::model::{BatchId, Event, Job, JobChange, JobKind, RollbackId, job_changes};
use std::collections::BTreeMap;

pub(super) const TABLE: &str = "migration_jobs";
const COLUMNS: [&str; 5] = ["batch_id", "job_type", "due_ms", "job_status", "done_ms"];

type JobRow = [String; COLUMNS.len()];

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
                JobChange::Cancelled(rollback) => self.cancel(rollback, event),
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
        self.0.insert(Job::key(job.rollback, job.kind), row);
    }

    fn end(&mut self, key: i64, status: &str, event: &Event) {
        if let Some(row) = self.0.get_mut(&key).filter(|row| row[3] == "pending") {
            (row[3], row[4]) = (status.to_owned(), event.at.0.to_string());
        }
    }

    fn cancel(&mut self, rollback: RollbackId, event: &Event) {
        JobKind::ALL.into_iter().for_each(|kind| self.end(Job::key(rollback, kind), "cancelled", event));
    }

    /// What differs from the rows that stand.
    pub(super) fn against(&self, rows: &BTreeMap<i64, JobRow>, differences: &mut Vec<Mismatch>) {
        let keys = self.0.keys().chain(rows.keys().filter(|key| !self.0.contains_key(key)));
        for key in keys {
            differences.extend(differing(*key, rows.get(key), self.0.get(key)));
        }
    }
}

fn differing(key: i64, row: Option<&JobRow>, journal: Option<&JobRow>) -> Vec<Mismatch> {
    let whole = |row: &JobRow| format!("{} of rollback {}, {}", row[1], Job::rollback_of(key), row[3]);
    let mismatch = |column: Option<&str>, row: Option<String>, journal: Option<String>| Mismatch {
        table: TABLE.to_owned(),
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
    /// The rows about a batch's windows. Jobs of other kinds are nobody's business here.
    pub(super) async fn job_rows(&mut self, batch: BatchId) -> Result<BTreeMap<i64, JobRow>> {
        let name = self.store.fill(&format!("{{orchestration.{TABLE}}}"))?;
        let columns = COLUMNS.join(", ");
        let sql = format!("SELECT job_id, {columns} FROM {name} WHERE batch_id = ? AND job_type LIKE 'window%'");
        let found = self.session.query(&sql, &[Value::Int(batch.0)]).await?;
        let cell = |row: &crate::database::Row, n: usize| row.opt_text(n + 1).unwrap_or_default();
        Ok(found.iter().map(|row| (row.get_i64(0), std::array::from_fn(|n| cell(row, n)))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Class, EventKind, Lapse, Mark, Millis, Seq};

    const ROLLBACK: RollbackId = RollbackId(3);

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
        let key = |kind| Job::key(ROLLBACK, kind);
        rows.remove(&key(JobKind::WindowHalf));
        rows.get_mut(&key(JobKind::WindowLapse)).unwrap()[3] = "pending".into();
        replayed.against(&rows, &mut found);
        let told: Vec<_> = found.iter().map(|m| (m.key, m.column.as_deref(), m.journal.as_deref())).collect();
        let half = Some("window_half of rollback 3, done");
        let lapse = (key(JobKind::WindowLapse), Some("job_status"), Some("done"));
        assert_eq!(told, [(key(JobKind::WindowHalf), None, half), lapse]);
    }
}
