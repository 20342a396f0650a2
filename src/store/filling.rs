//! The whole of a batch of very many files, read behind the first page of it, a piece between two looks at what is new.

use super::{Reader, Result};
use crate::model::{BatchId, Event, EventKind, FileId, Seq, World};
use std::time::{Duration, Instant};

/// Events that are read at once.
const CHUNK: usize = 1_000;
/// Files whose plan is read at once.
const PLANS: usize = 128;
/// Events among which the plan of the first file is looked for.
const BEGINNING: usize = 64;
/// Time that a piece takes: whoever asks for something meanwhile waits so long.
const SLICE: Duration = Duration::from_millis(60);

/// A batch that is being read. What rests of it is packed, so that it is never large in memory.
#[derive(Debug)]
pub struct Filling {
    batch: BatchId,
    world: World,
    /// The last event that was taken in.
    at: Seq,
    plans: Option<Plans>,
}

/// The events that planned the files, which follow each other: each is read when its file's turn comes, since a file that
/// was planned and waits would be packed for nothing.
#[derive(Debug)]
struct Plans {
    at: Seq,
    last: Seq,
    /// The last file that is known.
    file: FileId,
}

impl Filling {
    /// Begins with a batch that has a journal.
    ///
    /// # Errors
    /// The database's; [`StoreError::Corrupt`](super::StoreError::Corrupt) for an event that cannot be read.
    pub async fn begin(reader: &mut Reader, batch: BatchId) -> Result<Filling> {
        let mut filling = Filling { batch, world: World::default(), at: Seq(0), plans: None };
        let events = reader.events(batch, Seq(0), BEGINNING).await?;
        let begin = events.iter().take_while(|event| !is_plan(event)).cloned().collect::<Vec<Event>>();
        filling.at = begin.last().map_or(Seq(0), |event| event.seq);
        begin.iter().for_each(|event| drop(filling.world.apply(event)));
        let files = filling.world.batch(batch).map_or(0, |batch| i64::from(batch.total_files));
        let last = Seq(filling.at.0 + files);
        let end = reader.events(batch, Seq(last.0 - 1), 2).await?;
        // Where they are as many as the files, they stand in one run.
        if end.first().is_some_and(is_plan) && !end.get(1).is_some_and(is_plan) {
            filling.plans = Some(Plans { at: filling.at, last, file: FileId(0) });
            filling.at = last;
        }
        Ok(filling)
    }

    /// Reads on for a moment, at most up to an event; true when it is there and all of it is known. After an error it
    /// can be called again.
    ///
    /// # Errors
    /// Those of [`Filling::begin`].
    pub async fn read(&mut self, reader: &mut Reader, until: Seq) -> Result<bool> {
        let begun = Instant::now();
        while begun.elapsed() < SLICE {
            let mut events = reader.events(self.batch, self.at, CHUNK).await?;
            events.retain(|event| event.seq <= until);
            if events.is_empty() {
                return self.rest(reader, begun).await;
            }
            for event in &events {
                if let Some(file) = event.kind.file() {
                    self.plan(reader, file).await?;
                }
                self.world.apply(event);
                // After an error it goes on here.
                self.at = event.seq;
            }
            self.pack();
        }
        Ok(false)
    }

    /// The whole of a batch at once.
    ///
    /// # Errors
    /// Those of [`Filling::begin`].
    pub async fn whole(reader: &mut Reader, batch: BatchId) -> Result<World> {
        let mut filling = Filling::begin(reader, batch).await?;
        while !filling.read(reader, Seq(i64::MAX)).await? {}
        Ok(filling.into_world())
    }

    /// Number of files that are known.
    pub fn files(&self) -> u32 {
        let files = self.world.batch(self.batch).map_or(0, |batch| batch.order.len());
        u32::try_from(files).unwrap_or(u32::MAX)
    }

    /// The world with the batch.
    pub fn into_world(mut self) -> World {
        // The second time, what has come last rests too.
        (0..2).for_each(|_| self.pack());
        self.world
    }

    /// The files that have not begun.
    async fn rest(&mut self, reader: &mut Reader, begun: Instant) -> Result<bool> {
        while self.more_plans(reader).await? {
            self.pack();
            if begun.elapsed() >= SLICE {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads plans until a file is known.
    async fn plan(&mut self, reader: &mut Reader, file: FileId) -> Result<()> {
        while self.plans.as_ref().is_some_and(|plans| plans.file < file) && self.more_plans(reader).await? {}
        Ok(())
    }

    /// Reads more plans; false when all are known.
    async fn more_plans(&mut self, reader: &mut Reader) -> Result<bool> {
        let Some(plans) = self.plans.as_mut().filter(|plans| plans.at < plans.last) else { return Ok(false) };
        let most = usize::try_from(plans.last.0 - plans.at.0).unwrap_or(PLANS).min(PLANS);
        let events = reader.events(self.batch, plans.at, most).await?;
        let Some(last) = events.last() else { return Ok(false) };
        plans.at = last.seq;
        for event in &events {
            plans.file = event.kind.file().map_or(plans.file, |file| file.max(plans.file));
            self.world.apply(event);
        }
        Ok(true)
    }

    fn pack(&mut self) {
        if let Some(batch) = self.world.batches.get_mut(&self.batch) {
            batch.files.pack(usize::MAX);
        }
    }
}

fn is_plan(event: &Event) -> bool {
    matches!(event.kind, EventKind::FilePlanned { .. })
}
