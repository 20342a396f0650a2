//! Times that files took: in the last run that completed, from the journal; in a rehearsal, from the cache of the
//! ephemeral schema, which may vanish at any moment.

use super::bulk::{most, send};
use super::{Reader, Result, Store};
use crate::database::{Row, Session, Value};
use crate::model::{BatchId, Checksum, FileId, Millis, Ymdhis};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Files in one question.
const CHUNK: usize = 500;
/// Days for which a rehearsal's times are of use.
const DAYS: i64 = 90;
const GROUP: &str = "caribou_rehearsed";

/// A run of a file that completed, whatever became of it afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    pub file: FileId,
    pub batch: BatchId,
    pub path: String,
    /// SHA-256 of the file's bytes.
    pub hash: Checksum,
    /// Milliseconds in its statements.
    pub ms: u64,
    /// Of each statement, where the journal tells.
    pub statements: Vec<u64>,
}

/// Milliseconds of the statements of a file in a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsedFile {
    pub at: Millis,
    pub ms: Vec<u64>,
}

impl Reader {
    /// The last completed runs of files with these bytes or paths, at most one for each of either; in no order.
    ///
    /// # Errors
    /// The database's.
    pub async fn past_runs(&mut self, files: &[(&Checksum, &str)]) -> Result<Vec<PastRun>> {
        let mut runs: HashMap<FileId, PastRun> = HashMap::new();
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        for chunk in files.chunks(CHUNK) {
            let hashes: Vec<Value> = chunk.iter().map(|(hash, _)| hash.0.as_str().into()).collect();
            let paths: Vec<Value> = chunk.iter().map(|(_, path)| (*path).into()).collect();
            for (column, values) in [("file_hash", hashes), ("file_path", paths)] {
                let found = self.latest(column, &values).await?;
                runs.extend(found.into_iter().map(|run| (run.file, run)));
            }
        }
        let keys: Vec<FileId> = runs.keys().copied().collect();
        for chunk in keys.chunks(CHUNK) {
            self.statement_times(chunk, &mut runs).await?;
        }
        Ok(runs.into_values().collect())
    }

    /// The latest completed file for each value of a column.
    async fn latest(&mut self, column: &str, values: &[Value]) -> Result<Vec<PastRun>> {
        let marks = vec!["?"; values.len()].join(", ");
        // One that was undone later has completed all the same: its journal says so.
        let sql = self.store.fill(&format!(
            "SELECT f.file_id, f.batch_id, f.file_path, f.file_hash, f.processing_time_ms, f.file_status FROM \
             {{orchestration.migration_files}} f JOIN (SELECT MAX(c.file_id) AS file_id FROM \
             {{orchestration.migration_files}} c WHERE c.{column} IN ({marks}) AND c.is_deleted = 0 AND (c.file_status = \
             'completed' OR (c.file_status = 'rolled_back' AND EXISTS (SELECT 1 FROM {{orchestration.migration_events}} e \
             WHERE e.file_id = c.file_id AND e.kind = 'file_moved' AND e.payload LIKE '%\"recorded\"%'))) GROUP BY \
             c.{column}) latest ON latest.file_id = f.file_id"
        ))?;
        let rows = self.session.query(&sql, values).await?;
        Ok(rows.iter().map(run).collect())
    }

    /// Fills in the times of the statements as they ran forward, those of the last attempt.
    async fn statement_times(&mut self, files: &[FileId], runs: &mut HashMap<FileId, PastRun>) -> Result<()> {
        let keys: Vec<String> = files.iter().map(ToString::to_string).collect();
        let (ms, phase) = match self.store.dialect().is_mysql_family() {
            true => ("CAST(JSON_EXTRACT(payload, '$.ms') AS SIGNED)", "JSON_UNQUOTE(JSON_EXTRACT(payload, '$.phase'))"),
            false => ("json_extract(payload, '$.ms')", "json_extract(payload, '$.phase')"),
        };
        let sql = self.store.fill(&format!(
            "SELECT file_id, statement_index, {ms}, {phase} FROM {{orchestration.migration_events}} WHERE file_id IN \
             ({}) AND kind = 'statement_finished' ORDER BY file_id, seq",
            keys.join(", ")
        ))?;
        for row in &self.session.query_text(&sql).await? {
            let Some(run) = runs.get_mut(&FileId(row.get_i64(0))) else { continue };
            let (index, ms) = (usize::try_from(row.get_i64(1)).unwrap_or_default(), row.get_u64(2));
            if row.get_text(3) != "forward" {
                continue;
            }
            // Another attempt begins anew.
            run.statements.truncate(index);
            run.statements.push(ms);
        }
        for run in runs.values_mut().filter(|run| !run.statements.is_empty()) {
            run.ms = run.statements.iter().sum();
        }
        Ok(())
    }

    /// The times of these files in rehearsals, where they are kept and this account may see them.
    ///
    /// # Errors
    /// The database's, but for a schema or right that is missing.
    pub async fn rehearsed_files(&mut self, hashes: &[&Checksum]) -> Result<HashMap<Checksum, RehearsedFile>> {
        let mut found = HashMap::new();
        if self.is_legacy() {
            return Ok(found);
        }
        for chunk in hashes.chunks(CHUNK) {
            let marks = vec!["?"; chunk.len()].join(", ");
            let sql = self.store.fill(&format!(
                "SELECT cache_key, cache_data FROM {{ephemeral.cache}} WHERE cache_key IN ({marks}) AND cache_group = \
                 '{GROUP}'"
            ))?;
            let keys: Vec<Value> = chunk.iter().map(|hash| key(hash).into()).collect();
            let rows = match self.session.query(&sql, &keys).await {
                Ok(rows) => rows,
                Err(error) if is_out_of_reach(&error) => return Ok(HashMap::new()),
                Err(error) => return Err(error.into()),
            };
            found.extend(rows.iter().filter_map(rehearsed));
        }
        Ok(found)
    }
}

fn is_out_of_reach(error: &crate::database::DbError) -> bool {
    use crate::database::ErrorKind::{MissingObject, Privilege};
    matches!(error.kind, MissingObject | Privilege)
}

fn run(row: &Row) -> PastRun {
    PastRun {
        file: FileId(row.get_i64(0)),
        batch: BatchId(row.get_i64(1)),
        path: row.get_text(2),
        hash: Checksum(row.get_text(3)),
        ms: row.get_u64(4),
        statements: Vec::new(),
    }
}

fn key(hash: &Checksum) -> String {
    format!("{GROUP}:{hash}")
}

/// What another Caribou wrote in another form is none.
fn rehearsed(row: &Row) -> Option<(Checksum, RehearsedFile)> {
    let hash = row.get_text(0).strip_prefix(GROUP)?.strip_prefix(':')?.to_owned();
    Some((Checksum(hash), serde_json::from_str(&row.get_text(1)).ok()?))
}

/// Keeps the times of a rehearsal; the last one of the same bytes counts.
///
/// # Errors
/// The database's.
pub async fn note_rehearsed_files(
    session: &mut dyn Session,
    store: &Store,
    files: &[(Checksum, Vec<u64>)],
) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let rows = session.query_text(&store.sql("SELECT {now_ms}")?).await?;
    let at = Millis(rows.first().map_or(0, |row| row.get_i64(0)));
    let (now, until) = (Ymdhis::from(at).0, Ymdhis::from(Millis(at.0 + DAYS * 86_400_000)).0);
    let row = |(hash, ms): &(Checksum, Vec<u64>)| -> Vec<Value> {
        let data = serde_json::json!({ "at": at, "ms": ms }).to_string();
        vec![key(hash).into(), GROUP.into(), data.into(), until.into(), now.into(), now.into()]
    };
    let head = store.sql(
        "INSERT INTO {ephemeral.cache} (cache_key, cache_group, cache_data, expires_ymdhis, created_ymdhis, \
         updated_ymdhis) VALUES",
    )?;
    let again = ["cache_data", "expires_ymdhis", "updated_ymdhis"];
    let again: Vec<String> = again.iter().map(|column| format!("{column} = {}", store.wanted(column))).collect();
    let tail = format!("{} {}", store.upsert_words(), again.join(", "));
    send(session, &head, 6, &tail, files.iter().map(row).collect(), most(None)).await?;
    Ok(())
}
