//! A batch in part: what is of the batch itself, and some of its files. An event about one file changes no other one, so
//! that the events of the batch and of these files make of them what the whole journal makes.
//!
//! A `+` before a column keeps SQLite, which counts nothing, from reading along that column's index.

use super::by_status::ByStatus;
use super::projection::Table;
use super::rows::BatchRow;
use super::{Reader, Result, events};
use crate::model::{BatchId, Event, FileId, FileState, FileStatus, Seq, World};
use std::collections::BTreeMap;

/// The statuses of files, the worst first.
const WORST_FIRST: [(FileStatus, u32); 5] = [
    (FileStatus::Failed, 0),
    (FileStatus::Processing, 1),
    (FileStatus::RolledBack, 2),
    (FileStatus::Pending, 3),
    (FileStatus::Completed, 4),
];

/// Most files that may be under way, and so are read beside those of a page: the others' holds depend on them.
const UNDER_WAY: usize = 64;

const EVENTS: &str = "SELECT batch_id, seq, at_ms, operator, payload FROM {orchestration.migration_events} WHERE";

/// A batch as far as one page shows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The batch with the files of the page, and with those that its rollbacks began with.
    pub world: World,
    /// Files of the page: all of the batch in the order of the plan, or the worst first.
    pub files: Vec<FileId>,
    /// Number of files of the batch in each status that any has.
    pub counts: BTreeMap<FileStatus, u64>,
    /// Number of alerts of the batch that are not in the world: those about files that are not either.
    pub more_alerts: u64,
}

impl Page {
    /// The page that is the whole of a batch.
    fn whole(world: World, batch: BatchId) -> Page {
        let files: Vec<FileId> = world.batch(batch).iter().flat_map(|b| b.in_order()).map(|f| f.id).collect();
        let mut counts = BTreeMap::new();
        for file in world.batch(batch).iter().flat_map(|b| b.files.values()) {
            *counts.entry(file.status()).or_default() += 1;
        }
        Page { world, files, counts, more_alerts: 0 }
    }

    /// Number of files of the batch that are not on the page, in each status that any of them has.
    pub fn more(&self) -> BTreeMap<FileStatus, u64> {
        let mut more = self.counts.clone();
        for file in self.world.batches.values().flat_map(|batch| self.files.iter().filter_map(|id| batch.file(*id))) {
            if let Some(count) = more.get_mut(&file.status()) {
                *count = count.saturating_sub(1);
            }
        }
        more.retain(|_, count| *count > 0);
        more
    }
}

impl Reader {
    /// A page of a batch: at most so many of its files. A batch that has no more is read whole. `None` where there is no
    /// such batch.
    ///
    /// # Errors
    /// The database's; [`StoreError::Corrupt`](super::StoreError::Corrupt) for an event that cannot be read.
    pub async fn page(&mut self, row: &BatchRow, most: usize) -> Result<Option<Page>> {
        let batch = row.batch_id;
        // What undoes another batch has no files of its own.
        if self.is_legacy() || row.compensates() || row.total_files as usize <= most {
            return Ok(self.world(batch).await?.map(|world| Page::whole(world, batch)));
        }
        match self.page_as_of(row, most, &[], Seq(i64::MAX)).await? {
            Some(page) => Ok(Some(page)),
            None => Ok(self.world(batch).await?.map(|world| Page::whole(world, batch))),
        }
    }

    /// The same of a batch of very many files, with some files beside, as it stood after an event. `None` where it has no
    /// journal.
    ///
    /// # Errors
    /// Those of [`Reader::page`].
    pub async fn page_as_of(
        &mut self,
        row: &BatchRow,
        most: usize,
        beside: &[FileId],
        last: Seq,
    ) -> Result<Option<Page>> {
        let batch = row.batch_id;
        let counts = self.file_counts(row).await?;
        let files = self.worst_files(batch, &WORST_FIRST, most).await?;
        let mut told = files.clone();
        told.extend(self.worst_files(batch, &WORST_FIRST[1..2], UNDER_WAY).await?);
        told.extend(self.rollback_owners(batch, most).await?);
        told.extend(beside);
        let Some(mut world) = self.world_in_part(batch, &told, last).await? else { return Ok(None) };
        let mut more_alerts = self.alert_count(batch).await?;
        if let Some(part) = world.batches.get_mut(&batch) {
            more_alerts = more_alerts.saturating_sub(part.alerts.len() as u64);
            let count = |status| counts.get(&status).map_or(0, |n| u32::try_from(*n).unwrap_or(u32::MAX));
            part.completed = count(FileStatus::Completed);
            part.counts[FileState::Failed as usize - 1] = count(FileStatus::Failed);
        }
        Ok(Some(Page { world, files, counts, more_alerts }))
    }

    /// The next files of a batch by their keys, at most so many, each as the whole journal makes it.
    ///
    /// # Errors
    /// Those of [`Reader::page`].
    pub async fn files_after(&mut self, batch: BatchId, after: FileId, most: usize) -> Result<Option<Page>> {
        let sql = self.store.fill(&format!(
            "SELECT file_id FROM {{orchestration.migration_files}} WHERE batch_id = {batch} AND file_id > {after} AND \
             +is_deleted = 0 ORDER BY file_id LIMIT {most}"
        ))?;
        let rows = self.session.query_text(&sql).await?;
        let files: Vec<FileId> = rows.iter().map(|row| FileId(row.get_i64(0))).collect();
        if files.is_empty() {
            return Ok(None);
        }
        let mut told = files.clone();
        told.extend(self.worst_files(batch, &WORST_FIRST[1..2], UNDER_WAY).await?);
        let world = self.world_in_part(batch, &told, Seq(i64::MAX)).await?;
        Ok(world.map(|world| Page { world, files, ..Page::default() }))
    }

    /// The world with one file of a batch; the whole batch where it has no journal, `None` where there is none.
    ///
    /// # Errors
    /// Those of [`Reader::page`].
    pub async fn world_of_file(&mut self, batch: BatchId, file: FileId) -> Result<Option<World>> {
        if !self.is_legacy()
            && let Some(world) = self.world_in_part(batch, &[file], Seq(i64::MAX)).await?
        {
            return Ok(Some(world));
        }
        self.world(batch).await
    }

    /// The world with some files of a batch, as it stood after an event; `None` where it has no journal.
    async fn world_in_part(&mut self, batch: BatchId, files: &[FileId], last: Seq) -> Result<Option<World>> {
        let events = self.events_in_part(batch, files).await?;
        let mut world = World::default();
        events.iter().filter(|event| event.seq <= last).for_each(|event| drop(world.apply(event)));
        Ok(world.batch(batch).is_some().then_some(world))
    }

    /// The events of a batch that are of no file, and those of some files, in order. One question, so that they are of
    /// one moment; how far the batch is, second by second, is left out.
    async fn events_in_part(&mut self, batch: BatchId, files: &[FileId]) -> Result<Vec<Event>> {
        let keys: Vec<String> = files.iter().map(ToString::to_string).collect();
        let of_files = match keys.is_empty() {
            true => String::new(),
            false => format!("UNION ALL {EVENTS} file_id IN ({}) AND +batch_id = {batch}", keys.join(", ")),
        };
        self.events_of_no_file(batch, &format!("AND kind <> 'progress_noted' {of_files}")).await
    }

    /// The events of a batch of some kinds (their tags, such as `command_accepted`) that are of no file, in order.
    ///
    /// # Errors
    /// Those of [`Reader::page`].
    pub async fn batch_events(&mut self, batch: BatchId, kinds: &[&str]) -> Result<Vec<Event>> {
        if self.is_legacy() {
            return Ok(Vec::new());
        }
        self.events_of_no_file(batch, &format!("AND kind IN ('{}')", kinds.join("', '"))).await
    }

    /// The events of a batch that are of no file, in order; `and` is what the question goes on with.
    pub(super) async fn events_of_no_file(&mut self, batch: BatchId, and: &str) -> Result<Vec<Event>> {
        let sql = self.store.fill(&format!("{EVENTS} file_id IS NULL AND batch_id = {batch} {and}"))?;
        let rows = self.session.query_text(&sql).await?;
        let mut events = rows.iter().map(|row| events::event(row, 0)).collect::<Result<Vec<Event>>>()?;
        events.sort_by_key(|event| event.seq);
        Ok(events)
    }

    /// The files of a batch by their status. Most of it stands in the batch's row: what has completed is not counted.
    async fn file_counts(&mut self, row: &BatchRow) -> Result<BTreeMap<FileStatus, u64>> {
        let (completed, failed) = (u64::from(row.processed_files), u64::from(row.failed_files));
        let mut rest = u64::from(row.total_files).saturating_sub(completed + failed);
        let mut counts = BTreeMap::from([(FileStatus::Completed, completed), (FileStatus::Failed, failed)]);
        if rest > 0 {
            let sql = self.store.fill(&format!(
                "SELECT file_status, COUNT(*) FROM {{orchestration.migration_files}} WHERE batch_id = {} AND is_deleted = 0 \
                 AND file_status IN ('processing', 'rolled_back') GROUP BY file_status",
                row.batch_id
            ))?;
            for row in &self.session.query_text(&sql).await? {
                let Some(status) = FileStatus::parse(&row.get_text(0)) else { continue };
                rest = rest.saturating_sub(row.get_u64(1));
                counts.insert(status, row.get_u64(1));
            }
            counts.insert(FileStatus::Pending, rest);
        }
        counts.retain(|_, count| *count > 0);
        Ok(counts)
    }

    async fn alert_count(&mut self, batch: BatchId) -> Result<u64> {
        let sql = self.store.fill(&format!(
            "SELECT COUNT(*) FROM {{orchestration.migration_alerts}} WHERE batch_id = {batch} AND is_deleted = 0"
        ))?;
        let rows = self.session.query_text(&sql).await?;
        Ok(rows.first().map_or(0, |row| row.get_u64(0)))
    }

    /// Files of a batch by their status, in the order of their keys, at most so many.
    async fn worst_files(
        &mut self,
        batch: BatchId,
        statuses: &[(FileStatus, u32)],
        most: usize,
    ) -> Result<Vec<FileId>> {
        let order: Vec<(&str, u32)> = statuses.iter().map(|(status, place)| (status.as_str(), *place)).collect();
        let table = self.store.fill(&format!("{{orchestration.{}}}", Table::Files.name()))?;
        let sql = ByStatus {
            table: &table,
            columns: "file_id",
            status: "file_status",
            order: &order,
            condition: &format!("batch_id = {batch} AND is_deleted = 0"),
            key: "file_id",
            newest_first: false,
            limit: most,
        };
        let rows = self.session.query_text(&sql.sql()).await?;
        Ok(rows.iter().map(|row| FileId(row.get_i64(0))).collect())
    }

    /// The files with which the last rollbacks of a batch began.
    async fn rollback_owners(&mut self, batch: BatchId, most: usize) -> Result<Vec<FileId>> {
        let sql = self.store.fill(&format!(
            "SELECT file_id FROM {{orchestration.migration_rollback_log}} WHERE batch_id = {batch} AND file_id <> 0 \
             ORDER BY rollback_id DESC LIMIT {most}"
        ))?;
        let rows = self.session.query_text(&sql).await?;
        Ok(rows.iter().map(|row| FileId(row.get_i64(0))).collect())
    }
}
