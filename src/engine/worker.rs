//! The loop: decide → append → apply → publish → act (`8-architecture`).
//!
//! Inputs go to the pure `decide`; the journal appends what follows and applies it. Nothing is published, and no
//! statement is sent, before the journal has committed. Steps that only look (prepare, checks) need no commit of
//! their own: their events ride along with the next one, so that a file costs one commit before its statement.

use super::control::Signal;
use super::fault::{self, Point};
use super::file_session::{FileSession, ScriptRun};
use super::progress::ProgressClock;
use super::purge::Purge;
use super::scheduler::{self, Next, Task};
use super::sessions::{PING, Sessions};
use super::texts::{Text, Texts};
use super::under_way::{Ready, UnderWay};
use super::{EngineError, EngineOptions, turns_true, undo};
use crate::check::Known;
use crate::database::Session;
use crate::model::{
    Batch, BatchId, Command, CommandId, DecisionId, Event, EventKind, File, FileId, HeldLock, Input, Outcome, Verb,
    decide,
};
use crate::sql::Dialect;
use crate::store::{Journal, Reader, Store};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, watch};

/// For how long events that need no commit may wait for one that does: what people see is never older.
const UNSEEN: Duration = Duration::from_millis(200);
/// How often a worker looks up while statements run: for the progress row, and for those that do not stop.
const TICK: Duration = Duration::from_secs(1);

/// How driving a batch came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drove {
    Ended,
    /// The process was asked to end; the batch is paused.
    Stopped,
}

/// A worker that holds the lease.
pub(super) struct Worker {
    pub(super) store: Store,
    pub(super) options: EngineOptions,
    pub(super) journal: Journal,
    pub(super) reader: Reader,
    pub(super) sessions: Sessions,
    /// Statements whose intent is journalled, and not yet durable.
    pub(super) ready: Vec<Ready>,
    under_way: UnderWay,
    purge: Purge,
    /// For checks: no variable that a file sets reaches it.
    pub(super) looking: Option<Box<dyn Session>>,
    /// Makes the tables that hold what statements destroy.
    pub(super) keeper: Option<Box<dyn Session>>,
    /// What checks need not ask again.
    pub(super) known: Known,
    texts: Texts,
    pub(super) signals: mpsc::Receiver<Signal>,
    stop: watch::Receiver<bool>,
    publish: broadcast::Sender<Event>,
    /// The object locks, for people (`shown_locks`).
    locks: watch::Sender<Vec<HeldLock>>,
    committed: Instant,
    /// When the undo schema is looked through again.
    pub(super) retain_at: Instant,
    /// The highest command that was answered here.
    obeyed: CommandId,
    /// The highest decision that was answered here.
    pub(super) decided: DecisionId,
}

/// The channels of a worker.
pub(super) struct Lines {
    pub(super) signals: mpsc::Receiver<Signal>,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) publish: broadcast::Sender<Event>,
    pub(super) locks: watch::Sender<Vec<HeldLock>>,
}

impl Worker {
    pub(super) fn new(store: Store, options: EngineOptions, journal: Journal, reader: Reader, lines: Lines) -> Worker {
        let texts = Texts::new(store.database().kind().dialect());
        let Lines { signals, stop, publish, locks } = lines;
        Worker {
            store,
            options,
            journal,
            reader,
            sessions: Sessions::new(),
            ready: Vec::new(),
            under_way: UnderWay::new(),
            purge: Purge::new(),
            looking: None,
            keeper: None,
            known: Known::default(),
            texts,
            signals,
            stop,
            publish,
            locks,
            committed: Instant::now(),
            retain_at: Instant::now(),
            obeyed: CommandId(0),
            decided: DecisionId(0),
        }
    }

    pub(super) fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    pub(super) fn texts(&mut self) -> &mut Texts {
        &mut self.texts
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.store.database().kind().dialect()
    }

    pub(super) fn batch(&self, id: BatchId) -> Result<&Batch, EngineError> {
        self.journal.world().batch(id).ok_or(EngineError::NoBatch(id))
    }

    pub(super) fn file(&self, batch: BatchId, file: FileId) -> Result<&File, EngineError> {
        self.journal.world().file(batch, file).ok_or(EngineError::NoBatch(batch))
    }

    /// Decides on an input and appends what follows; it is durable with the next commit.
    pub(super) fn give(&mut self, input: Input) -> Result<(), EngineError> {
        let drafts = decide(self.journal.world(), input)?;
        self.journal.append(drafts);
        Ok(())
    }

    /// Makes what was appended durable, in one transaction, and only then lets people see it and sends the statements
    /// whose intent it was. What ends while the commit is under way is collected for the next.
    pub(super) async fn commit(&mut self) -> Result<(), EngineError> {
        if !self.journal.has_uncommitted() {
            return Ok(());
        }
        fault::reach(Point::BeforeCommit);
        let events = self.journal.commit().await?;
        fault::reach(Point::AfterCommit);
        let mut gone = Vec::new();
        for event in events {
            if let EventKind::KeptDiscarded { places, .. } = &event.kind {
                gone.extend(places.iter().cloned());
            }
            // Nobody listens in a worker without a follower.
            if self.publish.send(event).is_err() {
                tracing::trace!("nobody follows");
            }
        }
        self.committed = Instant::now();
        if !gone.is_empty() {
            self.let_go(&gone).await?;
        }
        for ready in self.ready.drain(..) {
            self.under_way.send(self.store.database(), ready);
        }
        Ok(())
    }

    pub(super) async fn text(&mut self, file: &File) -> Result<Option<Arc<Text>>, EngineError> {
        self.texts.of(&mut self.reader, file).await
    }

    pub(super) async fn needed_text(&mut self, file: &File) -> Result<Arc<Text>, EngineError> {
        self.text(file).await?.ok_or_else(|| EngineError::NoText { path: file.path.clone() })
    }

    /// Drives a batch until it has ended or the process is asked to stop.
    pub(super) async fn drive(&mut self, id: BatchId) -> Result<Drove, EngineError> {
        self.give(Input::Driven { batch: id })?;
        let mut progress = ProgressClock::start(self.batch(id)?);
        loop {
            self.hear().await?;
            if self.is_stopped() {
                self.give(Input::Interrupted { batch: id })?;
                if self.ready.is_empty() && self.under_way.is_empty() {
                    self.commit().await?;
                    return Ok(Drove::Stopped);
                }
            }
            if let Some(done) = progress.due(self.batch(id)?) {
                self.locks.send_replace(self.batch(id)?.held_locks());
                self.give(Input::ProgressDue { batch: id, done })?;
            }
            let batch = self.batch(id)?;
            if !batch.commands.is_empty() && !batch.is_running_statement() {
                self.give(Input::Quiet { batch: id })?;
            }
            match scheduler::next(self.batch(id)?, self.width(id)?) {
                Next::Do(Task::Run { file, statement, phase }) => self.make_ready(id, file, statement, phase).await?,
                Next::Do(task) => {
                    if self.committed.elapsed() > UNSEEN {
                        self.commit().await?;
                    }
                    self.observe(id, task).await?;
                }
                Next::Busy => {
                    self.commit().await?;
                    self.wait(Some(id)).await?;
                }
                Next::Held => {
                    self.commit().await?;
                    // Others may change the schema while nothing of ours moves.
                    self.sessions.forget();
                    self.wait(Some(id)).await?;
                }
                Next::Exhausted => self.give(Input::Exhausted { batch: id })?,
                Next::Ended => {
                    self.locks.send_replace(Vec::new());
                    if let Some(done) = progress.due(self.batch(id)?) {
                        self.give(Input::ProgressDue { batch: id, done })?;
                    }
                    self.commit().await?;
                    self.forget_receipts().await?;
                    return Ok(Drove::Ended);
                }
            }
        }
    }

    /// How many files of a batch may be under way at a time.
    fn width(&self, id: BatchId) -> Result<usize, EngineError> {
        let wanted = self.batch(id)?.policy.parallel.unwrap_or(self.options.parallel);
        // SQLite has one writer at a time, whoever asks.
        Ok(if self.dialect() == Dialect::Sqlite { 1 } else { wanted.max(1) as usize })
    }

    /// The session for a file: the one that it has, if that serves, else one that is free, or a new one.
    pub(super) async fn file_session(&mut self, file: &File, text: &Text) -> Result<FileSession, EngineError> {
        let batch = self.journal.world().batch(file.batch).ok_or(EngineError::NoBatch(file.batch))?;
        let mut variables = batch.policy.session.clone();
        variables.extend(crate::sql::directives(&text.source.up).map(|d| d.session).unwrap_or_default());
        variables.extend(undo::session_of(file, self.store.database().kind().dialect()));
        self.sessions.release(|id| batch.active.contains(&id));
        let script = (ScriptRun::of(file), &text.objects);
        self.sessions.take((&self.store, self.journal.lease()), script, &variables).await
    }

    /// Takes in what has happened meanwhile: ends of statements and what operators ask.
    async fn hear(&mut self) -> Result<(), EngineError> {
        self.tidy()?;
        while let Some(heard) = self.under_way.try_next()? {
            self.take_in(heard).await?;
        }
        while let Ok(signal) = self.signals.try_recv() {
            self.heed(signal).await?;
        }
        Ok(())
    }

    pub(super) async fn heed(&mut self, signal: Signal) -> Result<(), EngineError> {
        match signal {
            Signal::LeaseLost(error) => Err(EngineError::LeaseLost(error)),
            Signal::Command(command) => {
                self.obey(*command).await?;
                self.commit().await
            }
            Signal::Decision(decision) => {
                self.decide_on(*decision).await?;
                self.commit().await
            }
            Signal::Due(job) => {
                self.due(job).await?;
                self.commit().await
            }
        }
    }

    /// The highest command that was answered here.
    pub(super) fn obeyed(&self) -> CommandId {
        self.obeyed
    }

    async fn obey(&mut self, mut command: Command) -> Result<(), EngineError> {
        self.obeyed = self.obeyed.max(command.id);
        if let Some(submission) = command.submission.as_mut() {
            submission.policy.four_eyes = self.needs_four_eyes().await?;
            self.look_again(submission).await?;
            let texts = std::mem::take(&mut submission.texts);
            self.journal.put_texts(&texts).await?;
            self.texts.give(texts);
        } else if self.journal.world().batch(command.batch).is_none() {
            // A retry may speak of a batch that has ended.
            self.journal.load(command.batch).await?;
        }
        if matches!(command.verb, Verb::RollBack { .. }) {
            self.load_from(command.batch).await?;
        }
        self.give(Input::Commanded(command))
    }

    /// Waits for whatever comes first: the end of a statement, an operator, the end of the process, or the time to look
    /// up. Nothing that was journalled may be uncommitted then.
    async fn wait(&mut self, batch: Option<BatchId>) -> Result<(), EngineError> {
        let aborting = batch.and_then(|id| self.journal.world().batch(id)).is_some_and(|b| b.aborting.is_some());
        if aborting {
            self.under_way.stop_forward(self.store.database()).await;
        }
        let idle = self.under_way.is_empty();
        let (stopped, mut stop) = (self.is_stopped(), self.stop.clone());
        let held = self.journal.world().system.other.is_some();
        tokio::select! {
            heard = self.under_way.next(), if !idle => self.take_in(heard?).await,
            Some(signal) = self.signals.recv() => self.heed(signal).await,
            () = turns_true(&mut stop), if !stopped => Ok(()),
            () = self.purge.wake(), if !held => Ok(()),
            () = tokio::time::sleep(if idle { PING } else { TICK }) => {
                self.sessions.ping().await;
                Ok(())
            }
        }
    }

    /// Looks after the ephemeral schema, beside everything else; not on a server that nobody has accepted yet.
    fn tidy(&mut self) -> Result<(), EngineError> {
        if self.journal.world().system.other.is_some() {
            return Ok(());
        }
        match self.purge.look(&self.store) {
            Some(rows) => self.give(Input::Purged { rows }),
            None => Ok(()),
        }
    }

    /// Idle: waits for a command that brings work, or for the end.
    pub(super) async fn wait_for_work(&mut self) -> Result<(), EngineError> {
        self.tidy()?;
        self.retain_in_time().await?;
        self.commit().await?;
        self.sessions.forget();
        self.wait(None).await
    }

    /// Whether the process was asked to end.
    pub(super) fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// The open batch to drive: the oldest that can move or is held.
    pub(super) fn next_batch(&self) -> Option<BatchId> {
        self.journal.world().batches.values().find(|b| scheduler::next(b, 1) != Next::Ended).map(|b| b.id)
    }

    /// Gives everything back.
    pub(super) async fn close(mut self) -> Journal {
        self.sessions.close().await;
        for session in [self.looking.take(), self.keeper.take()].into_iter().flatten() {
            session.close().await;
        }
        self.journal
    }
}

/// Whether anything of a batch needs a person: a failed file whose effects, or possible effects, still stand.
pub(super) fn needs_person(batch: &Batch) -> bool {
    let stands = |f: &&File| f.state == crate::model::FileState::Failed && f.outcome != Some(Outcome::Completed);
    batch.files.values().filter(stands).any(|f| f.has_effects() || f.undo.is_some())
}
