//! The console's feed from the store: events by their numbers, commands through `submit_command`, and a connection that
//! comes back.

mod absent;
mod attaching;
mod emergency;
mod faults;
mod lists;
mod opening;
mod presence;
mod reading;
mod replay;
mod rollbacks;
mod surroundings;

use self::absent::still_nothing;
use self::faults::{from_database, from_store};
use self::presence::Presence;
use self::reading::{summary, worker};
use self::surroundings::Surroundings;
use super::config::Config;
use super::gather::gather;
use crate::console::{
    Attached, BatchSummary, Feed, FeedError, FeedFault, FileText, List, ListRequest, LookUp, Opened, RollbackSummary,
    Update,
};
use crate::database::{self, Purpose, Session, Target};
use crate::model::{
    BatchId, Checksum, CommandId, CommandRequest, DecisionId, DecisionRequest, EventKind, OverrideRequest, RollbackId,
    RollbackSubject, Seq, System, Verb, World,
};
use crate::recording::{Recording, write};
use crate::sql::Language;
use crate::store::{Filling, NewCommand, Reader, Store, submit_command};
use async_trait::async_trait;
use std::time::Instant;

pub(crate) use replay::{PlayOptions, ReplayFeed};

/// A tail of this length has more behind it.
const FULL_TAIL: usize = 2_000;
/// A way to the journal that connects when it has to.
pub(crate) struct StoreFeed {
    target: Option<(Target, String)>,
    store: Option<Store>,
    /// The batch to begin with and to stay on: asked for at the start, or chosen since.
    wanted: Option<BatchId>,
    /// True to go on to a newer batch once this one has ended.
    follows: bool,
    /// The batch on the screen has ended.
    ended: bool,
    /// Nothing has ever run: there is no schema to read.
    absent: bool,
    reader: Option<Reader>,
    control: Option<Box<dyn Session>>,
    /// Identity of the server, in its own words.
    identity: Option<String>,
    /// Position up to which we have read: the batch, and the last number in it and in the system.
    batch: BatchId,
    seq: Seq,
    system_seq: Seq,
    /// The system as the journal tells it, without batches.
    system: System,
    /// The whole of a batch of which a page is shown.
    filling: Option<Filling>,
    presence: Presence,
    surroundings: Surroundings,
}

impl StoreFeed {
    /// A feed from a store that is connected.
    pub fn new(store: Store, batch: Option<BatchId>) -> StoreFeed {
        StoreFeed { store: Some(store), ..StoreFeed::empty(batch) }
    }

    /// A feed that connects by itself, and again when it has to.
    pub fn connecting(target: Target, prefix: String, batch: Option<BatchId>) -> StoreFeed {
        StoreFeed { target: Some((target, prefix)), ..StoreFeed::empty(batch) }
    }

    /// The same, going on to a newer batch by itself once the one on the screen has ended.
    pub fn following(mut self) -> StoreFeed {
        self.follows = true;
        self
    }

    /// The same, which also tells what is configured here: who is told of alerts, and what proves a backup.
    pub fn informed(mut self, config: &Config) -> StoreFeed {
        self.surroundings = Surroundings::new(config);
        self
    }

    fn empty(wanted: Option<BatchId>) -> StoreFeed {
        StoreFeed {
            target: None,
            store: None,
            wanted,
            follows: false,
            ended: false,
            absent: false,
            reader: None,
            control: None,
            identity: None,
            batch: BatchId::SYSTEM,
            seq: Seq(0),
            system_seq: Seq(0),
            system: System::default(),
            filling: None,
            presence: Presence::new(),
            surroundings: Surroundings::default(),
        }
    }

    async fn store(&mut self) -> Result<Store, FeedError> {
        if let Some(store) = &self.store {
            return Ok(store.clone());
        }
        let Some((target, prefix)) = &self.target else {
            return Err(FeedError::new(FeedFault::Hopeless, "no database is configured"));
        };
        let database = database::connect(target).await.map_err(from_database)?;
        let store = Store::with_prefix(database, prefix.clone());
        self.store = Some(store.clone());
        Ok(store)
    }

    /// The reader, opened again when it was lost. Another server behind the same name is noticed.
    async fn reader(&mut self) -> Result<&mut Reader, FeedError> {
        if self.reader.is_none() {
            let store = self.store().await?;
            let mut reader = Reader::open(&store).await.map_err(from_store)?;
            let identity = reader.session().server_identity().await.map_err(from_database)?;
            let moved = self.identity.as_ref().is_some_and(|before| *before != identity);
            self.identity = Some(identity);
            self.reader = Some(reader);
            if moved {
                return Err(FeedError::new(FeedFault::Moved, "this is another server than before"));
            }
        }
        self.reader.as_mut().ok_or_else(|| FeedError::new(FeedFault::Gone, "not connected"))
    }

    /// After an error the connection is made anew at the next call, unless only this question was refused.
    fn note<T>(&mut self, result: Result<T, FeedError>) -> Result<T, FeedError> {
        if result.as_ref().is_err_and(|e| matches!(e.fault, FeedFault::Gone)) {
            self.reader = None;
            self.control = None;
        }
        result
    }

    /// A batch that a person chose: an earlier one stays on the screen, whatever begins after it.
    async fn chosen(&mut self, batch: BatchId) -> Result<Opened, FeedError> {
        let newest = self.reader().await?.batches(1).await.map_err(from_store)?;
        self.wanted = Some(batch).filter(|_| newest.first().is_some_and(|n| n.batch_id > batch));
        self.read_batch(batch).await
    }

    async fn polled(&mut self) -> Result<Update, FeedError> {
        if self.absent {
            return still_nothing(&self.store().await?).await;
        }
        let asked = Instant::now();
        let (batch, seq, system_seq) = (self.batch, self.seq, self.system_seq);
        let tail = self.reader().await?.tail(batch, seq, system_seq).await.map_err(from_store)?;
        let round_trip_us = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        let more = tail.events.len() >= FULL_TAIL || tail.system_events.len() >= FULL_TAIL;
        let (last, ended) = (tail.events.last().map_or(seq, |e| e.seq), self.ended);
        let ends = tail.events.iter().any(|e| matches!(e.kind, EventKind::BatchEnded { .. }));
        if self.follows
            && self.wanted.is_none()
            && (ended || ends)
            && tail.events.is_empty()
            && tail.newest_batch.is_some_and(|n| n > batch)
        {
            return Err(FeedError::new(FeedFault::Moved, "the next batch begins"));
        }
        // All that may fail comes before anything is taken for told: an event is told once.
        self.be_present().await?;
        let mut world = World { system: self.system.clone(), ..World::default() };
        for event in &tail.system_events {
            world.apply(event);
        }
        let worker = tail.lease.as_ref().filter(|l| l.is_held() || l.expires.0 > 0).map(worker);
        let before = std::mem::replace(&mut self.system, world.system);
        let further = match self.freeze(worker.as_ref()).await {
            Ok(freeze) => self.read_on(last).await.map(|read| (freeze, read)),
            Err(error) => Err(error),
        };
        let (freeze, (read, whole)) = match further {
            Ok(further) => further,
            Err(error) => {
                self.system = before;
                return Err(error);
            }
        };
        (self.seq, self.ended) = (last, ended || ends);
        self.system_seq = tail.system_events.last().map_or(system_seq, |e| e.seq);
        let mut events = tail.system_events;
        events.extend(tail.events);
        Ok(Update {
            events,
            more: more || self.filling.is_some(),
            worker,
            freeze,
            clock: tail.now,
            round_trip_us,
            watchers: self.presence.others(tail.watching),
            unanswered: tail.unanswered,
            newest_batch: tail.newest_batch,
            live: tail.live,
            read,
            whole,
            ..Update::default()
        })
    }

    /// Says now and then that we watch, and at once when another rollback is open.
    async fn be_present(&mut self) -> Result<(), FeedError> {
        if self.reader().await?.is_legacy() {
            return Ok(());
        }
        let store = self.store().await?;
        self.control().await?;
        if let Some(session) = &mut self.control
            && !self.presence.tell(session.as_mut(), &store).await
        {
            // It is opened again the next time.
            self.control = None;
        }
        Ok(())
    }

    async fn control(&mut self) -> Result<&mut dyn Session, FeedError> {
        if self.control.is_none() {
            let store = self.store().await?;
            self.control = Some(store.database().open(Purpose::Control).await.map_err(from_database)?);
        }
        match self.control.as_mut() {
            Some(session) => Ok(session.as_mut()),
            None => Err(FeedError::new(FeedFault::Gone, "not connected")),
        }
    }

    async fn submitted(&mut self, request: CommandRequest) -> Result<CommandId, FeedError> {
        let store = self.store().await?;
        let CommandRequest { batch, verb, reason, expects } = request;
        if verb == (Verb::Thaw { emergency: true }) {
            self.lifted_by_us().await?;
        }
        let new = NewCommand { batch, verb, reason, expects, submission: None };
        submit_command(self.control().await?, &store, &new).await.map_err(from_store)
    }

    async fn played_again(&mut self, batch: BatchId) -> Result<ReplayFeed, FeedError> {
        let parts = gather(self.reader().await?, batch).await.map_err(from_store)?;
        let refused = |why: String| FeedError::new(FeedFault::Denied, why);
        let parts = parts.ok_or_else(|| refused(format!("batch {batch} has no journal")))?;
        write(&parts)
            .and_then(Recording::open)
            .and_then(|recording| ReplayFeed::new(recording, PlayOptions::default(), None))
            .map_err(|error| refused(error.to_string()))
    }

    async fn text_of(&mut self, checksum: &Checksum) -> Result<Option<FileText>, FeedError> {
        let reader = self.reader().await?;
        let language = Language::new(reader.store().dialect(), &reader.store().database().globals());
        let source = reader.source(checksum).await.map_err(from_store)?;
        Ok(source.map(|source| FileText { undo: crate::undo::undone_by(&source, language), source }))
    }

    async fn listed(&mut self, limit: usize) -> Result<Vec<BatchSummary>, FeedError> {
        let rows = self.reader().await?.batches(limit).await.map_err(from_store)?;
        Ok(rows.into_iter().map(summary).collect())
    }
}

#[async_trait]
impl Feed for StoreFeed {
    async fn attach(&mut self) -> Result<Attached, FeedError> {
        let result = self.attached().await;
        self.note(result)
    }

    async fn poll(&mut self) -> Result<Update, FeedError> {
        let result = self.polled().await;
        self.note(result)
    }

    async fn submit(&mut self, request: CommandRequest) -> Result<CommandId, FeedError> {
        let result = self.submitted(request).await;
        self.note(result)
    }

    async fn source(&mut self, checksum: &Checksum) -> Result<Option<FileText>, FeedError> {
        let result = self.text_of(checksum).await;
        self.note(result)
    }

    async fn batches(&mut self, limit: usize) -> Result<Vec<BatchSummary>, FeedError> {
        let result = self.listed(limit).await;
        self.note(result)
    }

    async fn rollbacks(&mut self) -> Result<Vec<RollbackSummary>, FeedError> {
        let result = self.open_rollbacks().await;
        self.note(result)
    }

    fn blast_radius(&mut self, batch: BatchId, subject: RollbackSubject) -> LookUp {
        self.look_up(batch, subject)
    }

    async fn decide(&mut self, request: DecisionRequest) -> Result<DecisionId, FeedError> {
        let result = self.decided(request).await;
        self.note(result)
    }

    async fn let_pass(&mut self, batch: BatchId, request: OverrideRequest) -> Result<DecisionId, FeedError> {
        let result = self.checks_let_pass(batch, request).await;
        self.note(result)
    }

    async fn open(&mut self, batch: BatchId) -> Result<Opened, FeedError> {
        let result = self.chosen(batch).await;
        self.note(result)
    }

    async fn list(&mut self, wanted: ListRequest) -> Result<List, FeedError> {
        let result = self.listed_for(wanted).await;
        self.note(result)
    }

    fn look_at(&mut self, rollback: Option<RollbackId>) {
        self.presence.looks_at(rollback);
    }

    async fn replay(&mut self, batch: BatchId) -> Result<Box<dyn Feed>, FeedError> {
        let result = self.played_again(batch).await;
        self.note(result).map(|feed| Box::new(feed) as Box<dyn Feed>)
    }
}
