//! Records of what was told of alerts, by which hook and when: rows of the ephemeral `job_queue`. They may vanish at any moment; what
//! stands open is then told once more, with the same key.

use super::{AlertRow, Reader, Result, Store};
use crate::database::{Row, Session, Value};
use crate::model::{AlertId, Millis, Ymdhis};
use serde::{Deserialize, Serialize};

/// The word of our rows.
const JOB: &str = "caribou_alert";
/// Time that a row stays.
const KEPT_MS: u64 = 7 * 24 * 3_600_000;
/// Age that what is told may have: whoever sets up a hook does not hear of the past.
const NEWS_MS: i64 = 3_600_000;
/// Alerts that are looked at, the newest.
const MOST: usize = 500;

/// A delivery that has come to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub alert: AlertId,
    pub hook: String,
    /// Key of what was told: the same for the same state of an alert.
    pub key: String,
    pub attempts: u32,
    /// Reason why it was given up; `None` if it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

async fn now(session: &mut dyn Session, store: &Store) -> Result<Millis> {
    let rows = session.query_text(&store.sql("SELECT {now_ms}")?).await?;
    Ok(Millis(rows.first().map_or(0, |row| row.get_i64(0))))
}

/// The alerts that have changed lately, the oldest first.
///
/// # Errors
/// The database's.
pub async fn recent_alerts(session: &mut dyn Session, store: &Store) -> Result<Vec<AlertRow>> {
    let since = Ymdhis::from(Millis(now(session, store).await?.0 - NEWS_MS));
    let sql = store.fill(&format!(
        "SELECT {} FROM {{orchestration.migration_alerts}} WHERE is_deleted = 0 AND updated_ymdhis >= ? \
         ORDER BY alert_id DESC LIMIT {MOST}",
        AlertRow::COLUMNS.join(", ")
    ))?;
    let rows = session.query(&sql, &[since.0.into()]).await?;
    Ok(rows.iter().rev().map(AlertRow::read).collect())
}

/// The deliveries that are remembered, the oldest first.
///
/// # Errors
/// The database's.
pub async fn deliveries(session: &mut dyn Session, store: &Store) -> Result<Vec<Delivery>> {
    let sql = store.sql("SELECT job_data_json FROM {ephemeral.job_queue} WHERE job_type = ? ORDER BY job_id")?;
    let rows = session.query(&sql, &[JOB.into()]).await?;
    // Others may write there too: a row that is none of ours says nothing.
    let read = |row: &Row| serde_json::from_str(&row.get_text(0)).ok();
    Ok(rows.iter().filter_map(read).collect())
}

/// Remembers a delivery.
///
/// # Errors
/// The database's.
pub async fn note_delivery(session: &mut dyn Session, store: &Store, delivery: &Delivery) -> Result<()> {
    let now = now(session, store).await?;
    let (stamp, until) = (Ymdhis::from(now).0, Ymdhis::from(now.plus(KEPT_MS)).0);
    let sql = store.sql(
        "INSERT INTO {ephemeral.job_queue} (job_type, job_status, job_data_json, attempts, expires_ymdhis, \
         created_ymdhis, updated_ymdhis) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    let status = if delivery.error.is_none() { "completed" } else { "failed" };
    let data = serde_json::json!(delivery).to_string();
    let values: [Value; 7] = [
        JOB.into(),
        status.into(),
        data.into(),
        i64::from(delivery.attempts).into(),
        until.into(),
        stamp.into(),
        stamp.into(),
    ];
    session.execute(&sql, &values).await?;
    Ok(())
}

impl Reader {
    /// Reads what was told of alerts lately, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn deliveries(&mut self) -> Result<Vec<Delivery>> {
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        let store = self.store.clone();
        deliveries(self.session.as_mut(), &store).await
    }
}
