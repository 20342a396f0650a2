//! The loop: decide → append → apply → publish → act (`8-architecture`).
//!
//! Inputs go to the pure `decide`; the journal appends what follows and applies it. Nothing is published, and no
//! statement is sent, before the journal has committed. Steps that only look (prepare, checks) need no commit of
//! their own: their events ride along with the next one, so that a file costs one commit before its statement.

use super::control::Signal;
use super::file_session::{FileSession, ScriptRun};
use super::progress::ProgressClock;
use super::scheduler::{self, Next, Task};
use super::texts::{Text, Texts};
use super::{EngineError, EngineOptions, turns_true};
use crate::check::Known;
use crate::database::Session;
use crate::model::{Batch, BatchId, Command, CommandId, Event, File, FileId, Input, Outcome, decide};
use crate::sql::Dialect;
use crate::store::{Journal, Reader, Store};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, watch};

/// For how long events that need no commit may wait for one that does: what people see is never older.
const UNSEEN: Duration = Duration::from_millis(200);
/// How often an idle file session says that it lives.
const PING: Duration = Duration::from_secs(30);

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
    session: Option<FileSession>,
    /// For checks: no variable that a file sets reaches it.
    pub(super) looking: Option<Box<dyn Session>>,
    /// What checks need not ask again.
    pub(super) known: Known,
    texts: Texts,
    pub(super) signals: mpsc::Receiver<Signal>,
    stop: watch::Receiver<bool>,
    publish: broadcast::Sender<Event>,
    committed: Instant,
    /// The highest command that was answered here.
    obeyed: CommandId,
}

/// The channels of a worker.
pub(super) struct Lines {
    pub(super) signals: mpsc::Receiver<Signal>,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) publish: broadcast::Sender<Event>,
}

impl Worker {
    pub(super) fn new(store: Store, options: EngineOptions, journal: Journal, reader: Reader, lines: Lines) -> Worker {
        let texts = Texts::new(store.database().kind().dialect());
        let Lines { signals, stop, publish } = lines;
        Worker {
            store,
            options,
            journal,
            reader,
            session: None,
            looking: None,
            known: Known::default(),
            texts,
            signals,
            stop,
            publish,
            committed: Instant::now(),
            obeyed: CommandId(0),
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

    /// Makes what was appended durable, and then lets people see it.
    pub(super) async fn commit(&mut self) -> Result<(), EngineError> {
        if !self.journal.has_uncommitted() {
            return Ok(());
        }
        for event in self.journal.commit().await? {
            // Nobody listens in a worker without a follower.
            if self.publish.send(event).is_err() {
                tracing::trace!("nobody follows");
            }
        }
        self.committed = Instant::now();
        Ok(())
    }

    pub(super) async fn text(&mut self, file: &File) -> Result<Option<Arc<Text>>, EngineError> {
        self.texts.get(&mut self.reader, &file.source).await
    }

    pub(super) async fn needed_text(&mut self, file: &File) -> Result<Arc<Text>, EngineError> {
        self.text(file).await?.ok_or_else(|| EngineError::NoText { path: file.path.clone() })
    }

    /// Drives a batch until it has ended or the process is asked to stop.
    pub(super) async fn drive(&mut self, id: BatchId) -> Result<Drove, EngineError> {
        let mut progress = ProgressClock::start(self.batch(id)?);
        loop {
            self.heed_waiting_signals().await?;
            if self.is_stopped() {
                self.give(Input::Interrupted { batch: id })?;
                self.commit().await?;
                return Ok(Drove::Stopped);
            }
            if let Some(done) = progress.due(self.batch(id)?) {
                self.give(Input::ProgressDue { batch: id, done })?;
            }
            let batch = self.batch(id)?;
            if !batch.commands.is_empty() {
                self.give(Input::Quiet { batch: id })?;
            }
            match scheduler::next(self.batch(id)?) {
                Next::Do(Task::Run { file, statement, phase }) => {
                    self.run_statement(id, file, statement, phase, &mut progress).await?;
                }
                Next::Do(task) => {
                    if self.committed.elapsed() > UNSEEN {
                        self.commit().await?;
                    }
                    self.observe(id, task).await?;
                }
                Next::Held => {
                    self.commit().await?;
                    self.wait_for_a_signal().await?;
                }
                Next::Exhausted => self.give(Input::Exhausted { batch: id })?,
                Next::Ended => {
                    if let Some(done) = progress.due(self.batch(id)?) {
                        self.give(Input::ProgressDue { batch: id, done })?;
                    }
                    self.commit().await?;
                    return Ok(Drove::Ended);
                }
            }
        }
    }

    /// The session for a file: the one that is open if it serves, else a new one.
    pub(super) async fn file_session(&mut self, file: &File, text: &Text) -> Result<FileSession, EngineError> {
        let mut variables = self.batch(file.batch)?.policy.session.clone();
        variables.extend(crate::sql::directives(&text.source.up).map(|d| d.session).unwrap_or_default());
        let script = ScriptRun::of(file);
        let mut session = match self.session.take() {
            Some(session) if session.serves(script, &variables) => session,
            Some(other) => {
                other.session.close().await;
                FileSession::open(&self.store, self.journal.lease(), &variables).await?
            }
            None => FileSession::open(&self.store, self.journal.lease(), &variables).await?,
        };
        session.enter(script);
        Ok(session)
    }

    /// Puts the session back for the next use.
    pub(super) fn keep_session(&mut self, session: FileSession) {
        self.session = Some(session);
    }

    async fn heed_waiting_signals(&mut self) -> Result<(), EngineError> {
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
        }
    }

    /// The highest command that was answered here.
    pub(super) fn obeyed(&self) -> CommandId {
        self.obeyed
    }

    async fn obey(&mut self, mut command: Command) -> Result<(), EngineError> {
        self.obeyed = self.obeyed.max(command.id);
        if let Some(submission) = command.submission.as_mut() {
            let texts = std::mem::take(&mut submission.texts);
            self.journal.put_texts(&texts).await?;
            self.texts.give(texts);
        } else if self.journal.world().batch(command.batch).is_none() {
            // A retry may speak of a batch that has ended.
            self.journal.load(command.batch).await?;
        }
        self.give(Input::Commanded(command))
    }

    /// Held: waits for an operator, for the end of the process, or for the time to say that the session lives.
    async fn wait_for_a_signal(&mut self) -> Result<(), EngineError> {
        if let Some(session) = &mut self.session {
            session.forget();
        }
        let mut stop = self.stop.clone();
        tokio::select! {
            Some(signal) = self.signals.recv() => self.heed(signal).await,
            () = turns_true(&mut stop) => Ok(()),
            () = tokio::time::sleep(PING) => {
                if let Some(mut session) = self.session.take() {
                    match session.session.ping().await {
                        Ok(()) => self.session = Some(session),
                        // What its script had set up in it is missed before the next statement (`statement`).
                        Err(error) => tracing::warn!(%error, "the idle file session is gone; a new one will be opened"),
                    }
                }
                Ok(())
            }
        }
    }

    /// Idle: waits for a command that brings work, or for the end.
    pub(super) async fn wait_for_work(&mut self) -> Result<(), EngineError> {
        self.commit().await?;
        self.wait_for_a_signal().await
    }

    /// Whether the process was asked to end.
    pub(super) fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// The open batch to drive: the oldest that can move or is held.
    pub(super) fn next_batch(&self) -> Option<BatchId> {
        self.journal.world().batches.values().find(|b| scheduler::next(b) != Next::Ended).map(|b| b.id)
    }

    /// Gives everything back.
    pub(super) async fn close(mut self) -> Journal {
        if let Some(session) = self.session.take() {
            session.session.close().await;
        }
        if let Some(session) = self.looking.take() {
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
