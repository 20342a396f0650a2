//! Rollbacks about which nothing is to be decided any more, with what whoever decided has said.

use super::rows::RollbackRow;
use super::{Reader, Result};
use crate::model::{RollbackId, RollbackStatus};
use std::collections::BTreeMap;

impl Reader {
    /// The last rollbacks that ended or whose window was closed, in any batch, the newest first; each with the reason that
    /// was given with the decision about it.
    ///
    /// # Errors
    /// The database's.
    pub async fn decided_rollbacks(&mut self, limit: usize) -> Result<Vec<(RollbackRow, Option<String>)>> {
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        let (completed, failed) = (RollbackStatus::Completed.as_str(), RollbackStatus::Failed.as_str());
        // A window that was closed without a rollback has a row that is softly deleted.
        let sql = self.store.fill(&format!(
            "SELECT {} FROM {{orchestration.migration_rollback_log}} WHERE (is_deleted = 0 AND rollback_status IN \
             ('{completed}', '{failed}')) OR properties LIKE '%\"decision\":\"%' OR properties LIKE '%\"decision\": \"%' \
             ORDER BY updated_ymdhis DESC, rollback_id DESC LIMIT {limit}",
            RollbackRow::COLUMNS.join(", ")
        ))?;
        let rows: Vec<RollbackRow> = self.session().query_text(&sql).await?.iter().map(RollbackRow::read).collect();
        let mut reasons = self.reasons_of(&rows).await?;
        let with_reason = |row: RollbackRow| {
            let reason = reasons.remove(&row.rollback_id);
            (row, reason)
        };
        Ok(rows.into_iter().map(with_reason).collect())
    }

    /// The reasons that were given with the last decision about each of them.
    async fn reasons_of(&mut self, rows: &[RollbackRow]) -> Result<BTreeMap<RollbackId, String>> {
        let keys: Vec<String> = rows.iter().map(|row| row.rollback_id.to_string()).collect();
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        let sql = self.store.fill(&format!(
            "SELECT rollback_id, reason FROM {{orchestration.migration_decisions}} WHERE decision_status = 'accepted' AND \
             reason IS NOT NULL AND rollback_id IN ({}) ORDER BY decision_id",
            keys.join(", ")
        ))?;
        let rows = self.session().query_text(&sql).await?;
        Ok(rows.iter().map(|row| (RollbackId(row.get_i64(0)), row.get_text(1))).collect())
    }
}
