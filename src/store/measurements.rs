//! What was measured around earlier batches.

use super::{Reader, Result, events};
use crate::model::{BatchId, Event};

/// Number of batches that are looked back at.
const BACK: i64 = 50;

impl Reader {
    /// The baseline and probes of a batch, in their order.
    ///
    /// # Errors
    /// The database's; [`StoreError::Corrupt`](super::StoreError::Corrupt) for an event that cannot be read.
    pub async fn measurements_of(&mut self, batch: BatchId) -> Result<Vec<Event>> {
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        let sql = self.store.sql(
            "SELECT batch_id, seq, at_ms, operator, payload FROM {orchestration.migration_events} WHERE file_id IS NULL \
             AND batch_id = ? AND kind IN ('baseline_taken', 'probes_measured') ORDER BY seq",
        )?;
        let rows = self.session.query(&sql, &[batch.0.into()]).await?;
        rows.iter().map(|row| events::event(row, 0)).collect()
    }

    /// The baselines and probes of the batches before one, the newest first.
    ///
    /// # Errors
    /// The database's; [`StoreError::Corrupt`](super::StoreError::Corrupt) for an event that cannot be read.
    pub async fn measurements_before(&mut self, batch: BatchId) -> Result<Vec<Event>> {
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        let sql = self.store.sql(
            "SELECT batch_id, seq, at_ms, operator, payload FROM {orchestration.migration_events} WHERE file_id IS NULL \
             AND batch_id < ? AND batch_id >= ? AND batch_id > 0 AND kind IN ('baseline_taken', 'probes_measured') ORDER BY batch_id DESC, seq \
             DESC",
        )?;
        let rows = self.session.query(&sql, &[batch.0.into(), (batch.0 - BACK).into()]).await?;
        rows.iter().map(|row| events::event(row, 0)).collect()
    }
}
