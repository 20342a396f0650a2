//! MariaDB and MySQL: `read_only`. The accounts of worker and files are exempt by their privilege, which is tried and not
//! assumed.

use crate::database::{DbError, ErrorKind, Purpose, Session, is_read_only, set_read_only};
use crate::engine::EngineError;
use crate::store::Store;

/// A server that this account made read-only, as it was read back.
pub(super) enum Set {
    /// In force, and how that is known.
    Proven(String),
    /// Not in force, and why.
    Not(String),
    /// Lifted again, since it stops an account of ours.
    StopsOurs(String),
}

/// Sets it and proves it: the variable is read back, and the worker and the account that files run as write under it.
pub(super) async fn set(store: &Store, session: &mut dyn Session) -> Result<Set, EngineError> {
    match set_read_only(session, true).await {
        Ok(()) => {}
        Err(error) if matches!(error.kind, ErrorKind::LockWait | ErrorKind::Timeout) => {
            let why = format!("a statement that writes did not end within 2 s, and nothing was frozen ({error})");
            return Ok(Set::Not(why));
        }
        Err(error) => return Err(error.into()),
    }
    if !is_read_only(session).await? {
        return Ok(Set::Not("the server took SET GLOBAL read_only = 1, and is not read_only".to_owned()));
    }
    if let Some(why) = stops_ours(store, session).await? {
        set_read_only(session, false).await?;
        return Ok(Set::StopsOurs(why));
    }
    Ok(Set::Proven(proof(store)))
}

/// How it is known that it is in force.
pub(super) fn proof(store: &Store) -> String {
    let runner = store.database().runner().map_or_else(String::new, |runner| format!(" and {runner}"));
    format!("@@GLOBAL.read_only read back as 1; {}{runner} can write under it", store.database().account())
}

/// The account of ours that it stops, in words, if it does.
pub(super) async fn stops_ours(store: &Store, session: &mut dyn Session) -> Result<Option<String>, EngineError> {
    if !can_write(store, session).await? {
        return Ok(Some(stopped(store.database().account(), "worker")));
    }
    let mut files = store.database().open(Purpose::File).await?;
    let can = can_write(store, files.as_mut()).await;
    files.close().await;
    let runner = store.database().runner().unwrap_or_else(|| store.database().account());
    Ok((!can?).then(|| stopped(runner, "runner")))
}

fn stopped(account: &str, role: &str) -> String {
    format!(
        "read_only stops {account} too, as which the {role} works: `caribou schema grants {role}` says what it lacks"
    )
}

/// A server refuses a statement that writes before it looks whether there is anything to write.
async fn can_write(store: &Store, session: &mut dyn Session) -> Result<bool, EngineError> {
    let sql = store.sql(
        "INSERT INTO {orchestration.migration_receipts} SELECT * FROM {orchestration.migration_receipts} WHERE 1 = 0",
    )?;
    match session.query_text(&sql).await {
        Ok(_) => Ok(true),
        Err(DbError { kind: ErrorKind::ReadOnly, .. }) => Ok(false),
        Err(error) => Err(error.doing("try whether a freeze stops an account of ours").into()),
    }
}
