//! Where the worker serves its metrics: one row of the ephemeral schema, for whoever wants to know whether they answer.

use super::{Reader, Result, Store, live};
use crate::database::Session;
use crate::model::{Millis, Ymdhis};
use serde::{Deserialize, Serialize};

/// A place where metrics are served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricsAt {
    pub host: String,
    /// Address and port there.
    pub address: String,
}

/// Key of the row, and its type.
const KEY: &str = "caribou:metrics";
/// It goes with the worker that ends in good order, and is written anew by the next one; nobody purges it.
const NEVER: i64 = 99_991_231_235_959;

/// Says where metrics are served, in place of what was said before.
///
/// # Errors
/// The database's.
pub async fn show_metrics(session: &mut dyn Session, store: &Store, at: &MetricsAt, now: Millis) -> Result<()> {
    forget_metrics(session, store).await?;
    let sql = store.sql(
        "INSERT INTO {ephemeral.temp_data} (temp_key, temp_type, temp_data_json, expires_ymdhis, created_ymdhis, \
         updated_ymdhis) VALUES (?, ?, ?, ?, ?, ?)",
    )?;
    let (text, stamp) = (serde_json::json!(at).to_string(), Ymdhis::from(now).0);
    session.execute(&sql, &[KEY.into(), KEY.into(), text.into(), NEVER.into(), stamp.into(), stamp.into()]).await?;
    Ok(())
}

/// Takes the row away.
///
/// # Errors
/// The database's.
pub async fn forget_metrics(session: &mut dyn Session, store: &Store) -> Result<()> {
    let sql = store.sql("DELETE FROM {ephemeral.temp_data} WHERE temp_key = ?")?;
    session.execute(&sql, &[KEY.into()]).await?;
    Ok(())
}

impl Reader {
    /// Reads where the last worker that said so serves its metrics.
    ///
    /// # Errors
    /// The database's.
    pub async fn metrics_at(&mut self) -> Result<Option<MetricsAt>> {
        if self.is_legacy() {
            return Ok(None);
        }
        let sql = self.store.sql("SELECT temp_data_json FROM {ephemeral.temp_data} WHERE temp_key = ?")?;
        let rows = match self.session.query(&sql, &[KEY.into()]).await {
            Err(error) if live::is_without_live(error.kind) => return Ok(None),
            rows => rows?,
        };
        Ok(rows.first().and_then(|row| serde_json::from_str(&row.get_text(0)).ok()))
    }
}
