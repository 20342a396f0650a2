//! The object locks as people see them in the ephemeral schema. Nothing is decided by these rows, and they may vanish at
//! any moment: who holds what follows from the journal.

use super::bulk::{most, send};
use super::{Result, Store};
use crate::database::{Session, Value};
use crate::model::{HeldLock, Millis, Ymdhis};
use std::collections::BTreeMap;

/// Time that a row says of itself that it is true, in milliseconds, unless it is written again.
const TTL_MS: i64 = 60_000;
/// Prefix of the keys of our rows: an application may keep locks of its own in the table.
const OWN: &str = "caribou:";
/// Greatest length of a key and of an owner, in characters.
const LONGEST_KEY: usize = 191;
const LONGEST_OWNER: usize = 255;

/// Replaces the rows that say who holds which object.
pub async fn show_locks(session: &mut dyn Session, store: &Store, held: &[HeldLock]) -> Result<()> {
    let delete = store.sql("DELETE FROM {ephemeral.locks} WHERE lock_key LIKE ?")?;
    session.execute(&delete, &[format!("{OWN}%").into()]).await?;
    if held.is_empty() {
        return Ok(());
    }
    let rows = session.query(&store.sql("SELECT {now_ms}")?, &[]).await?;
    let now = Millis(rows.first().map_or(0, |row| row.get_i64(0)));
    let (stamp, until) = (Ymdhis::from(now).0, Ymdhis::from(Millis(now.0 + TTL_MS)).0);
    let head = "INSERT INTO {ephemeral.locks} (lock_key, lock_owner, lock_data_json, expires_ymdhis, created_ymdhis, \
                updated_ymdhis) VALUES";
    let by_key: BTreeMap<String, &HeldLock> = held.iter().map(|lock| (key(lock), lock)).collect();
    let rows: Vec<Vec<Value>> = by_key
        .into_iter()
        .map(|(key, lock)| {
            let owner: String = lock.path.chars().take(LONGEST_OWNER).collect();
            let data = serde_json::json!(lock).to_string();
            vec![key.into(), owner.into(), data.into(), until.into(), stamp.into(), stamp.into()]
        })
        .collect();
    send(session, &store.fill(head)?, 6, "", rows, most(None)).await?;
    Ok(())
}

/// One for each file and object; a long name is cut, and shown whole in the row's data.
fn key(lock: &HeldLock) -> String {
    let head = format!("{OWN}{}:", lock.file);
    let room = LONGEST_KEY.saturating_sub(head.len());
    head + &lock.object.chars().take(room).collect::<String>()
}
