//! `read_only` of a server: setting it, reading it back, and whether it stops an account.

use super::{DbError, ErrorKind, ServerKind, Session, Value};
use std::time::Duration;

/// For how long setting it may wait for statements that write. It waits for each of them, and makes every new writer wait
/// behind it, so this is short.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// True if the server is read-only for accounts without the exempting privilege. SQLite has no such thing.
pub async fn is_read_only(session: &mut dyn Session) -> Result<bool, DbError> {
    if session.kind() == ServerKind::Sqlite {
        return Ok(false);
    }
    let rows = session.query_text("SELECT @@GLOBAL.read_only").await.map_err(|e| e.doing("read read_only back"))?;
    Ok(rows.first().is_some_and(|row| is_on(row.get(0))))
}

/// True if the account may set it. The server is asked by setting the value that stands, which is to be off.
pub async fn may_set_read_only(session: &mut dyn Session) -> Result<bool, DbError> {
    match session.query_text("SET GLOBAL read_only = 0").await {
        Ok(_) => Ok(true),
        Err(error) if error.kind == ErrorKind::Privilege => Ok(false),
        Err(error) => Err(error.doing("ask whether this account may set read_only")),
    }
}

/// Sets it. Waits a short time for statements that write.
///
/// # Errors
/// [`ErrorKind::LockWait`] where one does not end, and then nothing is set; [`ErrorKind::Privilege`].
pub async fn set_read_only(session: &mut dyn Session, on: bool) -> Result<(), DbError> {
    if on {
        session.query_text(&format!("SET SESSION lock_wait_timeout = {}", LOCK_WAIT.as_secs())).await?;
    }
    let set = session.query_text(&format!("SET GLOBAL read_only = {}", u8::from(on))).await;
    set.map(drop).map_err(|error| error.doing("set read_only"))
}

/// A variable that is on: `1`, `ON`, or one of MariaDB 12's words for read_only.
pub(super) fn is_on(value: &Value) -> bool {
    value.as_text().is_some_and(|text| !matches!(text.to_ascii_uppercase().as_str(), "0" | "OFF" | "FALSE" | ""))
}
