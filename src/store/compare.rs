//! The journal's replay against the rows that stand there: equal, or somebody wrote what is not theirs.

use super::compare_parts::{self, FILES};
use super::mismatch::Mismatch;
use super::projection::Table;
use super::replayed::Replay;
use super::{Reader, Result, StoreError, events};
use crate::model::BatchId;
use std::collections::BTreeMap;

/// Replays a batch's journal and compares. Nothing is compared for a batch without a journal.
///
/// # Errors
/// [`StoreError::Corrupt`](super::StoreError::Corrupt) when the journal itself cannot be read.
pub async fn compare(reader: &mut Reader, batch: BatchId) -> Result<Vec<Mismatch>> {
    let compared = compare_all(reader, &[batch]).await?;
    compared.into_iter().next().map_or_else(|| Ok(Vec::new()), |(_, differences)| differences)
}

/// The same for several batches. Small ones are compared together, with no more questions than one takes; a large one
/// is compared in parts, so that no more is in memory of it than of the small ones. Each has its own answer, in their order.
///
/// # Errors
/// When the database cannot be asked.
pub async fn compare_all(reader: &mut Reader, batches: &[BatchId]) -> Result<Vec<(BatchId, Result<Vec<Mismatch>>)>> {
    let mut compared = Vec::new();
    for group in grouped(&reader.journal_sizes(batches).await?, AT_ONCE) {
        match group.as_slice() {
            [(batch, events)] if *events > AT_ONCE => match compare_parts::compare(reader, *batch, FILES).await {
                Err(error) if !matches!(error, StoreError::Corrupt { .. }) => return Err(error),
                answer => compared.push((*batch, answer)),
            },
            some => {
                let ids: Vec<BatchId> = some.iter().map(|(batch, _)| *batch).collect();
                compared.extend(compare_whole(reader, &ids).await?);
            }
        }
    }
    Ok(compared)
}

/// Number of events that are replayed at once.
const AT_ONCE: u64 = 20_000;

/// Batches with the last numbers of their journals, in groups that have no more events than `most` together, or are one
/// batch.
fn grouped(sizes: &[(BatchId, u64)], most: u64) -> Vec<Vec<(BatchId, u64)>> {
    let mut groups: Vec<Vec<(BatchId, u64)>> = Vec::new();
    let mut events = 0;
    for (batch, size) in sizes {
        match groups.last_mut().filter(|_| events + size <= most) {
            Some(group) => group.push((*batch, *size)),
            None => {
                groups.push(vec![(*batch, *size)]);
                events = 0;
            }
        }
        events += size;
    }
    groups
}

async fn compare_whole(reader: &mut Reader, batches: &[BatchId]) -> Result<Vec<(BatchId, Result<Vec<Mismatch>>)>> {
    let mut replays: BTreeMap<BatchId, Replay> = BTreeMap::new();
    let store = reader.store().clone();
    events::every(&store, reader.session.as_mut(), batches, |batch, event| {
        replays.entry(batch).or_default().take(batch, event);
    })
    .await?;
    let told: Vec<BatchId> = replays.keys().copied().collect();
    let mut rows = BTreeMap::new();
    for table in Table::ALL.into_iter().filter(|_| !told.is_empty()) {
        rows.insert(table, reader.raw_rows(table, &told).await?);
    }
    let jobs = if told.is_empty() { BTreeMap::new() } else { reader.job_rows(&told).await? };
    let differences = |batch: &BatchId| {
        let Some(replay) = replays.remove(batch) else { return Ok(Vec::new()) };
        let of_batch = |table| rows.get_mut(&table).and_then(|rows| rows.remove(batch)).unwrap_or_default();
        replay.against(of_batch, &jobs.get(batch).cloned().unwrap_or_default())
    };
    let differences: Vec<_> = batches.iter().map(differences).collect();
    Ok(batches.iter().copied().zip(differences).collect())
}

impl Reader {
    /// The last number in the journal of each batch that has one.
    async fn journal_sizes(&mut self, batches: &[BatchId]) -> Result<Vec<(BatchId, u64)>> {
        if batches.is_empty() {
            return Ok(Vec::new());
        }
        let events = self.store.sql("{orchestration.migration_events}")?;
        let last = |batch: &BatchId| format!("(SELECT MAX(seq) FROM {events} WHERE batch_id = {batch})");
        let columns: Vec<String> = batches.iter().map(last).collect();
        let rows = self.session.query_text(&format!("SELECT {}", columns.join(", "))).await?;
        let size = |index: usize| rows.first().map_or(0, |row| row.get_u64(index));
        Ok(batches.iter().enumerate().map(|(index, batch)| (*batch, size(index))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_batches_are_compared_together_and_large_ones_alone() {
        let sizes = [5, 5, 1, 30, 2, 2].into_iter().zip(1..).map(|(size, id)| (BatchId(id), size));
        let groups = grouped(&sizes.collect::<Vec<_>>(), 10);
        let ids: Vec<Vec<i64>> = groups.iter().map(|g| g.iter().map(|(batch, _)| batch.0).collect()).collect();
        assert_eq!(ids, [vec![1, 2], vec![3], vec![4], vec![5, 6]]);
    }
}
