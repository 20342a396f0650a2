//! The comparison of a large batch, some of its files at a time (`page`: why that is the same): of no batch is more in
//! memory than of a small one.

use super::compare_jobs::Replayed;
use super::keys::Keys;
use super::mismatch::Mismatch;
use super::projection::{self, Row, Table};
use super::replayed::{Replay, compare_table};
use super::{Reader, Result, events};
use crate::model::{BatchId, Change, Event, FileState, job_changes};
use std::collections::{BTreeMap, BTreeSet};

/// Number of files that are compared at once, if their keys follow each other.
pub(super) const FILES: i64 = 250;

/// Numbers of a batch's journal.
struct Extent {
    events: u64,
    last: u64,
    /// The lowest and the highest key of a file.
    files: Option<(i64, i64)>,
}

/// What the parts have in common, and what they make together.
struct Parts {
    batch: BatchId,
    /// The events of no file.
    alone: Vec<Event>,
    /// Rows that follow from these.
    shared: BTreeSet<(Table, i64)>,
    /// Keys of the rows that the journal makes.
    seen: BTreeMap<Table, Keys>,
    /// Events that change what is due.
    due: Vec<Event>,
    differences: Vec<Mismatch>,
}

/// Replays a batch's journal and compares, so many files at a time.
///
/// # Errors
/// Those of [`compare`](super::compare()).
pub async fn compare(reader: &mut Reader, batch: BatchId, files: i64) -> Result<Vec<Mismatch>> {
    let extent = reader.extent(batch).await?;
    if extent.events != extent.last {
        // It says what is missing.
        let store = reader.store().clone();
        events::replay(&store, reader.session.as_mut(), batch, drop).await?;
    }
    let alone = reader.events_of_no_file(batch, "").await?;
    let mut whole = Replay::default();
    alone.iter().for_each(|event| whole.apply(event));
    whole.finish();
    let shared: BTreeSet<(Table, i64)> = whole.rows.0.keys().copied().collect();
    let mut parts = Parts { batch, alone, shared, seen: BTreeMap::new(), due: Vec::new(), differences: Vec::new() };
    let (mut next, highest) = extent.files.unzip();
    while let Some(first) = next {
        let beyond = first + files;
        let of_files = reader.events_of_range(batch, first, beyond).await?;
        parts.compare_part(reader, of_files, &mut whole).await?;
        let is_last = highest.is_none_or(|highest| highest < beyond);
        next = if is_last { None } else { reader.next_file(batch, beyond).await? };
    }
    parts.compare_alone(reader, whole).await?;
    parts.compare_jobs(reader).await?;
    parts.find_others(reader).await?;
    Ok(parts.differences)
}

impl Parts {
    /// Compares what follows from some files, and adds what they make of the batch's own figures.
    async fn compare_part(&mut self, reader: &mut Reader, of_files: Vec<Event>, whole: &mut Replay) -> Result<()> {
        let mut part = Replay::default();
        let mut all: Vec<&Event> = self.alone.iter().chain(&of_files).collect();
        all.sort_by_key(|event| event.seq);
        all.into_iter().for_each(|event| part.apply(event));
        part.finish();
        self.due.extend(of_files.into_iter().filter(|event| !job_changes(event).is_empty()));
        if let (Some(part), Some(whole)) = (part.world.batch(self.batch), whole.world.batches.get_mut(&self.batch)) {
            whole.completed += part.completed;
            for state in FileState::ALL {
                whole.counts[state as usize - 1] += part.count(state);
            }
            whole.updated_at = whole.updated_at.max(part.updated_at);
        }
        let rows = part.rows.0.into_iter().filter(|(key, _)| !self.shared.contains(key));
        let rows: Vec<Row> = rows.map(|(_, row)| row).collect();
        self.compare_rows(reader, &rows).await
    }

    /// Compares what follows from the events of no file, and the row of the batch with the figures of all files.
    async fn compare_alone(&mut self, reader: &mut Reader, mut whole: Replay) -> Result<()> {
        if let Some(last) = self.alone.last() {
            whole.rows.put(projection::rows(&whole.world, last, &[Change::Batch]));
        }
        let rows: Vec<Row> = whole.rows.0.into_values().collect();
        self.compare_rows(reader, &rows).await
    }

    async fn compare_rows(&mut self, reader: &mut Reader, rows: &[Row]) -> Result<()> {
        for table in Table::ALL {
            let journal: BTreeMap<i64, &Row> =
                rows.iter().filter(|row| row.table == table).map(|row| (row.key, row)).collect();
            if journal.is_empty() {
                continue;
            }
            let seen = self.seen.entry(table).or_default();
            journal.keys().for_each(|key| seen.insert(*key));
            let keys: Vec<String> = journal.keys().map(ToString::to_string).collect();
            let (column, from) = reader.rows_of_batches(table)?;
            let condition = format!("r.{} IN ({})", table.key(), keys.join(", "));
            let found = reader.raw(table, (column, &from), &condition).await?;
            let batch = self.batch;
            let rows = found.into_iter().filter(|(of, _)| *of == batch).map(|(_, row)| (row.key, row)).collect();
            compare_table(table, &rows, &journal, &mut self.differences);
        }
        Ok(())
    }

    async fn compare_jobs(&mut self, reader: &mut Reader) -> Result<()> {
        self.due.extend(self.alone.iter().filter(|event| !job_changes(event).is_empty()).cloned());
        self.due.sort_by_key(|event| event.seq);
        let mut replayed = Replayed::default();
        self.due.iter().for_each(|event| replayed.take(event));
        let rows = reader.job_rows(&[self.batch]).await?.remove(&self.batch).unwrap_or_default();
        replayed.against(&rows, &mut self.differences);
        Ok(())
    }

    /// Finds rows that the journal does not make: their keys are looked at only where there are more rows than it makes.
    async fn find_others(&mut self, reader: &mut Reader) -> Result<()> {
        for table in Table::ALL {
            let seen = self.seen.remove(&table).unwrap_or_default();
            let (column, from) = reader.rows_of_batches(table)?;
            let condition = format!("FROM {from} WHERE {column} = {}", self.batch);
            let count = reader.session.query_text(&format!("SELECT COUNT(*) {condition}")).await?;
            if count.first().is_none_or(|row| row.get_u64(0) <= seen.len()) {
                continue;
            }
            let keys = reader.session.query_text(&format!("SELECT r.{} {condition}", table.key())).await?;
            let others = keys.iter().map(|row| row.get_i64(0)).filter(|key| !seen.contains(*key));
            self.differences.extend(others.map(|key| Mismatch::not_in_journal(table, key)));
        }
        Ok(())
    }
}

impl Reader {
    async fn extent(&mut self, batch: BatchId) -> Result<Extent> {
        let sql = self.store.fill(&format!(
            "SELECT COUNT(*), MAX(seq), MIN(file_id), MAX(file_id) FROM {{orchestration.migration_events}} WHERE batch_id = \
             {batch}"
        ))?;
        let rows = self.session.query_text(&sql).await?;
        let extent = rows.first().map(|row| Extent {
            events: row.get_u64(0),
            last: row.get_u64(1),
            files: row.opt_i64(2).zip(row.opt_i64(3)),
        });
        Ok(extent.unwrap_or(Extent { events: 0, last: 0, files: None }))
    }

    /// The next file of a batch, from a key on, that its journal tells of.
    async fn next_file(&mut self, batch: BatchId, from: i64) -> Result<Option<i64>> {
        let sql = self.store.fill(&format!(
            "SELECT file_id FROM {{orchestration.migration_events}} WHERE file_id >= {from} AND +batch_id = {batch} ORDER \
             BY file_id LIMIT 1"
        ))?;
        let rows = self.session.query_text(&sql).await?;
        Ok(rows.first().map(|row| row.get_i64(0)))
    }

    async fn events_of_range(&mut self, batch: BatchId, from: i64, beyond: i64) -> Result<Vec<Event>> {
        let sql = self.store.fill(&format!(
            "SELECT batch_id, seq, at_ms, operator, payload FROM {{orchestration.migration_events}} WHERE file_id >= \
             {from} AND file_id < {beyond} AND +batch_id = {batch}"
        ))?;
        let rows = self.session.query_text(&sql).await?;
        rows.iter().map(|row| events::event(row, 0)).collect()
    }
}
