//! The connected: consoles and workers, in the ephemeral schema, which may vanish at any moment.

use super::{Reader, Result, Store};
use crate::database::{Session, Value};
use crate::model::{Millis, Ymdhis};
use serde::Serialize;
use std::time::Duration;

/// Role of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionRole {
    Console,
    Worker,
}

impl SessionRole {
    /// The word in the column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Worker => "worker",
        }
    }
}

/// One of the connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionRow {
    pub key: String,
    pub role: String,
    /// As whom, in the server's words: `ana@10.0.0.7`.
    pub account: String,
    pub connection: u64,
    /// Time when it was last seen, on the database's clock.
    pub seen: Millis,
}

/// Says that we are here, for `ttl` from now. The key names this session; the entry of another account stays as it is.
pub async fn touch_session(
    session: &mut dyn Session,
    store: &Store,
    key: &str,
    role: SessionRole,
    ttl: Duration,
) -> Result<()> {
    if store.dialect().is_mysql_family() {
        let seconds = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
        let values = [key.into(), role.as_str().into(), Value::Null, seconds.into()];
        session.execute(&store.sql("CALL {orchestration.touch_session}(?, ?, ?, ?)")?, &values).await?;
        return Ok(());
    }
    let rows = session.query(&store.sql("SELECT {now_ms}")?, &[]).await?;
    let now = Millis(rows.first().map_or(0, |row| row.get_i64(0)));
    let until = Millis(now.0.saturating_add(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX)));
    let sql = store.sql(
        "INSERT INTO {ephemeral.sessions} (session_key, session_role, account, connection_id, seen_ms, expires_ymdhis, \
         created_ymdhis, updated_ymdhis) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session_key) DO UPDATE SET \
         connection_id = excluded.connection_id, seen_ms = excluded.seen_ms, expires_ymdhis = excluded.expires_ymdhis, \
         updated_ymdhis = excluded.updated_ymdhis",
    )?;
    let (now_stamp, until) = (Ymdhis::from(now).0, Ymdhis::from(until).0);
    let account = store.database().account();
    let connection = session.connection_id();
    let values: [Value; 8] = [
        key.into(),
        role.as_str().into(),
        account.into(),
        connection.into(),
        now.0.into(),
        until.into(),
        now_stamp.into(),
        now_stamp.into(),
    ];
    session.execute(&sql, &values).await?;
    Ok(())
}

impl Reader {
    /// Reads who is connected now: entries that have not expired.
    pub async fn sessions(&mut self) -> Result<Vec<SessionRow>> {
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        let now = Ymdhis::from(self.now().await?).0;
        let sql = self.store.sql(
            "SELECT session_key, session_role, account, connection_id, seen_ms FROM {ephemeral.sessions} \
             WHERE expires_ymdhis >= ? ORDER BY session_role, account, session_key",
        )?;
        let rows = self.session.query(&sql, &[now.into()]).await?;
        let row = |r: &crate::database::Row| SessionRow {
            key: r.get_text(0),
            role: r.get_text(1),
            account: r.get_text(2),
            connection: r.get_u64(3),
            seen: Millis(r.get_i64(4)),
        };
        Ok(rows.iter().map(row).collect())
    }
}
