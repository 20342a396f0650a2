//! The last freeze, read back from its row: whoever looks need not read the system's whole journal.

use super::{Result, Store, StoreError};
use crate::database::Session;
use crate::model::Freeze;

/// The last freeze that a worker of this schema journalled. A row of version 4.0.25 tells nothing of what is in force.
pub async fn last(store: &Store, session: &mut dyn Session) -> Result<Option<Freeze>> {
    let sql = store.sql(
        "SELECT properties FROM {orchestration.migration_system_state} WHERE is_deleted = 0 ORDER BY state_id DESC LIMIT 1",
    )?;
    let rows = session.query_text(&sql).await?;
    let Some(text) = rows.first().and_then(|row| row.opt_text(0)) else { return Ok(None) };
    let properties: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let Some(freeze) = properties.get("freeze") else { return Ok(None) };
    let read = serde_json::from_value(freeze.clone());
    read.map(Some).map_err(|error| StoreError::corrupt("the last row of migration_system_state", error.to_string()))
}
