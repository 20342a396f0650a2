//! A statement's way through the worker: its intent is committed, it runs while operators are heard, its end comes back
//! as an input.

use super::file_session::FileSession;
use super::progress::ProgressClock;
use super::runner::{self, Order, Ran};
use super::texts::Text;
use super::worker::Worker;
use super::{EngineError, doubt};
use crate::model::{BatchId, Checksum, Effect, File, FileId, Input, Phase, StatementResult};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// How long an interrupted statement may take to end before its connection is killed.
const INTERRUPT: Duration = Duration::from_secs(10);

impl Worker {
    pub(super) async fn run_statement(
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
                let found = doubt::look(&mut self.journal, &mut session, file, &running, text).await?;
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
}
