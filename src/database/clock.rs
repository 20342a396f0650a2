//! The server's clock.

use super::{DbError, ErrorKind, ServerKind, Session};

/// The server's time now, in milliseconds since 1970 UTC: SYSDATE, not a session's timestamp, which a file can set.
/// On SQLite the clock of this machine.
pub async fn server_clock(session: &mut dyn Session) -> Result<i64, DbError> {
    let sql = match session.kind() {
        ServerKind::Sqlite => "SELECT CAST(ROUND(unixepoch('now', 'subsec') * 1000) AS INTEGER)",
        ServerKind::MariaDb | ServerKind::MySql => "SELECT CAST(ROUND(UNIX_TIMESTAMP(SYSDATE(6)) * 1000) AS SIGNED)",
    };
    let rows = session.query(sql, &[]).await?;
    let now = rows.first().and_then(|row| row.opt_i64(0));
    now.ok_or_else(|| DbError::new(ErrorKind::Internal, "read the server's clock", "the server gave no answer"))
}
