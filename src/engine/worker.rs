//! The loop: decide → append → apply → publish → act (`8-architecture`).
//!
//! Inputs go to the pure `decide`; the journal appends what follows and applies it. Nothing is published, and no
//! statement is sent, before the journal has committed. Steps that only look (prepare, checks) need no commit of
//! their own: their events ride along with the next one, so that a file costs one commit before its statement.

use super::control::Signal;
use super::file_session::FileSession;
use super::progress::ProgressClock;
use super::runner::{self, Order, Ran};
use super::scheduler::{self, Next, Task};
use super::texts::{Text, Texts};
use super::{EngineError, EngineOptions, prepare, turns_true, undo};
use crate::database::{Definition, Purpose, Session};
use crate::model::{
    Batch, BatchId, Checksum, Command, Effect, Event, EventKind, File, FileId, Input, Outcome, Phase, StatementResult,
    ValidationPhase, decide,
};
use crate::sql::Dialect;
use crate::store::{Journal, Reader, Store};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, watch};

/// For how long events that need no commit may wait for one that does: what people see is never older.
const UNSEEN: Duration = Duration::from_millis(200);
/// How long an interrupted statement may take to end before its connection is killed.
const INTERRUPT: Duration = Duration::from_secs(10);
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
    journal: Journal,
    reader: Reader,
    session: Option<FileSession>,
    /// For checks: no variable that a file sets reaches it.
    looking: Option<Box<dyn Session>>,
    texts: Texts,
    signals: mpsc::Receiver<Signal>,
    stop: watch::Receiver<bool>,
    publish: broadcast::Sender<Event>,
    committed: Instant,
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
            texts,
            signals,
            stop,
            publish,
            committed: Instant::now(),
        }
    }

    pub(super) fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    pub(super) fn reader(&mut self) -> &mut Reader {
        &mut self.reader
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

    async fn needed_text(&mut self, file: &File) -> Result<Arc<Text>, EngineError> {
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

    /// Everything but a statement: it looks, and changes nothing in the database.
    async fn observe(&mut self, batch: BatchId, task: Task) -> Result<(), EngineError> {
        let input = match task {
            Task::Begin(file) => Input::Turn { batch, file },
            Task::Prepare(file) => {
                let planned = self.file(batch, file)?.clone();
                let text = self.text(&planned).await;
                let result = match text {
                    Err(EngineError::Text { error, .. }) => Err(super::text_failure(&error)),
                    text => {
                        let Worker { reader, options, journal, .. } = self;
                        let known = journal.world().batch(batch).ok_or(EngineError::NoBatch(batch))?;
                        prepare::prepare(reader, options, known, &planned, text?.as_deref()).await?
                    }
                };
                Input::Prepared { batch, file, result }
            }
            Task::CheckBefore(file) => {
                let findings = self.check(batch, file, ValidationPhase::Pre).await?;
                Input::CheckedBefore { batch, file, findings }
            }
            Task::Capture(file) => {
                let definitions = self.definitions(batch, file).await?;
                let fingerprint = crate::database::fingerprint(&definitions);
                let definitions = definitions.into_iter().map(|d| (undo::named(&d), d.text)).collect();
                Input::Captured { batch, file, fingerprint, definitions }
            }
            Task::Drain(file) => Input::Drained { batch, file },
            Task::CheckAfter(file) => {
                let findings = self.check(batch, file, ValidationPhase::Post).await?;
                Input::CheckedAfter { batch, file, findings }
            }
            Task::Record(file) => Input::Recorded { batch, file },
            Task::AbortFile(file) => Input::AbortFile { batch, file },
            Task::AbortBatch => Input::AbortBatch { batch },
            Task::RollBack(file) => Input::RollBack { batch, file },
            Task::ChooseUndo(file) => {
                let planned = self.file(batch, file)?.clone();
                let text = self.needed_text(&planned).await?;
                let effects: Vec<Effect> = planned.records.iter().map(|r| r.effect).collect();
                let completed = self.was_completed(&planned);
                let back = text.down.as_ref().map(|d| d.statements.as_slice());
                let plan = crate::plan::undo::choose_undo(&text.up.statements, back, &effects, completed);
                Input::UndoChosen { batch, file, plan }
            }
            Task::Verify(file) => {
                let difference = self.verify(batch, file).await?;
                Input::Verified { batch, file, difference }
            }
            Task::Break { file, statement } => Input::BreakpointReached { batch, file, statement },
            Task::Run { .. } => return Ok(()),
        };
        self.give(input)
    }

    /// Whether all statements of the file took effect, so that the author's script as a whole is the word for it.
    fn was_completed(&self, file: &File) -> bool {
        file.next_statement().is_none() && file.records.iter().all(|r| r.effect == Effect::Took)
    }

    async fn check(
        &mut self,
        batch: BatchId,
        file: FileId,
        phase: ValidationPhase,
    ) -> Result<Vec<crate::model::Finding>, EngineError> {
        let planned = self.file(batch, file)?.clone();
        let text = self.needed_text(&planned).await?;
        let mut session = match self.looking.take() {
            Some(session) => session,
            None => self.store.database().open(Purpose::Control).await?,
        };
        let dialect = self.dialect();
        let database = self.store.database().as_ref();
        let core = database.schemas().core.as_str();
        let findings =
            super::checks::run(session.as_mut(), database, &self.options, (dialect, core), &planned, &text, phase)
                .await;
        self.looking = Some(session);
        Ok(findings)
    }

    async fn definitions(&mut self, batch: BatchId, file: FileId) -> Result<Vec<Definition>, EngineError> {
        let planned = self.file(batch, file)?.clone();
        let text = self.needed_text(&planned).await?;
        let mut session = self.file_session(&planned, &text).await?;
        let definitions = session.definitions(&text.objects).await?;
        self.keep_session(session);
        Ok(definitions)
    }

    /// The difference between the definitions now and before the file ran.
    async fn verify(&mut self, batch: BatchId, file: FileId) -> Result<Option<String>, EngineError> {
        let planned = self.file(batch, file)?.clone();
        if planned.fingerprint.is_none() {
            return Ok(None);
        }
        self.commit().await?;
        let captured = self.reader.find_event(batch, file, "file_captured").await?.map(|e| e.kind);
        let Some(EventKind::FileCaptured { definitions: before, .. }) = captured else {
            return Ok(Some("what the file touches was not taken down before it ran".to_owned()));
        };
        let text = self.needed_text(&planned).await?;
        let mut session = self.file_session(&planned, &text).await?;
        session.look(&text.objects).await?;
        let now = session.definitions(&text.objects).await?;
        self.keep_session(session);
        Ok(undo::difference(&before, &now))
    }

    /// The session for a file: the one that is open if it serves, else a new one.
    pub(super) async fn file_session(&mut self, file: &File, text: &Text) -> Result<FileSession, EngineError> {
        let mut variables = self.batch(file.batch)?.policy.session.clone();
        variables.extend(crate::sql::directives(&text.source.up).map(|d| d.session).unwrap_or_default());
        let mut session = match self.session.take() {
            Some(session) if session.serves(&file.source, &variables) => session,
            Some(other) => {
                other.session.close().await;
                FileSession::open(self.store.database(), &variables).await?
            }
            None => FileSession::open(self.store.database(), &variables).await?,
        };
        session.enter(&file.source);
        Ok(session)
    }

    /// Puts the session back for the next use.
    pub(super) fn keep_session(&mut self, session: FileSession) {
        self.session = Some(session);
    }

    async fn run_statement(
        &mut self,
        batch: BatchId,
        id: FileId,
        index: u32,
        phase: Phase,
        progress: &mut ProgressClock,
    ) -> Result<(), EngineError> {
        let file = self.file(batch, id)?.clone();
        let text = self.needed_text(&file).await?;
        let missing = || EngineError::NoText { path: file.path.clone() };
        let statement = text.statements(phase).get(index as usize).ok_or_else(missing)?.clone();
        let mut session = self.file_session(&file, &text).await?;
        let fingerprint = session.fingerprint(&statement).await?;
        self.give(Input::Sending {
            batch,
            file: id,
            statement: index,
            phase,
            hash: Checksum(statement.hash.clone()),
            line: statement.line,
            fingerprint,
            connection: session.session.connection_id(),
        })?;
        self.commit().await?;
        let receipt = self.journal.receipt(batch, id, index, phase).statement(&self.store)?;
        let order = Order { batch, file: id, phase, statement, receipt };
        let ran = self.attend(&mut session, &order, progress).await?;
        if ran.disconnected {
            return self.after_disconnection(&file, &text, &order, ran).await;
        }
        if let Some(from) = ran.lost_from {
            let evidence = "its transaction was rolled back".to_owned();
            self.give(Input::TransactionLost { batch, file: id, from, evidence })?;
        }
        self.keep_session(session);
        self.give(Input::Ended { batch, file: id, result: ran.result })
    }

    /// Waits for a statement's end, and hears operators meanwhile.
    async fn attend(
        &mut self,
        session: &mut FileSession,
        order: &Order,
        progress: &mut ProgressClock,
    ) -> Result<Ran, EngineError> {
        let (batch, file) = (order.batch, order.file);
        let connection = session.session.connection_id();
        let (waits, mut waiting) = mpsc::channel(4);
        let (abort, aborted) = watch::channel(false);
        let database = self.store.database().clone();
        let running = runner::run(&database, session, order, waits, aborted);
        tokio::pin!(running);
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        let mut interrupted: Option<Instant> = None;
        loop {
            tokio::select! {
                ran = &mut running => return ran,
                Some(wait) = waiting.recv() => {
                    let runner::Wait { attempt, ms, failure, blockers } = wait;
                    self.give(Input::Waited { batch, file, attempt, ms, failure, blockers })?;
                    self.commit().await?;
                }
                Some(signal) = self.signals.recv() => self.heed(signal).await?,
                _ = ticks.tick() => {
                    if let Some(done) = progress.due(self.batch(batch)?) {
                        self.give(Input::ProgressDue { batch, done })?;
                        self.commit().await?;
                    }
                }
            }
            let aborting = self.batch(batch)?.aborting.is_some() && order.phase == Phase::Forward;
            match interrupted {
                None if aborting => {
                    interrupted = Some(Instant::now());
                    abort.send_replace(true);
                    self.store.database().interrupt(connection).await?;
                }
                // KILL QUERY on a long DDL is unreliable (`10-server-facts`).
                Some(at) if at.elapsed() > INTERRUPT => {
                    interrupted = Some(Instant::now());
                    self.store.database().kill(connection).await?;
                }
                _ => {}
            }
        }
    }

    /// The connection broke under a statement: a new session waits at the barrier, and then looks what became of it.
    async fn after_disconnection(
        &mut self,
        file: &File,
        text: &Text,
        order: &Order,
        ran: Ran,
    ) -> Result<(), EngineError> {
        let (batch, id) = (order.batch, order.file);
        let running = self.file(batch, id)?.running.clone();
        let mut session = self.file_session(file, text).await?;
        let StatementResult::Failed { ms, mut failure, .. } = ran.result else {
            return Err(EngineError::NoText { path: file.path.clone() });
        };
        let effect = match running {
            Some(running) => {
                let found = super::recovery::look(self, &mut session, file, &running, text).await?;
                failure.hint = Some(format!("after the connection was lost: {}", found.evidence));
                found.effect
            }
            None => Effect::Unknown,
        };
        self.keep_session(session);
        if let Some(from) = ran.lost_from {
            let evidence = "the connection that held the transaction is gone".to_owned();
            self.give(Input::TransactionLost { batch, file: id, from, evidence })?;
        }
        self.give(Input::Ended { batch, file: id, result: StatementResult::Failed { ms, failure, effect } })
    }

    async fn heed_waiting_signals(&mut self) -> Result<(), EngineError> {
        while let Ok(signal) = self.signals.try_recv() {
            self.heed(signal).await?;
        }
        Ok(())
    }

    async fn heed(&mut self, signal: Signal) -> Result<(), EngineError> {
        match signal {
            Signal::LeaseLost(error) => Err(EngineError::LeaseLost(error)),
            Signal::Command(command) => {
                self.obey(*command).await?;
                self.commit().await
            }
        }
    }

    async fn obey(&mut self, mut command: Command) -> Result<(), EngineError> {
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
        let mut stop = self.stop.clone();
        tokio::select! {
            Some(signal) = self.signals.recv() => self.heed(signal).await,
            () = turns_true(&mut stop) => Ok(()),
            () = tokio::time::sleep(PING) => {
                if let Some(mut session) = self.session.take() {
                    match session.session.ping().await {
                        Ok(()) => self.session = Some(session),
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
