//! Lists for the console: results of checks with the worst first, alerts of all batches, and what became of past
//! batches. Each is bounded, however much there is.

use super::by_status::ByStatus;
use super::rows::{AlertRow, BatchRow, RollbackRow, ValidationRow};
use super::{Delivery, Reader, Result, events};
use crate::model::{
    AlertStatus, BatchId, Class, Event, EventKind, Failure, FileId, FileStatus, Millis, ValidationStatus, Ymdhis,
};
use std::collections::BTreeMap;

/// Most alerts, deliveries, rollbacks and failures that are read.
const MOST: usize = 500;
/// Number of the newest files among which those are looked for that took longest and were retried most often.
const RECENT_FILES: i64 = 10_000;

/// Rollbacks, failures and files of past batches.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PastEvents {
    /// Oldest first; those whose window was closed too.
    pub rollbacks: Vec<RollbackRow>,
    /// File and failure, oldest first.
    pub failures: Vec<(BatchId, Millis, FileId, Failure)>,
    /// Paths of the files that failed.
    pub paths: BTreeMap<FileId, String>,
    /// Files of each batch that were undone.
    pub undone: BTreeMap<BatchId, u32>,
    /// End of the run of each batch that went back.
    pub run_ends: BTreeMap<BatchId, Millis>,
    /// The file that took longest, in milliseconds, of the newest ones.
    pub longest: Option<(String, u64)>,
    /// The file that was tried again most often.
    pub most_retried: Option<(String, u64)>,
}

impl Reader {
    /// The results of a batch's checks, at most `limit`: failures, then warnings, then what passed; the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn check_results(&mut self, batch: BatchId, limit: usize) -> Result<Vec<(ValidationRow, Option<Class>)>> {
        let table = self.store.sql("{orchestration.migration_validation_log}")?;
        let (failed, warning) = (ValidationStatus::Failed.as_str(), ValidationStatus::Warning.as_str());
        let sql = ByStatus {
            table: &table,
            columns: &format!("{}, properties", ValidationRow::COLUMNS.join(", ")),
            status: "validation_status",
            order: &[(failed, 0), (warning, 1), (ValidationStatus::Passed.as_str(), 2)],
            condition: &format!("is_deleted = 0 AND batch_id = {batch}"),
            key: "validation_id",
            newest_first: true,
            limit,
        };
        let rows = self.session().query_text(&sql.sql()).await?;
        let class = |text: Option<String>| -> Option<Class> {
            let properties: serde_json::Value = serde_json::from_str(&text?).ok()?;
            Class::parse(properties.get("class")?.as_str()?)
        };
        let read = |row| (ValidationRow::read(row), class(row.opt_text(ValidationRow::COLUMNS.len())));
        Ok(rows.iter().map(read).collect())
    }

    /// The alerts of all batches: those that nobody has resolved first, then the newest.
    ///
    /// # Errors
    /// The database's.
    pub async fn alert_list(&mut self) -> Result<Vec<AlertRow>> {
        let table = self.store.sql("{orchestration.migration_alerts}")?;
        let place = |status: &AlertStatus| (status.as_str(), u32::from(*status == AlertStatus::Resolved));
        let order: Vec<(&str, u32)> = AlertStatus::ALL.iter().map(place).collect();
        let sql = ByStatus {
            table: &table,
            columns: &AlertRow::COLUMNS.join(", "),
            status: "alert_status",
            order: &order,
            condition: "is_deleted = 0",
            key: "alert_id",
            newest_first: true,
            limit: MOST,
        };
        let rows = self.session().query_text(&sql.sql()).await?;
        Ok(rows.iter().map(AlertRow::read).collect())
    }

    /// Deliveries of alerts that are remembered, each with the time when it ended, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn timed_deliveries(&mut self) -> Result<Vec<(Delivery, Option<Millis>)>> {
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        let sql = self.store.fill(&format!(
            "SELECT job_data_json, created_ymdhis FROM {{ephemeral.job_queue}} WHERE job_type = 'caribou_alert' \
             ORDER BY job_id DESC LIMIT {MOST}"
        ))?;
        let rows = self.session().query_text(&sql).await?;
        // Others may write there too: a row that is none of ours says nothing.
        let read = |row: &crate::database::Row| {
            let delivery = serde_json::from_str(&row.get_text(0)).ok()?;
            Some((delivery, Ymdhis(row.get_i64(1)).to_millis()))
        };
        Ok(rows.iter().rev().filter_map(read).collect())
    }

    /// What became of these batches, which come newest first.
    ///
    /// # Errors
    /// The database's; an event that cannot be read.
    pub async fn past_events(&mut self, batches: &[BatchRow]) -> Result<PastEvents> {
        let Some(oldest) = batches.last().map(|batch| batch.batch_id) else { return Ok(PastEvents::default()) };
        let ids: Vec<BatchId> = batches.iter().map(|batch| batch.batch_id).collect();
        let failures = self.past_failures(batches).await?;
        Ok(PastEvents {
            rollbacks: self.past_rollbacks(&ids).await?,
            paths: self.paths_of(failures.iter().map(|(_, _, file, _)| *file).collect()).await?,
            failures,
            undone: self.undone_files(&ids).await?,
            run_ends: self.run_ends(batches).await?,
            longest: self.extreme("processing_time_ms", oldest).await?,
            most_retried: self.extreme("retry_count", oldest).await?,
        })
    }

    /// A window that was closed without a rollback has a row that is softly deleted.
    async fn past_rollbacks(&mut self, batches: &[BatchId]) -> Result<Vec<RollbackRow>> {
        let sql = self.store.fill(&format!(
            "SELECT {} FROM {{orchestration.migration_rollback_log}} WHERE batch_id IN ({}) AND \
             (is_deleted = 0 OR properties LIKE '%\"decision\":\"%' OR properties LIKE '%\"decision\": \"%') \
             ORDER BY rollback_id DESC LIMIT {MOST}",
            RollbackRow::COLUMNS.join(", "),
            events::numbers(batches)
        ))?;
        let rows = self.session().query_text(&sql).await?;
        Ok(rows.iter().rev().map(RollbackRow::read).collect())
    }

    /// Only the batches that did not go through are looked at, and of these the files of which an alert was raised, as one
    /// is of every file that fails: their journals tell the categories, which no row has.
    async fn past_failures(&mut self, batches: &[BatchRow]) -> Result<Vec<(BatchId, Millis, FileId, Failure)>> {
        use crate::model::BatchStatus::{Failed, RolledBack, Running};
        let failed = batches.iter().filter(|b| matches!(b.status, Failed | RolledBack | Running));
        let keys: Vec<BatchId> = failed.map(|b| b.batch_id).collect();
        if keys.is_empty() || self.is_legacy() {
            return Ok(Vec::new());
        }
        let keys = events::numbers(&keys);
        let alerted = self.store.fill(&format!(
            "SELECT file_id FROM {{orchestration.migration_alerts}} WHERE batch_id IN ({keys}) AND file_id <> 0 ORDER BY \
             alert_id DESC LIMIT {MOST}"
        ))?;
        let files: Vec<String> =
            self.session().query_text(&alerted).await?.iter().map(|row| row.get_i64(0).to_string()).collect();
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let sql = self.store.fill(&format!(
            "SELECT batch_id, seq, at_ms, operator, payload FROM {{orchestration.migration_events}} \
             WHERE file_id IN ({}) AND kind = 'file_moved' AND payload LIKE '%\"category\"%' \
             ORDER BY batch_id DESC, seq DESC LIMIT {MOST}",
            files.join(", ")
        ))?;
        let rows = self.session().query_text(&sql).await?;
        let mut failures = Vec::new();
        for row in rows.iter().rev() {
            let Event { batch, at, kind, .. } = events::event(row, 0)?;
            if let EventKind::FileMoved { file, failure: Some(failure), .. } = kind {
                failures.push((batch, at, file, failure));
            }
        }
        Ok(failures)
    }

    /// The end of the run of each batch that went back, in whole or in part: its first end, or the beginning of its first
    /// rollback where that came before.
    ///
    /// # Errors
    /// The database's; an event that cannot be read.
    pub async fn run_ends(&mut self, batches: &[BatchRow]) -> Result<BTreeMap<BatchId, Millis>> {
        use crate::model::BatchStatus::RolledBack;
        let keys: Vec<BatchId> = batches.iter().filter(|b| b.status == RolledBack).map(|b| b.batch_id).collect();
        if keys.is_empty() || self.is_legacy() {
            return Ok(BTreeMap::new());
        }
        let sql = self.store.fill(&format!(
            "SELECT batch_id, MIN(at_ms) FROM {{orchestration.migration_events}} WHERE batch_id IN ({}) AND file_id IS NULL \
             AND kind IN ('batch_ended', 'rollback_started') GROUP BY batch_id",
            events::numbers(&keys)
        ))?;
        let rows = self.session().query_text(&sql).await?;
        Ok(rows.iter().map(|row| (BatchId(row.get_i64(0)), Millis(row.get_i64(1)))).collect())
    }

    async fn paths_of(&mut self, mut files: Vec<FileId>) -> Result<BTreeMap<FileId, String>> {
        files.sort_unstable();
        files.dedup();
        if files.is_empty() {
            return Ok(BTreeMap::new());
        }
        let keys: Vec<String> = files.iter().map(ToString::to_string).collect();
        let sql = self.store.fill(&format!(
            "SELECT file_id, file_path FROM {{orchestration.migration_files}} WHERE file_id IN ({})",
            keys.join(", ")
        ))?;
        let rows = self.session().query_text(&sql).await?;
        Ok(rows.iter().map(|row| (FileId(row.get_i64(0)), row.get_text(1))).collect())
    }

    async fn undone_files(&mut self, batches: &[BatchId]) -> Result<BTreeMap<BatchId, u32>> {
        let sql = self.store.fill(&format!(
            "SELECT batch_id, COUNT(*) FROM {{orchestration.migration_files}} \
             WHERE batch_id IN ({}) AND is_deleted = 0 AND file_status = '{}' GROUP BY batch_id",
            events::numbers(batches),
            FileStatus::RolledBack.as_str()
        ))?;
        let rows = self.session().query_text(&sql).await?;
        let count = |row: &crate::database::Row| u32::try_from(row.get_i64(1)).unwrap_or(u32::MAX);
        Ok(rows.iter().map(|row| (BatchId(row.get_i64(0)), count(row))).collect())
    }

    /// The file with most of a figure, where any has more than none; of the newest only, since no index leads to it.
    async fn extreme(&mut self, column: &str, since: BatchId) -> Result<Option<(String, u64)>> {
        let files = self.store.sql("{orchestration.migration_files}")?;
        let sql = format!(
            "SELECT file_path, {column} FROM {files} WHERE file_id > (SELECT MAX(file_id) - {RECENT_FILES} FROM {files}) \
             AND batch_id >= {since} AND is_deleted = 0 AND {column} > 0 ORDER BY {column} DESC, file_id DESC LIMIT 1"
        );
        let rows = self.session().query_text(&sql).await?;
        Ok(rows.first().map(|row| (row.get_text(0), row.get_u64(1))))
    }
}
