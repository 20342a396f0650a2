//! A batch that is opened: all of it, or, of one of very many files, a page at once and the rest behind it.

use super::StoreFeed;
use super::faults::from_store;
use super::reading::replay;
use crate::console::{FeedError, Opened, RECENT_EVENTS};
use crate::model::{BatchId, FileId, FileState, FileStatus, Seq, World};
use crate::store::{BatchRow, Filling};
use std::collections::{BTreeMap, BTreeSet};

/// Files that a batch may have to be read at once.
const AT_ONCE: u32 = 2_000;
/// Files of the page that is shown first.
const PAGE: usize = 200;

impl StoreFeed {
    /// Opens a batch. A legacy one has rows and no journal.
    pub(super) async fn read_batch(&mut self, batch: BatchId) -> Result<Opened, FeedError> {
        self.filling = None;
        let reader = self.reader().await?;
        if reader.is_legacy() {
            let world = reader.world(batch).await.map_err(from_store)?.unwrap_or_default();
            (self.batch, self.seq) = (batch, Seq(0));
            return Ok(Opened { batch, world, recent: Vec::new(), part: None });
        }
        let (system, system_seq) = reader.system().await.map_err(from_store)?;
        let row = if batch == BatchId::SYSTEM { None } else { reader.batch(batch).await.map_err(from_store)? };
        let mut opened = Opened { batch, world: World::default(), recent: Vec::new(), part: None };
        let seq = match row.filter(is_large) {
            Some(row) => self.first_page(row, &mut opened).await?,
            None => self.whole(&mut opened).await?,
        };
        opened.world.system = system.clone();
        (self.batch, self.seq, self.system_seq, self.system) = (batch, seq, system_seq, system);
        self.ended = opened.world.batch(batch).is_some_and(|b| b.status.is_final());
        Ok(opened)
    }

    /// All of it.
    async fn whole(&mut self, opened: &mut Opened) -> Result<Seq, FeedError> {
        let reader = self.reader().await?;
        let seq = replay(reader, opened.batch, &mut opened.world, &mut opened.recent).await?;
        if seq == Seq(0)
            && opened.batch != BatchId::SYSTEM
            && let Some(rows) = reader.world(opened.batch).await.map_err(from_store)?
        {
            opened.world.batches = rows.batches;
        }
        Ok(seq)
    }

    /// What is of the batch itself, the files that need a look, and those that the newest events are about.
    async fn first_page(&mut self, row: BatchRow, opened: &mut Opened) -> Result<Seq, FeedError> {
        let reader = self.reader().await?;
        let newest = u32::try_from(RECENT_EVENTS).unwrap_or(u32::MAX);
        let before = reader.before_last(row.batch_id, newest).await.map_err(from_store)?;
        let recent = reader.events(row.batch_id, before, RECENT_EVENTS).await.map_err(from_store)?;
        let seq = recent.last().map_or(before, |event| event.seq);
        let beside: BTreeSet<FileId> = recent.iter().filter_map(|event| event.kind.file()).collect();
        let beside: Vec<FileId> = beside.into_iter().collect();
        let Some(page) = reader.page_as_of(&row, PAGE, &beside, seq).await.map_err(from_store)? else {
            return self.whole(opened).await;
        };
        self.filling = Some(Filling::begin(reader, row.batch_id).await.map_err(from_store)?);
        (opened.world, opened.part) = (counted(page.world, row.batch_id, &page.counts), Some(page.counts));
        opened.recent = recent;
        Ok(seq)
    }

    /// Reads on in a batch of which only a page is shown, up to an event: the files that are known, and the whole once it
    /// is there.
    pub(super) async fn read_on(&mut self, until: Seq) -> Result<(Option<u32>, Option<Box<Opened>>), FeedError> {
        let Some(mut filling) = self.filling.take() else { return Ok((None, None)) };
        let is_whole = match self.reader().await {
            Ok(reader) => filling.read(reader, until).await.map_err(from_store),
            Err(error) => Err(error),
        };
        let files = filling.files();
        if !matches!(is_whole, Ok(true)) {
            self.filling = Some(filling);
            return is_whole.map(|_| (Some(files), None));
        }
        let world = World { system: self.system.clone(), ..filling.into_world() };
        let opened = Opened { batch: self.batch, world, recent: Vec::new(), part: None };
        Ok((Some(files), Some(Box::new(opened))))
    }
}

/// True of a batch of so many files that they are not read at once.
pub(super) fn is_large(row: &BatchRow) -> bool {
    row.total_files > AT_ONCE && !row.compensates()
}

/// A page whose batch tells how many files of it stand where, as its rows count them.
fn counted(mut world: World, batch: BatchId, counts: &BTreeMap<FileStatus, u64>) -> World {
    if let Some(batch) = world.batches.get_mut(&batch) {
        let count = |status| counts.get(&status).map_or(0, |n| u32::try_from(*n).unwrap_or(u32::MAX));
        let resting = [FileStatus::Pending, FileStatus::Completed, FileStatus::RolledBack].map(count);
        batch.counts[FileState::Idle as usize - 1] = resting.iter().sum();
    }
    world
}
