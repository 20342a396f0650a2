//! What is due when. The rows follow from events, in the same transaction; when something is due, the database's clock
//! says.

use super::{Reader, Result, Store};
use crate::database::{Row, Session};
use crate::model::{BatchId, Job, JobChange, JobKind, Millis, RollbackId};

/// How many jobs are taken at once.
const AT_ONCE: i64 = 100;

/// Writes what events have changed, each with the time of its event.
pub(super) async fn write(store: &Store, session: &mut dyn Session, changes: &[(Millis, JobChange)]) -> Result<()> {
    let set = store.sql(
        "INSERT INTO {orchestration.migration_jobs} (job_id, batch_id, job_type, due_ms, job_status, payload, \
         created_ms) VALUES (?, ?, ?, ?, 'pending', ?, ?)",
    )?;
    let end = store.sql(
        "UPDATE {orchestration.migration_jobs} SET job_status = ?, done_ms = ? \
         WHERE job_id BETWEEN ? AND ? AND job_status = 'pending'",
    )?;
    for (at, change) in changes {
        match change {
            JobChange::Set(job) => {
                let payload = serde_json::json!({ "rollback": job.rollback }).to_string();
                let values = [
                    Job::key(job.rollback, job.kind).into(),
                    job.batch.0.into(),
                    job.kind.as_str().into(),
                    job.due.0.into(),
                    payload.into(),
                    at.0.into(),
                ];
                session.execute(&set, &values).await?;
            }
            JobChange::Done(key) => {
                session.execute(&end, &["done".into(), at.0.into(), (*key).into(), (*key).into()]).await?;
            }
            JobChange::Cancelled(rollback) => {
                let of = |kind| Job::key(*rollback, kind).into();
                let (first, last) = (of(JobKind::WindowHalf), of(JobKind::WindowLapse));
                session.execute(&end, &["cancelled".into(), at.0.into(), first, last]).await?;
            }
        }
    }
    Ok(())
}

/// What is due about windows, the earliest first. Jobs of other kinds are not looked at.
pub async fn due_jobs(session: &mut dyn Session, store: &Store) -> Result<Vec<Job>> {
    let sql = store.sql(
        "SELECT job_id, batch_id, job_type, due_ms FROM {orchestration.migration_jobs} \
         WHERE job_status = 'pending' AND due_ms <= {now_ms} AND job_type LIKE 'window%' ORDER BY due_ms, job_id LIMIT ?",
    )?;
    let rows = session.query(&sql, &[AT_ONCE.into()]).await?;
    Ok(rows.iter().filter_map(job).collect())
}

fn job(row: &Row) -> Option<Job> {
    let kind = JobKind::parse(&row.get_text(2))?;
    let (rollback, batch, due) = (Job::rollback_of(row.get_i64(0)), BatchId(row.get_i64(1)), Millis(row.get_i64(3)));
    Some(Job { batch, rollback, kind, due })
}

impl Reader {
    /// What is due and nobody has dealt with: overdue where no worker is alive.
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
        let rows = self.session.query(&sql, &[]).await?;
        Ok(rows.iter().map(|row| (BatchId(row.get_i64(0)), RollbackId(row.get_i64(1)))).collect())
    }
}
