//! The one appender. It owns the world: what it shows after a commit is durable.

use super::clock::Clock;
use super::holdings;
use super::inbox::{Answers, answered};
use super::projection::{self, Changed, Table, Tables};
use super::{Lease, Receipt, Result, Store, StoreError, events, frozen};
use crate::database::{Purpose, Session};
use crate::model::{
    BatchId, Draft, Event, EventKind, FileId, Ids, JobChange, Millis, Phase, Seq, Token, World, job_changes,
};
use std::collections::{BTreeSet, HashMap};

/// Number of the system's latest events that are read when the journal is opened.
const SYSTEM_EVENTS: i64 = 200;

/// Appends events and the rows that follow from them, serially, under one lease.
///
/// [`Journal::append`] decides numbers and times and changes the world at once; [`Journal::commit`] makes all of it
/// durable, or none. After a failed commit world and tables differ, so the journal refuses everything and is to be
/// opened again.
#[derive(Debug)]
pub struct Journal {
    pub(super) store: Store,
    pub(super) lease: Lease,
    /// MySQL and MariaDB: without autocommit, so that a transaction needs no BEGIN.
    pub(super) session: Box<dyn Session>,
    world: World,
    clock: Clock,
    /// The last number given in each batch that may be appended to.
    seqs: HashMap<BatchId, Seq>,
    loaded: BTreeSet<BatchId>,
    /// The number of the event that started a file's last statement.
    started: HashMap<FileId, Seq>,
    pub(super) pending: Vec<Event>,
    /// Batches and files that the pending events changed: their rows are made when they are written.
    pub(super) changed: Changed,
    /// The last version of every other row that the pending events changed.
    pub(super) rows: Tables,
    pub(super) answers: Answers,
    /// Changes of the pending events in `migration_jobs`, each with the time of its event.
    pub(super) jobs: Vec<(Millis, JobChange)>,
    /// Changes of the pending events in `migration_undo`.
    pub(super) holdings: Vec<holdings::Change>,
    pub(super) poisoned: Option<String>,
    /// The server's max_allowed_packet, in bytes.
    pub(super) packet: Option<u64>,
}

impl Journal {
    /// Opens a session of its own and writes on that.
    ///
    /// # Errors
    /// Those of [`Journal::on`].
    pub async fn open(store: &Store, lease: &Lease) -> Result<Self> {
        Self::on(store.database().open(Purpose::Journal).await?, store, lease).await
    }

    /// Takes a session over, seeds the keys from the eight tables, and reads the clock.
    ///
    /// # Errors
    /// Those of [`Store::require_installed`]; the database's.
    pub async fn on(mut session: Box<dyn Session>, store: &Store, lease: &Lease) -> Result<Self> {
        store.require_installed(store.state_on(session.as_mut()).await?)?;
        let mut packet = None;
        if store.dialect().is_mysql_family() {
            // The fence depends on it: a subquery of an INSERT locks the row that it read, so that nobody can take the
            // lease between the check of the token and the commit (InnoDB does so from REPEATABLE READ on).
            session.query_text("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
            let rows = session.query_text("SELECT @@max_allowed_packet").await?;
            packet = rows.first().map(|row| row.get_u64(0));
            session.query_text("SET autocommit = 0").await?;
        }
        let ids = ids(store, session.as_mut()).await?;
        let clock = Clock::read(store, session.as_mut()).await?;
        let mut journal = Self {
            store: store.clone(),
            lease: lease.clone(),
            session,
            world: World::with_ids(ids),
            clock,
            seqs: HashMap::new(),
            loaded: BTreeSet::new(),
            started: HashMap::new(),
            pending: Vec::new(),
            changed: Changed::default(),
            rows: Tables::default(),
            answers: Answers::new(),
            jobs: Vec::new(),
            holdings: Vec::new(),
            poisoned: None,
            packet,
        };
        journal.load_system().await?;
        journal.end_reading().await?;
        Ok(journal)
    }

    /// The system's last number, and its latest events: enough for lease and freeze, however long the history.
    async fn load_system(&mut self) -> Result<()> {
        let last = events::last_seq(&self.store, self.session.as_mut(), BatchId::SYSTEM).await?;
        self.seqs.insert(BatchId::SYSTEM, last);
        let from = Seq((last.0 - SYSTEM_EVENTS).max(0));
        let latest = events::after(&self.store, self.session.as_mut(), BatchId::SYSTEM, from, SYSTEM_EVENTS as usize);
        for event in latest.await? {
            self.clock.not_before(event.at);
            self.world.apply(&event);
        }
        // A freeze may be older than the latest events; its row is what the journal made of it.
        self.world.system.freeze = frozen::last(&self.store, self.session.as_mut()).await?;
        self.world.system.status = self.world.system.freeze.as_ref().map(|f| (f.status, f.reason.clone()));
        Ok(())
    }

    /// Everything that is known, the uncommitted included.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The token that it writes under.
    pub fn token(&self) -> Token {
        self.lease.token
    }

    /// Gives the store that it writes to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The lease that it writes under.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// The journal session's connection.
    pub fn connection_id(&self) -> u64 {
        self.session.connection_id()
    }

    /// The database's clock, carried forward; the times of events.
    pub fn now(&mut self) -> Millis {
        self.clock.now()
    }

    /// Replays a batch's journal into the world. False when it is there already or has no journal.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a journal with gaps or events that cannot be read.
    pub async fn load(&mut self, batch: BatchId) -> Result<bool> {
        self.check()?;
        if batch == BatchId::SYSTEM || self.loaded.contains(&batch) {
            return Ok(false);
        }
        let Self { store, session, world, clock, started, .. } = self;
        let take = |event: Event| {
            clock.not_before(event.at);
            world.apply(&event);
            started.extend(started_by(&event));
        };
        let replayed = events::replay(store, session.as_mut(), batch, take).await;
        if replayed.is_err() {
            // Half a batch is none.
            self.world.batches.remove(&batch);
        }
        let last = replayed?;
        self.end_reading().await?;
        if last > Seq(0) {
            self.seqs.insert(batch, last);
            self.loaded.insert(batch);
        }
        Ok(last > Seq(0))
    }

    /// The batches that are pending or running and have a journal, oldest first.
    pub async fn open_batches(&mut self) -> Result<Vec<BatchId>> {
        self.check()?;
        let sql = self.store.sql(
            "SELECT b.batch_id FROM {orchestration.migration_batches} b WHERE b.batch_status IN ('pending', 'running') \
             AND b.is_deleted = 0 AND EXISTS (SELECT 1 FROM {orchestration.migration_events} e WHERE e.batch_id = \
             b.batch_id AND e.seq = 1) ORDER BY b.batch_id",
        )?;
        let rows = self.session.query(&sql, &[]).await?;
        self.end_reading().await?;
        Ok(rows.iter().map(|row| BatchId(row.get_i64(0))).collect())
    }

    /// The batches after one that have a journal, oldest first: what may stand on it.
    pub async fn batches_after(&mut self, batch: BatchId) -> Result<Vec<BatchId>> {
        self.check()?;
        let sql = self.store.sql(
            "SELECT b.batch_id FROM {orchestration.migration_batches} b WHERE b.batch_id > ? AND b.is_deleted = 0 AND \
             EXISTS (SELECT 1 FROM {orchestration.migration_events} e WHERE e.batch_id = b.batch_id AND e.seq = 1) \
             ORDER BY b.batch_id",
        )?;
        let rows = self.session.query(&sql, &[batch.0.into()]).await?;
        self.end_reading().await?;
        Ok(rows.iter().map(|row| BatchId(row.get_i64(0))).collect())
    }

    /// Reads the database's clock anew: what is judged by a deadline is judged by this.
    pub async fn read_clock(&mut self) -> Result<Millis> {
        self.check()?;
        let read = Clock::read(&self.store, self.session.as_mut()).await?;
        self.end_reading().await?;
        self.clock.adopt(read);
        Ok(self.clock.now())
    }

    /// Numbers, times and applies; nothing is durable before [`Journal::commit`]. Events for a batch that is neither
    /// new nor loaded would have wrong numbers: they poison the journal, and the commit says so.
    pub fn append(&mut self, drafts: Vec<Draft>) {
        for Draft { batch, operator, kind } in drafts {
            if matches!(kind, EventKind::BatchCreated { .. }) && !self.seqs.contains_key(&batch) {
                self.seqs.insert(batch, Seq(0));
                self.loaded.insert(batch);
            }
            let Some(seq) = self.seqs.get_mut(&batch) else {
                self.poisoned.get_or_insert_with(|| format!("batch {batch} was not loaded before {}", kind.name()));
                return;
            };
            *seq = seq.next();
            let event = Event { batch, seq: *seq, at: self.clock.now(), operator, kind };
            let held = holdings::before(&self.world, &event);
            let changes = self.world.apply(&event);
            let changes = self.changed.note(event.batch, changes);
            self.rows.put(projection::rows(&self.world, &event, &changes));
            self.holdings.extend(holdings::changes(&self.world, &event, held));
            self.started.extend(started_by(&event));
            self.answers.extend(answered(&event));
            self.jobs.extend(job_changes(&event).into_iter().map(|change| (event.at, change)));
            self.pending.push(event);
        }
    }

    /// The highest number of a batch's events, the uncommitted included.
    pub fn last_seq(&self, batch: BatchId) -> Seq {
        self.seqs.get(&batch).copied().unwrap_or_default()
    }

    /// The events that wait for a commit.
    pub(crate) fn uncommitted(&self) -> &[Event] {
        &self.pending
    }

    /// True if something waits for a commit.
    pub fn has_uncommitted(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The receipt of a file's statement that was started last: to be written on the file session, inside the
    /// statement's own transaction.
    pub fn receipt(&self, batch: BatchId, file: FileId, statement: u32, phase: Phase) -> Receipt {
        let started = self.started.get(&file).copied().unwrap_or_default();
        Receipt { batch, file, phase, statement, started, token: self.lease.token }
    }

    /// Ends the transaction that reading without autocommit has begun, so that the next one sees what is new.
    pub(super) async fn end_reading(&mut self) -> Result<()> {
        if self.store.dialect().is_mysql_family() {
            self.session.rollback().await?;
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<()> {
        match &self.poisoned {
            Some(why) => Err(StoreError::Poisoned { why: why.clone() }),
            None => Ok(()),
        }
    }

    /// Asks whether the journal's session is still there.
    ///
    /// # Errors
    /// When it is gone: [`StoreError::LeaseLost`] where another worker has ended it, the database's otherwise.
    pub(crate) async fn is_there(&mut self) -> Result<()> {
        match self.session.ping().await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.taken_over().await.unwrap_or_else(|| error.into())),
        }
    }

    /// Says that another worker has the lease, if the server can be reached and says so.
    async fn taken_over(&mut self) -> Option<StoreError> {
        let mut session = self.store.database().open(Purpose::Control).await.ok()?;
        let current = Lease::current(&self.store, session.as_mut()).await;
        session.close().await;
        let row = current.ok()?;
        row.as_ref().is_none_or(|row| row.token != self.lease.token).then(|| self.lease.lost(row))
    }

    /// Closes the session. What was not committed is gone.
    pub async fn close(self) {
        self.session.close().await;
    }
}

/// The file whose statement an event starts, and the event's number.
fn started_by(event: &Event) -> Option<(FileId, Seq)> {
    match &event.kind {
        EventKind::StatementStarted { file, .. } => Some((*file, event.seq)),
        _ => None,
    }
}

/// The highest keys of the eight tables. A batch may also have a journal and no row.
async fn ids(store: &Store, session: &mut dyn Session) -> Result<Ids> {
    let mut columns = Vec::new();
    for table in Table::ALL {
        columns.push(format!("(SELECT MAX({}) FROM {{orchestration.{}}})", table.key(), table.name()));
    }
    columns.push("(SELECT MAX(batch_id) FROM {orchestration.migration_events})".to_owned());
    let sql = store.fill(&format!("SELECT {}", columns.join(", ")))?;
    let rows = session.query(&sql, &[]).await?;
    let highest = |index: usize| rows.first().map_or(0, |row| row.get_i64(index));
    let of = |table: Table| Table::ALL.iter().position(|t| *t == table).map_or(0, highest);
    Ok(Ids {
        batch: of(Table::Batches).max(highest(8)),
        file: of(Table::Files),
        validation: of(Table::ValidationLog),
        rollback: of(Table::RollbackLog),
        dependency: of(Table::Dependencies),
        progress: of(Table::Progress),
        alert: of(Table::Alerts),
        state: of(Table::SystemState),
    })
}
