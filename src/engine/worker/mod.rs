//! The loop: decide → append → apply → publish → act (ARCHITECTURE.md, "The loop").
//!
//! Inputs go to the pure `decide`; the journal appends what follows and applies it. Nothing is published, and no
//! statement is sent, before the journal has committed; but for those that cannot stay without a receipt that tells
//! (`statement::sharing`, `statement::early`). Steps that only look (prepare, checks) need no commit of
//! their own: their events ride along with the next one, so that a file costs one commit before its statement.

mod waiting;

use super::EngineError;
use super::fault::{self, Point};
use super::freeze::guard::Guard;
use super::freeze::standing::Standing;
use super::in_step_state::{self, InStepState};
use super::inbox::control::Signal;
use super::inspector::Inspector;
use super::live::Doing;
use super::retention::purge::Purge;
use super::scheduler::{self, Next, Task};
use super::statement::in_flight::{InFlight, ReadyJob};
use super::statement::progress::ProgressClock;
use super::statement::relocate::forget_receipts;
use super::telling::Telling;
use super::throttle::Throttle;
use super::together::Together;
use crate::check::KnownObjects;
use crate::model::{
    Batch, BatchId, CommandId, DecisionId, Event, EventKind, File, FileId, Freeze, FreezeMeans, HeldLock, Input,
    Outcome, decide,
};
use crate::sql::Dialect;
use crate::store::Journal;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, watch};

/// Time that events that need no commit may wait for one that does: what people see is never older.
pub(crate) const UNSEEN: Duration = Duration::from_millis(200);
/// End of driving a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DriveEnd {
    Ended,
    /// The process was asked to end; the batch is paused.
    Stopped,
}

/// A worker that holds the lease.
pub(crate) struct Worker {
    pub(crate) journal: Journal,
    pub(crate) inspector: Inspector,
    /// Statements whose intent is journalled, and not yet durable.
    pub(crate) ready: Vec<ReadyJob>,
    pub(crate) in_flight: InFlight,
    purge: Purge,
    pub(crate) signals: mpsc::Receiver<Signal>,
    stop: watch::Receiver<bool>,
    publish: broadcast::Sender<Event>,
    /// The object locks, for people (`shown_locks`).
    locks: watch::Sender<Vec<HeldLock>>,
    telling: Telling,
    pub(crate) together: Together,
    pub(crate) freezing: Standing,
    pub(crate) throttle: Throttle,
    pub(crate) in_step: InStepState,
    pub(crate) committed: Instant,
    /// Time when the undo schema is looked through again.
    pub(crate) retain_at: Instant,
    /// The highest command that was answered here.
    pub(crate) last_command: CommandId,
    /// The highest decision that was answered here.
    pub(crate) last_decision: DecisionId,
}

/// The channels of a worker.
pub(crate) struct Channels {
    pub(crate) signals: mpsc::Receiver<Signal>,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) publish: broadcast::Sender<Event>,
    pub(crate) locks: watch::Sender<Vec<HeldLock>>,
    pub(crate) telling: Telling,
    pub(crate) guard: Guard,
    pub(crate) throttle: Throttle,
    pub(crate) doing: watch::Sender<Doing>,
}

impl Worker {
    pub(crate) fn new(journal: Journal, inspector: Inspector, channels: Channels) -> Worker {
        let Channels { signals, stop, publish, locks, telling, guard, throttle, doing } = channels;
        let freezing = Standing::new(guard, inspector.options.freeze_idle);
        Worker {
            journal,
            inspector,
            ready: Vec::new(),
            in_flight: InFlight::new(doing),
            purge: Purge::new(),
            signals,
            stop,
            publish,
            locks,
            telling,
            together: Together::default(),
            freezing,
            throttle,
            in_step: InStepState::default(),
            committed: Instant::now(),
            retain_at: Instant::now(),
            last_command: CommandId(0),
            last_decision: DecisionId(0),
        }
    }

    /// The inspector, and a file for it to ask about.
    pub(crate) fn inspect(
        &mut self,
        batch: BatchId,
        file: FileId,
    ) -> Result<(&mut Inspector, &Batch, &File), EngineError> {
        let world = self.journal.world();
        let enforced = |freeze: &&Freeze| freeze.means == FreezeMeans::ReadOnly && freeze.proof.is_some();
        self.inspector.freeze = world.system.frozen().filter(enforced).map(|freeze| freeze.state);
        let of = world.batch(batch).ok_or(EngineError::NoBatch(batch))?;
        let file = of.file(file).ok_or(EngineError::NoBatch(batch))?;
        Ok((&mut self.inspector, of, file))
    }

    pub(crate) fn batch(&self, id: BatchId) -> Result<&Batch, EngineError> {
        self.journal.world().batch(id).ok_or(EngineError::NoBatch(id))
    }

    pub(crate) fn file(&self, batch: BatchId, file: FileId) -> Result<&File, EngineError> {
        self.journal.world().file(batch, file).ok_or(EngineError::NoBatch(batch))
    }

    /// Decides on an input and appends what follows; it is durable with the next commit.
    pub(crate) fn apply_input(&mut self, input: Input) -> Result<(), EngineError> {
        let drafts = decide(self.journal.world(), input)?;
        self.journal.append(drafts);
        Ok(())
    }

    /// Makes what was appended durable, in one transaction, and only then lets people see it and sends the statements
    /// whose intent it was. What ends while the commit is under way is collected for the next.
    pub(crate) async fn commit(&mut self) -> Result<(), EngineError> {
        if !self.journal.has_uncommitted() {
            return Ok(());
        }
        fault::reach(Point::BeforeCommit);
        let began = Instant::now();
        let events = self.journal.commit().await?;
        self.together.committed(began);
        fault::reach(Point::AfterCommit);
        let (mut gone, mut ended, mut changed) = (Vec::new(), Vec::new(), false);
        for event in events {
            ended.extend(in_step_state::ended(&event));
            changed |= in_step_state::changes(&event);
            if let EventKind::KeptDiscarded { places, .. } = &event.kind {
                gone.extend(places.iter().cloned());
            }
            self.telling.heard(&event);
            self.inspector.reader.heard(&event);
            // Nobody listens in a worker without a follower.
            if self.publish.send(event).is_err() {
                tracing::trace!("nobody follows");
            }
        }
        self.committed = Instant::now();
        if !gone.is_empty()
            && let Err(error) = self.drop_released(&gone).await
        {
            tracing::warn!(%error, "kept tables that the journal has let go are dropped later");
        }
        if changed {
            self.begin_in_step().await?;
        }
        self.keep_in_step(ended).await?;
        for ready in self.ready.drain(..) {
            self.in_flight.send(self.inspector.store.database(), ready);
        }
        Ok(())
    }

    /// Drives a batch until it has ended or the process is asked to stop.
    pub(crate) async fn drive(&mut self, id: BatchId) -> Result<DriveEnd, EngineError> {
        self.apply_input(Input::Driven { batch: id })?;
        self.inspector.known = KnownObjects::default();
        self.in_flight.drives(Some(self.width(id)?));
        self.throttle.begin().await;
        let ended = self.drive_on(id).await;
        self.throttle.end();
        self.in_flight.drives(None);
        ended
    }

    async fn drive_on(&mut self, id: BatchId) -> Result<DriveEnd, EngineError> {
        let mut progress = ProgressClock::start(self.batch(id)?);
        loop {
            self.drain().await?;
            if self.end_what_is_shared(id).await? {
                continue;
            }
            if self.is_stopped() {
                self.apply_input(Input::Interrupted { batch: id })?;
                if self.ready.is_empty() && self.in_flight.is_empty() {
                    self.commit().await?;
                    return Ok(DriveEnd::Stopped);
                }
            }
            if let Some(done) = progress.due(self.batch(id)?) {
                self.locks.send_replace(self.batch(id)?.held_locks());
                self.apply_input(Input::ProgressDue { batch: id, done })?;
            }
            let batch = self.batch(id)?;
            if !batch.commands.is_empty() && !batch.is_running_statement() {
                self.apply_input(Input::Quiet { batch: id })?;
            }
            self.throttle_batch(id)?;
            if self.tend_freeze(id).await? {
                self.commit().await?;
                self.wait(Some(id)).await?;
                continue;
            }
            let next = scheduler::next(self.batch(id)?, self.width(id)?);
            if !matches!(next, Next::Busy | Next::Held) {
                // What follows may write.
                self.freezing.lock.release().await;
            }
            match next {
                Next::Do(Task::Run { file, statement, phase }) => self.make_ready(id, file, statement, phase).await?,
                Next::Do(task) => {
                    if self.committed.elapsed() > UNSEEN {
                        self.commit().await?;
                    }
                    self.take_step(id, task).await?;
                }
                Next::Busy => {
                    if self.goes_with_others(id).await? {
                        continue;
                    }
                    self.commit().await?;
                    self.look_ahead(id).await?;
                    self.wait(Some(id)).await?;
                }
                Next::Held => {
                    self.commit().await?;
                    // Others may change the schema while nothing of ours moves.
                    self.inspector.forget();
                    self.wait(Some(id)).await?;
                }
                Next::Exhausted => {
                    self.measure_after(id).await?;
                    self.apply_input(Input::Exhausted { batch: id })?;
                }
                Next::Ended => {
                    self.locks.send_replace(Vec::new());
                    if let Some(done) = progress.due(self.batch(id)?) {
                        self.apply_input(Input::ProgressDue { batch: id, done })?;
                    }
                    self.commit().await?;
                    forget_receipts(&self.inspector.store, self.journal.token()).await?;
                    return Ok(DriveEnd::Ended);
                }
            }
        }
    }

    /// Holds a batch back while the server is busy; not in the middle of a transaction, whose locks others wait for.
    fn throttle_batch(&mut self, id: BatchId) -> Result<(), EngineError> {
        let why = self.throttle.held().filter(|_| !self.inspector.sessions.has_open_transaction());
        if why.is_some() == self.batch(id)?.is_throttled() {
            return Ok(());
        }
        self.apply_input(Input::Throttled { batch: id, why })
    }

    /// Number of files of a batch that may be under way at a time.
    pub(crate) fn width(&self, id: BatchId) -> Result<usize, EngineError> {
        let wanted = self.batch(id)?.policy.parallel.unwrap_or(self.inspector.options.parallel);
        // SQLite has one writer at a time, whoever asks.
        Ok(if self.inspector.dialect() == Dialect::Sqlite { 1 } else { wanted.max(1) as usize })
    }

    /// Tells whether the process was asked to end.
    pub(crate) fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// The open batch to drive: the oldest that can move or is held.
    pub(crate) fn next_batch(&self) -> Option<BatchId> {
        self.journal.world().batches.values().find(|b| scheduler::next(b, 1) != Next::Ended).map(|b| b.id)
    }

    /// Gives everything back.
    pub(crate) async fn close(self) -> Journal {
        self.inspector.close().await;
        self.journal
    }
}

/// Tells whether anything of a batch needs a person: a failed file whose effects, or possible effects, still stand.
pub(crate) fn needs_person(batch: &Batch) -> bool {
    let stands = |f: &&File| f.state == crate::model::FileState::Failed && f.outcome != Some(Outcome::Completed);
    batch.files.values().filter(stands).any(|f| f.has_effects() || f.undo.is_some())
}
