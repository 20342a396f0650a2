//! Recovery of a batch that another worker left behind.

use super::barrier;
use super::definitions::resolve_by_definitions;
use super::resolve;
use crate::database::{Purpose, ServerKind, Session};
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::engine::inspector::FileContext;
use crate::engine::statement::file_session::phase_of;
use crate::engine::statement::relocate::relocate;
use crate::engine::undo::{choose, compare, conflicts};
use crate::engine::worker::Worker;
use crate::model::{BatchId, Effect, FileId, FileState, Input};
use crate::sql::{Statement, StatementKind};
use crate::store::{Lease, Store};

impl Worker {
    /// Brings a batch that another worker left into a state from which it can go on.
    pub(crate) async fn recover(&mut self, batch: BatchId) -> Result<(), EngineError> {
        let left: Vec<FileId> = self.batch(batch)?.active().map(|f| f.id).collect();
        if left.is_empty() {
            return self.tell_outage(batch);
        }
        tracing::info!(batch = batch.0, files = left.len(), "taking over what another worker left");
        clear_barrier(&self.inspector.store, &self.inspector.lease).await?;
        let (mut resumable, mut expensive) = (Vec::new(), Vec::new());
        for id in left {
            self.resolve_in_doubt(batch, id).await?;
            let (inspector, of, file) = self.inspect(batch, id)?;
            let ran = file.resume_point().map_or(file.records.len(), |point| point as usize);
            if inspector.text(of, file).await?.is_some_and(|text| needs_no_session(&text, ran)) {
                resumable.push(id);
            }
            expensive.extend(self.cost_of_undo(batch, id).await?.map(|why| (id, why)));
        }
        self.apply_input(Input::Restarted { batch, resumable, expensive })?;
        self.tell_outage(batch)?;
        self.commit().await?;
        self.forget_sent_ahead(batch).await
    }

    /// Says in the journal since when nobody drove the batch, and what becomes of what was left: nothing where the last
    /// worker gave its lease back, or the batch has ended.
    fn tell_outage(&mut self, batch: BatchId) -> Result<(), EngineError> {
        let lease = &self.inspector.lease;
        let Some(before) = lease.predecessor.as_ref() else { return Ok(()) };
        let (since, holder, by) = (before.renewed, before.holder.clone(), lease.holder.clone());
        let found = self.batch(batch)?;
        if found.status.is_final() {
            return Ok(());
        }
        self.apply_input(Input::OutageEnded { batch, since, holder, by })
    }

    /// Tells why the undo of a file that was left half-way is not to begin unasked: it would destroy what others wrote,
    /// or take long (`docs/design/lifecycle.md`, "After a crash"). What the statements took tells how long.
    async fn cost_of_undo(&mut self, batch: BatchId, id: FileId) -> Result<Option<String>, EngineError> {
        let file = self.file(batch, id)?;
        if file.state != FileState::Migrating || !file.has_effects() || file.crash.is_some() {
            return Ok(None);
        }
        let longest = self.batch(batch)?.policy.after_crash.max_undo;
        let took: u64 = file.records.iter().filter(|r| r.effect == Effect::Took).map(|r| r.ms).sum();
        if took > longest {
            let (took, longest) = (took / 1000, longest / 1000);
            return Ok(Some(format!("its undo may take {took} s (crash.max_undo is {longest} s)")));
        }
        // What was seen must be durable before it is read back.
        self.commit().await?;
        let (inspector, of, file) = self.inspect(batch, id)?;
        let (plan, seen) = choose::choose_undo(inspector, of, file).await?;
        let lost = conflicts::would_lose(inspector, of, file, (&plan, &seen)).await?;
        Ok(lost.map(|lost| format!("its undo would destroy {}", lost.what)))
    }

    async fn resolve_in_doubt(&mut self, batch: BatchId, id: FileId) -> Result<(), EngineError> {
        let (inspector, of, file) = self.inspect(batch, id)?;
        let Some(text) = inspector.text(of, file).await? else { return Ok(()) };
        let ahead = self.sent_ahead(batch, id, &text).await?;
        self.resolve_last_intent(batch, id, &text, !ahead.is_empty()).await?;
        for statement in text.up.statements.iter().filter(|statement| ahead.contains(&statement.index)) {
            self.note_sent_ahead(batch, id, statement).await?;
        }
        Ok(())
    }

    /// Decides what became of the last statement whose intent is durable; one that was followed by another has ended well.
    async fn resolve_last_intent(
        &mut self,
        batch: BatchId,
        id: FileId,
        text: &FileText,
        is_followed: bool,
    ) -> Result<(), EngineError> {
        let (_, _, file) = self.inspect(batch, id)?;
        let Some(running) = file.running.clone() else {
            if is_followed {
                return Ok(());
            }
            if self.was_shared_committed(batch, id).await? {
                return self.apply_input(Input::TransactionCommitted { batch, file: id });
            }
            return self.lose_transaction(batch, id, text, "the worker that held the transaction has ended").await;
        };
        let receipt = self.journal.receipt(batch, id, running.statement, running.phase);
        let (inspector, of, file) = self.inspect(batch, id)?;
        let context = FileContext { batch: of, file, text };
        let mut session = inspector.file_session(context).await?;
        let mut found = resolve_by_definitions(inspector, context, &mut session, (&running, &receipt)).await?;
        if is_followed
            && found.resolution.effect != Effect::Took
            && let Some(statement) = text.statements(running.phase).get(running.statement as usize)
        {
            found.resolution.effect = Effect::Took;
            found.resolution.evidence =
                "the statement behind it was sent when it had ended, and has its receipt".to_owned();
            found.resolution.definitions = compare::journalled(&session.changed_now(statement).await?);
        }
        inspector.sessions.keep(session);
        let resolve::Resolution { effect, evidence, definitions } = found.resolution;
        if let Some((open, effect)) = found.lost {
            let evidence = "the connection that held the transaction is gone".to_owned();
            self.apply_input(Input::TransactionLost {
                batch,
                file: id,
                phase: running.phase,
                from: open.from,
                effect,
                evidence,
            })?;
        }
        self.apply_input(Input::Decided { batch, file: id, effect, evidence, definitions })
    }

    /// Ends the transaction in which the file's script stands between two statements, and says so in the journal.
    pub(crate) async fn lose_transaction(
        &mut self,
        batch: BatchId,
        id: FileId,
        text: &FileText,
        evidence: &str,
    ) -> Result<(), EngineError> {
        let (inspector, of, file) = self.inspect(batch, id)?;
        let phase = phase_of(file);
        let state = resolve::session_state(file, text, phase, inspector.kind());
        // One that has written nothing is lost too: what comes next would run outside of it.
        let Some(open) = state.transaction else { return Ok(()) };
        let mut session = inspector.file_session(FileContext { batch: of, file, text }).await?;
        session.give_up_transaction().await;
        let effect = resolve::effect_of_transaction(&mut session, open, text.statements(phase)).await?;
        inspector.sessions.keep(session);
        let (from, evidence) = (open.from, evidence.to_owned());
        self.apply_input(Input::TransactionLost { batch, file: id, phase, from, effect, evidence })
    }
}

/// Waits until nothing of an earlier worker runs on the server any more, and nothing that it did is still in the air.
async fn clear_barrier(store: &Store, lease: &Lease) -> Result<(), EngineError> {
    let purpose = match store.database().kind() {
        // The files that statements write.
        ServerKind::Sqlite => Purpose::File,
        ServerKind::MariaDb | ServerKind::MySql => Purpose::Control,
    };
    let mut session = store.database().open(purpose).await?;
    let cleared = barrier::clear(store, lease, session.as_mut(), barrier::PATIENCE).await;
    let settled = match cleared {
        Ok(()) => settle(store, session.as_mut()).await,
        refused => refused,
    };
    session.close().await;
    settled
}

async fn settle(store: &Store, session: &mut dyn Session) -> Result<(), EngineError> {
    barrier::settle(session, barrier::PATIENCE).await?;
    relocate(store, session).await
}

/// Tells whether another session can run the rest of a file: what ran left nothing in its own (variables, temporary
/// tables, locks, a default schema), and what follows asks for nothing that only that one knows.
fn needs_no_session(text: &FileText, ended: usize) -> bool {
    const OF_THE_SESSION: [&str; 6] =
        ["@", "last_insert_id", "row_count", "found_rows", "last_insert_rowid", "changes("];
    let (ran, rest) = text.up.statements.split_at(ended.min(text.up.statements.len()));
    let leaves_nothing = |s: &Statement| {
        let kind = s.analysis.kind;
        // What a PRAGMA has set is set again.
        let again = kind == StatementKind::Pragma;
        (kind.is_ddl() || kind.is_dml() || kind.is_transaction_control() || again) && !s.analysis.is_temporary()
    };
    let asks_for_nothing = |s: &Statement| {
        let sql = s.sql.to_ascii_lowercase();
        !OF_THE_SESSION.iter().any(|word| sql.contains(word))
    };
    ran.is_empty() || (ran.iter().all(leaves_nothing) && rest.iter().all(asks_for_nothing))
}
