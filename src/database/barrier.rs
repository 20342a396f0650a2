//! Session locks (`GET_LOCK`): a statement that outlives its client keeps the lock of its session, so whoever takes
//! over and gets the lock knows that nothing of the old session runs any more.
//!
//! On SQLite statements end with their process and file locks with them: the lock is always had, and nobody holds it.

use super::{DbError, ServerKind, Session, Value};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The longest name the servers take.
const LONGEST: usize = 64;

/// The lock's name for a purpose and schema, within what servers take.
pub fn barrier_name(purpose: &str, schema: &str) -> String {
    let name = format!("caribou.{purpose}.{schema}");
    if name.len() <= LONGEST {
        return name;
    }
    let digest = Sha256::digest(name.as_bytes());
    let short: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("caribou.{short}")
}

/// Takes the lock for this session. False when another session still holds it after `patience`. It is to be taken on
/// the session that runs the statements: on another one it says nothing about them.
pub async fn take_barrier(session: &mut dyn Session, name: &str, patience: Duration) -> Result<bool, DbError> {
    match session.kind() {
        ServerKind::Sqlite => Ok(true),
        ServerKind::MariaDb | ServerKind::MySql => {
            let seconds = Value::Real(patience.as_secs_f64().ceil());
            let rows = session.query("SELECT GET_LOCK(?, ?)", &[name.into(), seconds]).await;
            let rows = rows.map_err(|error| error.doing(format!("take the lock {name}")))?;
            Ok(rows.first().is_some_and(|row| row.get_i64(0) == 1))
        }
    }
}

/// Gives the lock back. False when this session did not hold it.
pub async fn release_barrier(session: &mut dyn Session, name: &str) -> Result<bool, DbError> {
    match session.kind() {
        ServerKind::Sqlite => Ok(true),
        ServerKind::MariaDb | ServerKind::MySql => {
            let rows = session.query("SELECT RELEASE_LOCK(?)", &[name.into()]).await;
            let rows = rows.map_err(|error| error.doing(format!("release the lock {name}")))?;
            Ok(rows.first().is_some_and(|row| row.get_i64(0) == 1))
        }
    }
}

/// The connection that holds the lock.
pub async fn barrier_holder(session: &mut dyn Session, name: &str) -> Result<Option<u64>, DbError> {
    match session.kind() {
        ServerKind::Sqlite => Ok(None),
        ServerKind::MariaDb | ServerKind::MySql => {
            let rows = session.query("SELECT IS_USED_LOCK(?)", &[name.into()]).await;
            let rows = rows.map_err(|error| error.doing(format!("ask who holds the lock {name}")))?;
            Ok(rows.first().and_then(|row| row.opt_u64(0)))
        }
    }
}

/// The connection that holds each of the locks, in the order of their names; in one round trip.
pub async fn barrier_holders(session: &mut dyn Session, names: &[String]) -> Result<Vec<Option<u64>>, DbError> {
    match session.kind() {
        ServerKind::Sqlite => Ok(vec![None; names.len()]),
        ServerKind::MariaDb | ServerKind::MySql => {
            let columns = vec!["IS_USED_LOCK(?)"; names.len()].join(", ");
            let values: Vec<Value> = names.iter().map(|name| name.as_str().into()).collect();
            let rows = session.query(&format!("SELECT {columns}"), &values).await;
            let rows = rows.map_err(|error| error.doing("ask who holds the locks of the file sessions"))?;
            Ok((0..names.len()).map(|column| rows.first().and_then(|row| row.opt_u64(column))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_is_longer_than_servers_take_and_differs_by_schema() {
        assert_eq!(barrier_name("files", "shop"), "caribou.files.shop");
        let (long, other) = ("x".repeat(64), "y".repeat(64));
        assert!(barrier_name("files", &long).len() <= LONGEST);
        assert_ne!(barrier_name("files", &long), barrier_name("files", &other));
    }
}
