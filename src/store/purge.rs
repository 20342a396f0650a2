//! Expired rows of the ephemeral schema.

use super::{Reader, Result, Store};
use crate::database::{ErrorKind, Session, Value};
use crate::model::{Millis, Ymdhis};

/// Rows that are looked for, and removed, at once.
const CHUNK: i64 = 200;

/// A table, its key, and which of its rows Caribou has written.
struct Kind {
    table: &'static str,
    key: &'static str,
    ours: &'static str,
}

const KINDS: [Kind; 5] = [
    Kind { table: "sessions", key: "session_key", ours: "session_role IN ('console', 'worker')" },
    Kind { table: "cache", key: "cache_key", ours: "cache_group LIKE 'caribou%'" },
    Kind { table: "job_queue", key: "job_id", ours: "job_type LIKE 'caribou%'" },
    Kind { table: "locks", key: "lock_key", ours: "lock_key LIKE 'caribou%'" },
    Kind { table: "temp_data", key: "temp_key", ours: "temp_type LIKE 'caribou%'" },
];

impl Kind {
    /// The condition on rows that have expired by the time that is bound; 0 is for ever.
    fn expired(&self, all: bool) -> String {
        let ours = if all { "1 = 1" } else { self.ours };
        format!("expires_ymdhis > 0 AND expires_ymdhis < ? AND {ours}")
    }

    fn name(&self, store: &Store) -> Result<String> {
        store.fill(&format!("{{ephemeral.{}}}", self.table))
    }
}

async fn now(session: &mut dyn Session, store: &Store) -> Result<Value> {
    let rows = session.query_text(&store.sql("SELECT {now_ms}")?).await?;
    Ok(Ymdhis::from(Millis(rows.first().map_or(0, |row| row.get_i64(0)))).0.into())
}

/// Removes what has expired, in small chunks, each a transaction of its own; by table, how many. Others' rows are
/// removed too where `all`. Keys are looked for without a lock, so that nobody waits for rows that stay.
///
/// # Errors
/// The database's; what was removed until then is gone.
pub async fn purge(session: &mut dyn Session, store: &Store, all: bool) -> Result<Vec<(String, u64)>> {
    let now = now(session, store).await?;
    let mut gone = Vec::new();
    for kind in &KINDS {
        let count = purge_table(session, store, kind, all, &now).await?;
        if count > 0 {
            gone.push((kind.table.to_owned(), count));
        }
    }
    Ok(gone)
}

async fn purge_table(session: &mut dyn Session, store: &Store, kind: &Kind, all: bool, now: &Value) -> Result<u64> {
    let (name, key, expired) = (kind.name(store)?, kind.key, kind.expired(all));
    let look = format!("SELECT {key} FROM {name} WHERE {expired} LIMIT {CHUNK}");
    let delete = format!("DELETE FROM {name} WHERE {key} = ? AND {expired}");
    let mut gone = 0;
    loop {
        let rows = session.query(&look, std::slice::from_ref(now)).await?;
        if rows.is_empty() {
            return Ok(gone);
        }
        let keys = rows.iter().map(|row| match key {
            "job_id" => row.get_i64(0).into(),
            _ => row.get_text(0).into(),
        });
        session.begin().await?;
        let removed = match remove(session, &delete, now, keys).await {
            Ok(removed) => removed,
            Err(error) => {
                if let Err(also) = session.rollback().await {
                    tracing::debug!(%also, "the purge could not be rolled back");
                }
                return Err(error);
            }
        };
        session.commit().await?;
        gone += removed;
        if removed == 0 {
            return Ok(gone);
        }
    }
}

/// Each by its key, so that no other row is locked; what was touched meanwhile, or is held by somebody, stays.
async fn remove(
    session: &mut dyn Session,
    delete: &str,
    now: &Value,
    keys: impl Iterator<Item = Value>,
) -> Result<u64> {
    let mut removed = 0;
    for key in keys {
        match session.execute(delete, &[key, now.clone()]).await {
            Ok(rows) => removed += rows,
            Err(error) if error.kind == ErrorKind::LockWait => tracing::debug!(%error, "an expired row is held"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(removed)
}

impl Reader {
    /// Number of rows of each ephemeral table that have expired and are to be purged.
    ///
    /// # Errors
    /// The database's.
    pub async fn expired(&mut self) -> Result<Vec<(String, u64)>> {
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        let all = self.settings().await?.purges_all();
        let now = now(self.session.as_mut(), &self.store).await?;
        let mut counts = Vec::new();
        for kind in &KINDS {
            counts.push(format!("(SELECT COUNT(*) FROM {} WHERE {})", kind.name(&self.store)?, kind.expired(all)));
        }
        let rows = self.session.query(&format!("SELECT {}", counts.join(", ")), &vec![now; KINDS.len()]).await?;
        let count = |column| rows.first().map_or(0, |row| row.get_u64(column));
        let counted = KINDS.iter().enumerate().map(|(column, kind)| (kind.table.to_owned(), count(column)));
        Ok(counted.filter(|(_, count)| *count > 0).collect())
    }
}
