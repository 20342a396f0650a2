//! Jobs that are due at a time. The rows follow from events, in the same transaction; when something is due, the
//! database's clock says.

use super::{Reader, Result, Store};
use crate::database::{Packet, Row, Session};
use crate::model::{BatchId, Job, JobChange, JobKind, JobSubject, Millis, RollbackId};

/// The words of `job_type` that follow from the journal, as they stand in a condition; other rows are nobody's here.
macro_rules! kinds {
    () => {
        "('window_half', 'window_nine_tenths', 'window_lapse', 'batch_prolonged', 'alert_rises', 'ack_expires')"
    };
}
pub(super) const KINDS: &str = kinds!();

/// Writes what events have changed, each with the time of its event.
pub(super) fn write(store: &Store, packet: &mut Packet, changes: &[(Millis, JobChange)]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    // What is set again by the same key is due anew.
    let again = ["due_ms", "job_status", "payload", "created_ms", "done_ms"];
    let again: Vec<String> = again.iter().map(|column| format!("{column} = {}", store.wanted(column))).collect();
    let set = store.fill(&format!(
        "INSERT INTO {{orchestration.migration_jobs}} (job_id, batch_id, job_type, due_ms, job_status, payload, \
         created_ms, done_ms) VALUES (?, ?, ?, ?, 'pending', ?, ?, 0) {} {}",
        store.upsert_words(),
        again.join(", ")
    ))?;
    let end = store.sql(
        "UPDATE {orchestration.migration_jobs} SET job_status = ?, done_ms = ? \
         WHERE job_id BETWEEN ? AND ? AND job_status = 'pending'",
    )?;
    for (at, change) in changes {
        match change {
            JobChange::Set(job) => {
                let payload = match job.subject {
                    JobSubject::Rollback(rollback) => serde_json::json!({ "rollback": rollback }),
                    JobSubject::Batch(batch) => serde_json::json!({ "batch": batch }),
                    JobSubject::Alert(alert) => serde_json::json!({ "alert": alert }),
                };
                let values = [
                    Job::key(job.subject, job.kind).into(),
                    job.batch.0.into(),
                    job.kind.as_str().into(),
                    job.due.0.into(),
                    payload.to_string().into(),
                    at.0.into(),
                ];
                packet.add(set.as_str(), values);
            }
            JobChange::Done(key) => {
                packet.add(&*end, ["done".into(), at.0.into(), (*key).into(), (*key).into()]);
            }
            JobChange::Cancelled(subject) => {
                let (first, last) = subject.keys();
                packet.add(&*end, ["cancelled".into(), at.0.into(), first.into(), last.into()]);
            }
        }
    }
    Ok(())
}

/// Reads the jobs that are due, the earliest first, a hundred at once. Jobs of other kinds are not looked at.
pub async fn due_jobs(session: &mut dyn Session, store: &Store) -> Result<Vec<Job>> {
    let sql = store.sql(concat!(
        "SELECT job_id, batch_id, job_type, due_ms FROM {orchestration.migration_jobs} \
         WHERE job_status = 'pending' AND due_ms <= {now_ms} AND job_type IN ",
        kinds!(),
        " ORDER BY due_ms, job_id LIMIT 100"
    ))?;
    let rows = session.query_text(&sql).await?;
    Ok(rows.iter().filter_map(job).collect())
}

fn job(row: &Row) -> Option<Job> {
    let kind = JobKind::parse(&row.get_text(2))?;
    let subject = Job::subject_of(row.get_i64(0), kind);
    Some(Job { batch: BatchId(row.get_i64(1)), subject, kind, due: Millis(row.get_i64(3)) })
}

impl Reader {
    /// Reads the jobs that are due and that nobody has dealt with: overdue where no worker is alive.
    pub async fn due_jobs(&mut self) -> Result<Vec<Job>> {
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        let store = self.store.clone();
        due_jobs(self.session.as_mut(), &store).await
    }

    /// The rollbacks of all batches, oldest first; with `open`, those that run or wait for somebody to decide.
    pub async fn rollback_keys(&mut self, open: bool) -> Result<Vec<(BatchId, RollbackId)>> {
        let only = if open { "WHERE rollback_status IN ('pending', 'running') AND is_deleted = 0" } else { "" };
        let sql = self.store.fill(&format!(
            "SELECT batch_id, rollback_id FROM {{orchestration.migration_rollback_log}} {only} ORDER BY rollback_id"
        ))?;
        let rows = self.session.query_text(&sql).await?;
        Ok(rows.iter().map(|row| (BatchId(row.get_i64(0)), RollbackId(row.get_i64(1)))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_in_the_condition() {
        let words = JobKind::ALL.map(|kind| format!("'{kind}'")).join(", ");
        assert_eq!(KINDS, format!("({words})"));
    }
}
