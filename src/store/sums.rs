//! A batch of very many files in sums: what is of the batch itself, and what is counted over its files where they stand.

use super::{Reader, Result};
use crate::database::ServerKind;
use crate::model::{BatchId, FileId, Seq, ValidationStatus, World};
use crate::store::BatchRow;

/// Warnings whose files are named.
const NAMED: usize = 20;

/// A batch in sums.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// The world with the batch, and with few of its files.
    pub world: World,
    /// Statements that nothing undoes, of all files.
    pub irreversible: u32,
    /// Documents that have completed, by their paths.
    pub documents: Vec<String>,
}

impl Reader {
    /// A batch in sums; `None` where it has no journal.
    ///
    /// # Errors
    /// The database's; [`StoreError::Corrupt`](super::StoreError::Corrupt) for an event that cannot be read.
    pub async fn sums(&mut self, row: &BatchRow) -> Result<Option<Sums>> {
        let batch = row.batch_id;
        let warned = self.warned(batch).await?;
        let Some(page) = self.page_as_of(row, 0, &warned, Seq(i64::MAX)).await? else { return Ok(None) };
        let mut world = page.world;
        if let Some(batch) = world.batches.get_mut(&batch) {
            batch.validations = self.results(row.batch_id).await?;
        }
        let none = match self.session.kind() {
            ServerKind::Sqlite => "json_extract(properties, '$.undo_coverage.none')",
            ServerKind::MariaDb | ServerKind::MySql => {
                "CAST(JSON_UNQUOTE(JSON_EXTRACT(properties, '$.undo_coverage.none')) AS SIGNED)"
            }
        };
        let files = self.store.sql("{orchestration.migration_files}")?;
        let sum = format!("SELECT COALESCE(SUM({none}), 0) FROM {files} WHERE batch_id = {batch} AND is_deleted = 0");
        let rows = self.session.query_text(&sum).await?;
        let irreversible = rows.first().map_or(0, |row| u32::try_from(row.get_i64(0)).unwrap_or(u32::MAX));
        let documents = format!(
            "SELECT file_path FROM {files} WHERE batch_id = {batch} AND is_deleted = 0 AND file_type = 'documentation' AND \
             file_status = 'completed' ORDER BY sort_order, file_id"
        );
        let rows = self.session.query_text(&documents).await?;
        let documents = rows.iter().map(|row| row.get_text(0)).collect();
        Ok(Some(Sums { world, irreversible, documents }))
    }

    /// Results of the checks of a batch: passed, failed, warning.
    async fn results(&mut self, batch: BatchId) -> Result<[u32; 3]> {
        let sql = self.store.fill(&format!(
            "SELECT validation_status, COUNT(*) FROM {{orchestration.migration_validation_log}} WHERE batch_id = {batch} AND \
             is_deleted = 0 GROUP BY validation_status"
        ))?;
        let mut results = [0; 3];
        for row in &self.session.query_text(&sql).await? {
            if let Some(status) = ValidationStatus::parse(&row.get_text(0)) {
                results[status as usize] = u32::try_from(row.get_u64(1)).unwrap_or(u32::MAX);
            }
        }
        Ok(results)
    }

    /// Some files of which a check has warned.
    async fn warned(&mut self, batch: BatchId) -> Result<Vec<FileId>> {
        let sql = self.store.fill(&format!(
            "SELECT DISTINCT file_id FROM {{orchestration.migration_validation_log}} WHERE batch_id = {batch} AND \
             validation_status = 'warning' AND file_id <> 0 AND is_deleted = 0 ORDER BY file_id LIMIT {NAMED}"
        ))?;
        let rows = self.session.query_text(&sql).await?;
        Ok(rows.iter().map(|row| FileId(row.get_i64(0))).collect())
    }
}
