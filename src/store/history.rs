//! Files that have been applied, for planning: fast also with 100,000 files.

use super::{Reader, Result, packed};
use crate::database::Row;
use crate::model::{BatchId, Checksum, Epoch, FileId, FileState, FileStatus};
use crate::store::projection::Table;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// The latest row of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryFile {
    pub file_id: FileId,
    pub batch_id: BatchId,
    pub path: String,
    /// SHA-256 of the file's bytes.
    pub hash: Checksum,
    /// Hash of its tokens; `None` in legacy rows.
    pub canonical: Option<Checksum>,
    pub status: FileStatus,
    pub state: FileState,
    pub epoch_to: Epoch,
    /// True if a person has recorded that it is in the directory no more.
    pub gone: bool,
}

impl HistoryFile {
    /// Those that have ended, each with its path and whether it stands, or was undone.
    pub fn ended(files: &[HistoryFile]) -> Vec<(&str, bool)> {
        let ended = files.iter().filter(|file| matches!(file.status, FileStatus::Completed | FileStatus::RolledBack));
        ended.map(|file| (file.path.as_str(), file.status == FileStatus::Completed)).collect()
    }
}

/// Rows that are read at once.
const PAGE: usize = 10_000;
/// Files by which it is judged how long a file takes.
const JUDGED: u32 = 200;

impl Reader {
    /// The time that the last files which have completed took on average, in milliseconds.
    pub async fn mean_file_ms(&mut self) -> Result<Option<u64>> {
        let sql = self.store.fill(&format!(
            "SELECT processing_time_ms FROM {{orchestration.migration_files}} WHERE file_status = 'completed' AND \
             is_deleted = 0 ORDER BY file_id DESC LIMIT {JUDGED}"
        ))?;
        let rows = self.session.query_text(&sql).await?;
        let total: u64 = rows.iter().map(|row| row.get_u64(0)).sum();
        Ok(total.checked_div(rows.len() as u64))
    }

    /// The documents that have completed, each as it did so last: its path, and the key of its text.
    pub async fn documents(&mut self) -> Result<Vec<(String, Checksum)>> {
        let tail = "AND file_type = 'documentation' AND file_status = 'completed' ORDER BY file_id";
        let rows = self.rows(Table::Files, &["file_path", "file_hash", "properties"], tail, &[]).await?;
        let mut latest = BTreeMap::new();
        for row in rows {
            let properties: serde_json::Value = serde_json::from_str(&row.get_text(2)).unwrap_or_default();
            let source = properties.get("source").and_then(serde_json::Value::as_str);
            latest.insert(row.get_text(0), Checksum(source.map_or_else(|| row.get_text(1), str::to_owned)));
        }
        Ok(latest.into_iter().collect())
    }

    /// The latest row of every path, in the order of their keys. One query for each ten thousand rows.
    pub async fn history_files(&mut self) -> Result<Vec<HistoryFile>> {
        let in_properties = |path: &str| {
            if self.store.dialect().is_mysql_family() {
                format!("JSON_UNQUOTE(JSON_EXTRACT(properties, '$.{path}'))")
            } else {
                format!("CASE WHEN json_valid(properties) THEN json_extract(properties, '$.{path}') END")
            }
        };
        let state = match self.is_legacy() {
            true => in_properties("state_id"),
            false => format!("COALESCE(state_id, {})", in_properties("state_id")),
        };
        let mut columns: Vec<String> =
            ["file_id", "batch_id", "file_path", "file_hash"].into_iter().map(str::to_owned).collect();
        columns.extend([in_properties("canonical"), "file_status".to_owned(), state, "epoch_to".to_owned()]);
        columns.push(in_properties("repaired.gone"));
        let mut rows = Vec::new();
        loop {
            let after = rows.last().map_or(i64::MIN, |row: &Row| row.get_i64(0));
            let tail = self.store.fill(&format!(
                "FROM {{orchestration.migration_files}} WHERE is_deleted = 0 AND file_id > {after} ORDER BY file_id LIMIT {PAGE}"
            ))?;
            let page = packed::rows(self.session.as_mut(), &columns, &tail).await?;
            let is_last = page.len() < PAGE;
            rows.extend(page);
            if is_last {
                break;
            }
        }
        let mut latest: HashMap<String, usize> = HashMap::with_capacity(rows.len());
        let mut files: Vec<Option<HistoryFile>> = Vec::with_capacity(rows.len());
        for row in &rows {
            let path = row.get_text(2);
            if let Some(earlier) = latest.insert(path.clone(), files.len()) {
                files[earlier] = None;
            }
            files.push(Some(HistoryFile {
                file_id: FileId(row.get_i64(0)),
                batch_id: BatchId(row.get_i64(1)),
                path,
                hash: Checksum(row.get_text(3)),
                canonical: row.opt_text(4).filter(|text| !text.is_empty() && text != "null").map(Checksum),
                status: FileStatus::parse(&row.get_text(5)).unwrap_or(FileStatus::Pending),
                state: FileState::from_id(row.get_i64(6)).unwrap_or_default(),
                epoch_to: Epoch(row.get_i64(7)),
                // SQLite has no booleans.
                gone: row.opt_text(8).is_some_and(|gone| matches!(gone.as_str(), "true" | "1")),
            }));
        }
        Ok(files.into_iter().flatten().collect())
    }
}
