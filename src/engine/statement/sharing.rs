//! One transaction for the statements of a file (SQLite), where nobody stands between two of them.
//!
//! A statement that shares runs in a transaction that stays open behind it. The last of them ends it, with a receipt that
//! is that of all; where nothing goes on with it for now (a person pauses, steps, or set a breakpoint; the process is to
//! end), what has run so far is committed by itself. A failure rolls back the whole. Nothing of it can last before the
//! commit, so only that waits for the journal.

use super::failure::failure_of;
use super::file_session::FileSession;
use super::relocate::relocate;
use super::run::statement_error;
use super::send::commit_shared;
use crate::database::{DbError, ServerKind};
use crate::engine::EngineError;
use crate::engine::fault::{self, Point};
use crate::engine::inspector::FileContext;
use crate::engine::scheduler::{self, Next, Task};
use crate::engine::worker::Worker;
use crate::model::{BatchId, File, FileId, FreezePolicy, Input, Phase};
use crate::sql::shares_transaction;
use crate::store::Receipt;

/// Tells whether the transaction of a statement is to stay open behind it, as far as file and batch tell.
pub(crate) fn goes_on(context: FileContext<'_>, phase: Phase, index: u32) -> bool {
    let FileContext { batch, file, text } = context;
    let next = index + 1;
    let all = &text.up.statements;
    let joins = |index: u32| all.get(index as usize).is_some_and(shares_transaction);
    phase == Phase::Forward
        && text.may_share
        && joins(index)
        && joins(next)
        && !batch.breakpoints.contains(&(file.id, Some(next)))
}

/// Tells whether statements may share a transaction of this session: where foreign keys are checked, some are only when it
/// is committed, and the statement that breaks one would not be named.
pub(crate) async fn may_share(session: &mut FileSession) -> Result<bool, DbError> {
    if session.state.transaction.is_some() {
        return Ok(true);
    }
    let rows = session.session.query_text("PRAGMA foreign_keys").await?;
    Ok(rows.first().is_some_and(|row| row.get_i64(0) == 0))
}

impl Worker {
    /// True if nobody stands between two statements of a batch, or is about to.
    pub(crate) fn is_undisturbed(&self, id: BatchId) -> Result<bool, EngineError> {
        let batch = self.batch(id)?;
        let system = &self.journal.world().system;
        let may_freeze = self.freezing.asked.is_some()
            || system.frozen().is_some()
            || !matches!(batch.policy.freeze, FreezePolicy::Never);
        let is_free = batch.holds.is_empty() && batch.grant.is_none() && batch.commands.is_empty();
        Ok(is_free && !may_freeze && !self.is_stopped() && self.throttle.held().is_none())
    }

    /// Commits what the statements of a file share, if nothing goes on with it for now. True if it did.
    pub(crate) async fn end_what_is_shared(&mut self, id: BatchId) -> Result<bool, EngineError> {
        if self.inspector.kind() != ServerKind::Sqlite {
            return Ok(false);
        }
        let width = self.width(id)?;
        let batch = self.batch(id)?;
        let is_open = |file: &&File| file.running.is_none() && file.uncommitted().is_some();
        let Some(file) = batch.active().find(is_open).map(|file| file.id) else { return Ok(false) };
        let goes_on = match scheduler::next(batch, width) {
            Next::Do(Task::Run { file: next, phase: Phase::Forward, .. }) => next == file && self.is_undisturbed(id)?,
            // It is rolled back.
            Next::Do(Task::AbortFile(next)) => next == file,
            _ => false,
        };
        if !goes_on {
            self.commit_what_is_shared(id, file).await?;
        }
        Ok(!goes_on)
    }

    async fn commit_what_is_shared(&mut self, batch: BatchId, id: FileId) -> Result<(), EngineError> {
        // What is to last is durable in the journal before it does.
        self.commit().await?;
        let receipt = self.shared_receipt(batch, id)?;
        let (inspector, of, file) = self.inspect(batch, id)?;
        let text = inspector.required_text(of, file).await?;
        let store = inspector.store.clone();
        let mut session = inspector.file_session(FileContext { batch: of, file, text: &text }).await?;
        if !session.state.transaction.is_some_and(|open| open.shared) {
            inspector.sessions.keep(session);
            return self.without_its_session(batch, id, &text).await;
        }
        if let Err(error) = commit_shared(&mut session, &store, &receipt).await {
            let (error, _) = statement_error(error)?;
            self.inspector.sessions.keep(session);
            self.lose_transaction(batch, id, &text, "it could not be committed, and was rolled back").await?;
            return self.apply_input(Input::SessionLost { batch, file: id, failure: failure_of(&error, None) });
        }
        fault::reach(Point::AfterStatement);
        if std::mem::take(&mut session.staged) {
            relocate(&store, session.session.as_mut()).await?;
        }
        self.inspector.sessions.keep(session);
        self.apply_input(Input::TransactionCommitted { batch, file: id })
    }

    /// The receipt of the last statement of a file that has run.
    fn shared_receipt(&self, batch: BatchId, id: FileId) -> Result<Receipt, EngineError> {
        let ran = u32::try_from(self.file(batch, id)?.records.len()).unwrap_or(u32::MAX);
        Ok(self.journal.receipt(batch, id, ran.saturating_sub(1), Phase::Forward))
    }

    /// After another worker's end between two statements: tells whether what they share was committed.
    pub(crate) async fn was_shared_committed(&mut self, batch: BatchId, id: FileId) -> Result<bool, EngineError> {
        if self.file(batch, id)?.uncommitted().is_none() {
            return Ok(false);
        }
        let receipt = self.shared_receipt(batch, id)?;
        let (inspector, of, file) = self.inspect(batch, id)?;
        let text = inspector.required_text(of, file).await?;
        let store = inspector.store.clone();
        let mut session = inspector.file_session(FileContext { batch: of, file, text: &text }).await?;
        let is_there = receipt.is_there(&store, session.look_session()).await?;
        inspector.sessions.keep(session);
        Ok(is_there)
    }
}
