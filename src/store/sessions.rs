//! The connected: consoles and workers, in the ephemeral schema, which may vanish at any moment.

use super::{Result, Store};
use crate::database::{Row, Session, Value};
use crate::model::{Millis, RollbackId, Ymdhis};
use serde::{Deserialize, Serialize};
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

/// Note of a session about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionNote<'a> {
    /// Name of the session.
    pub key: &'a str,
    pub role: SessionRole,
    /// Time for which it stands, from now.
    pub ttl: Duration,
    /// The rollback that it has open.
    pub rollback: Option<RollbackId>,
}

/// One of the connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub key: String,
    /// As whom, in the server's words: `ana@10.0.0.7`.
    pub account: String,
    pub connection: u64,
    /// Time when it was last seen, on the database's clock.
    pub seen: Millis,
    /// The rollback that it has open.
    pub rollback: Option<RollbackId>,
}

/// Content of `session_data_json`. Others may write there too.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct SessionData {
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback: Option<RollbackId>,
}

/// Says that we are here. The entry of another account stays as it is.
///
/// # Errors
/// The database's; an account without the grant may not say it.
pub async fn touch_session(session: &mut dyn Session, store: &Store, note: &SessionNote<'_>) -> Result<()> {
    let SessionNote { key, role, ttl, rollback } = *note;
    let data = serde_json::json!(SessionData { rollback }).to_string();
    if store.dialect().is_mysql_family() {
        let seconds = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
        let values = [key.into(), role.as_str().into(), data.into(), seconds.into()];
        session.execute(&store.sql("CALL {orchestration.touch_session}(?, ?, ?, ?)")?, &values).await?;
        return Ok(());
    }
    let rows = session.query(&store.sql("SELECT {now_ms}")?, &[]).await?;
    let now = Millis(rows.first().map_or(0, |row| row.get_i64(0)));
    let until = Millis(now.0.saturating_add(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX)));
    let sql = store.sql(
        "INSERT INTO {ephemeral.sessions} (session_key, session_role, account, session_data_json, connection_id, seen_ms, \
         expires_ymdhis, created_ymdhis, updated_ymdhis) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session_key) DO \
         UPDATE SET session_data_json = excluded.session_data_json, connection_id = excluded.connection_id, \
         seen_ms = excluded.seen_ms, expires_ymdhis = excluded.expires_ymdhis, updated_ymdhis = excluded.updated_ymdhis",
    )?;
    let (now_stamp, until) = (Ymdhis::from(now).0, Ymdhis::from(until).0);
    let account = store.database().account();
    let connection = session.connection_id();
    let values: [Value; 9] = [
        key.into(),
        role.as_str().into(),
        account.into(),
        data.into(),
        connection.into(),
        now.0.into(),
        until.into(),
        now_stamp.into(),
        now_stamp.into(),
    ];
    session.execute(&sql, &values).await?;
    Ok(())
}

/// A session of a row of the tail, whose numbers and texts begin at a column.
pub(super) fn row(row: &Row, first: usize) -> SessionRow {
    let data: SessionData =
        row.opt_text(first + 4).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    SessionRow {
        connection: row.get_u64(first),
        seen: Millis(row.get_i64(first + 1)),
        account: row.get_text(first + 3),
        key: row.get_text(first + 8),
        rollback: data.rollback,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of the tail with these words of a session about itself.
    fn saying(data: Option<&str>) -> SessionRow {
        let nothing = || Value::from(0i64);
        let data = data.map_or(Value::Null, Value::from);
        let values =
            vec![nothing(), nothing(), nothing(), "ana@%".into(), data, nothing(), nothing(), nothing(), "k".into()];
        row(&Row::new(vec![String::new(); 9].into(), values), 0)
    }

    #[test]
    fn what_others_write_there_says_nothing() {
        assert_eq!(saying(Some(r#"{"rollback":7}"#)).rollback, Some(RollbackId(7)));
        for other in [None, Some(""), Some("{}"), Some("[]"), Some(r#"{"rollback":"x"}"#), Some("{\"rollback\":")] {
            let row = saying(other);
            assert_eq!((row.rollback, row.account.as_str(), row.key.as_str()), (None, "ana@%", "k"), "{other:?}");
        }
    }
}
