//! What the worker sees on its server, for all consoles: one row of the ephemeral schema. Nothing is decided by it, it may
//! vanish at any moment, and it says nothing once it is old or its worker has lost the lease.

use super::{Reader, Result, Store};
use crate::database::{ErrorKind, Row, Session};
use crate::model::{Live, Millis, Token, Ymdhis};

/// Time for which a look is told. It is written anew each second while a statement runs, and each five seconds while a batch
/// is driven.
const FRESH_MS: i64 = 15_000;
/// Time after which the row of a worker that vanished may be purged.
const TTL_MS: u64 = 60_000;

/// Key of the row. Its type names the worker, by its token.
macro_rules! row_of_live {
    () => {
        "FROM {ephemeral.temp_data} WHERE temp_key = 'caribou:live'"
    };
}
pub(super) use row_of_live;

fn type_of(token: Token) -> String {
    format!("caribou:live:{token}")
}

/// Shows a look in place of the one before.
///
/// # Errors
/// The database's.
pub async fn show_live(session: &mut dyn Session, store: &Store, token: Token, live: &Live) -> Result<()> {
    let sql = match store.dialect().is_mysql_family() {
        true => store.sql(
            "INSERT INTO {ephemeral.temp_data} (temp_key, temp_type, temp_data_json, expires_ymdhis, created_ymdhis, \
             updated_ymdhis) VALUES ('caribou:live', ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE temp_type = \
             VALUES(temp_type), temp_data_json = VALUES(temp_data_json), expires_ymdhis = VALUES(expires_ymdhis), \
             updated_ymdhis = VALUES(updated_ymdhis)",
        )?,
        false => store.sql(
            "INSERT INTO {ephemeral.temp_data} (temp_key, temp_type, temp_data_json, expires_ymdhis, created_ymdhis, \
             updated_ymdhis) VALUES ('caribou:live', ?, ?, ?, ?, ?) ON CONFLICT (temp_key) DO UPDATE SET temp_type = \
             excluded.temp_type, temp_data_json = excluded.temp_data_json, expires_ymdhis = excluded.expires_ymdhis, \
             updated_ymdhis = excluded.updated_ymdhis",
        )?,
    };
    let (stamp, until) = (Ymdhis::from(live.at).0, Ymdhis::from(live.at.plus(TTL_MS)).0);
    let text = serde_json::json!(live).to_string();
    session.execute(&sql, &[type_of(token).into(), text.into(), until.into(), stamp.into(), stamp.into()]).await?;
    Ok(())
}

/// Takes away what this worker has shown; what another shows stays.
///
/// # Errors
/// The database's.
pub async fn forget_live(session: &mut dyn Session, store: &Store, token: Token) -> Result<()> {
    let sql = store.sql(concat!("DELETE ", row_of_live!(), " AND temp_type = ?"))?;
    session.execute(&sql, &[type_of(token).into()]).await?;
    Ok(())
}

/// The look of a row (type, JSON), if it is that of the lease's holder and not old.
pub(super) fn look(row: &Row, columns: (usize, usize), token: Token, now: Millis) -> Option<Live> {
    if row.get_text(columns.0) != type_of(token) {
        return None;
    }
    let live: Live = match serde_json::from_str(&row.get_text(columns.1)) {
        Ok(live) => live,
        Err(error) => {
            tracing::debug!(%error, "what the worker sees cannot be read");
            return None;
        }
    };
    (now.0 - live.at.0 < FRESH_MS).then_some(live)
}

/// True for an error by which the row cannot be had, and everything else can.
pub(super) fn is_without_live(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::MissingObject | ErrorKind::Privilege)
}

impl Reader {
    /// Reads what the worker sees on its server now; `None` where no worker tells it.
    ///
    /// # Errors
    /// The database's.
    pub async fn live(&mut self) -> Result<Option<Live>> {
        if self.is_legacy() {
            return Ok(None);
        }
        let sql = self.store.sql(concat!(
            "SELECT temp_type, temp_data_json, {now_ms}, (SELECT token FROM {orchestration.migration_leases} WHERE \
             lease_name = 'worker' AND expires_ms > 0) ",
            row_of_live!()
        ))?;
        let rows = match self.session.query_text(&sql).await {
            Err(error) if is_without_live(error.kind) => return Ok(None),
            rows => rows?,
        };
        let of = |row: &Row| look(row, (0, 1), Token(row.get_i64(3)), Millis(row.get_i64(2)));
        Ok(rows.first().and_then(of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Load;

    #[test]
    fn a_look_that_is_old_or_anothers_says_nothing() {
        let live = Live { at: Millis(100_000), load: Some(Load::default()), ..Live::default() };
        let values = vec![type_of(Token(3)).into(), serde_json::json!(live).to_string().into()];
        let row = Row::new(vec![String::new(); 2].into(), values);
        let seen = |token, now| look(&row, (0, 1), Token(token), Millis(now));
        assert_eq!(seen(3, 114_999), Some(live));
        assert_eq!(seen(3, 115_000), None);
        assert_eq!(seen(4, 100_500), None);
        let spoilt = Row::new(vec![String::new(); 2].into(), vec![type_of(Token(3)).into(), "{".into()]);
        assert_eq!(look(&spoilt, (0, 1), Token(3), Millis(0)), None);
    }
}
