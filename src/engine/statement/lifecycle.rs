//! A statement's way through the worker: its intent is journalled, it runs in a task of its own (`in_flight`), its end
//! comes back as an input.

use super::as_it_runs::{AsItRuns, as_it_runs};
use super::early;
use super::file_session::{FileSession, phase_of};
use super::in_flight::{EndedJob, JobEvent, ReadyJob};
use super::job::{JobMode, LockWait, StatementJob, StatementOutcome};
use super::judged;
use super::keep;
use super::own::OwnJob;
use super::reserved;
use super::session_state::{OpenTransaction, SessionState};
use super::sharing;
use crate::database::ErrorKind;
use crate::engine::EngineError;
use crate::engine::fault::{self, Point};
use crate::engine::file::texts::FileText;
use crate::engine::in_doubt::definitions::resolve_by_definitions;
use crate::engine::in_doubt::resolve;
use crate::engine::inspector::{FileContext, Inspector};
use crate::engine::undo::theirs;
use crate::engine::worker::{UNSEEN, Worker};
use crate::kept::Keep;
use crate::model::{
    BatchId, Category, Checksum, Effect, Failure, File, FileId, Input, Phase, Sending, StatementResult,
};
use crate::sql::{Statement, StatementKind, sets_session};

impl Worker {
    /// Journals that a statement is about to be sent. It is sent by the next commit ([`Worker::commit`]).
    pub(crate) async fn make_ready(
        &mut self,
        batch: BatchId,
        id: FileId,
        index: u32,
        phase: Phase,
    ) -> Result<(), EngineError> {
        let now = self.journal.now();
        let is_undisturbed = self.is_undisturbed(batch)?;
        let unwritten = self.journal.uncommitted();
        let of = self.journal.world().batch(batch).ok_or(EngineError::NoBatch(batch))?;
        let file = of.file(id).ok_or(EngineError::NoBatch(batch))?;
        let inspector = &mut self.inspector;
        let AsItRuns { text, runs, asked } = as_it_runs(inspector, (of, file), (phase, index)).await?;
        let context = FileContext { batch: of, file, text: &text };
        let missing = || EngineError::NoText { path: file.path.clone() };
        let statement = text.statements(phase).get(index as usize).ok_or_else(missing)?.clone();
        let Some((mut session, fingerprint)) = ready_session(inspector, context, &statement).await? else {
            return self.without_its_session(batch, id, &text).await;
        };
        let found = theirs::found(&mut inspector.reader, (context, unwritten), &mut session, &statement).await?;
        let keeping = keep::plan(inspector, context, (phase, index, now), &mut session).await?;
        let lenient = phase == Phase::Undo || context.does_without_keeping();
        // What undoes the file was made here, and may put back what is kept.
        let is_written = phase == Phase::Forward || !resolve::is_derived(file);
        let refused = || {
            let named = reserved::refused_statement(&inspector.store, (&statement, asked.as_deref()));
            named.or_else(|| not_as_told(&statement).filter(|_| !lenient))
        };
        let keeping = match is_written.then(refused).flatten() {
            Some(failure) => Err(failure),
            None => keeping,
        };
        let goes_on = keeping.is_ok() && is_undisturbed && sharing::goes_on(context, phase, index);
        let shares = goes_on && sharing::may_share(&mut session).await?;
        let needs_no_intent =
            keeping.is_ok() && runs.is_none() && early::needs_no_intent(&session, &text, phase, &statement);
        let kept = keeping.as_deref().unwrap_or_default().iter().map(|keep| keep.kept.clone()).collect();
        self.apply_input(Input::Sending(Sending {
            batch,
            file: id,
            statement: index,
            phase,
            hash: Checksum(statement.hash.clone()),
            line: statement.line,
            fingerprint,
            connection: session.session.connection_id(),
            kept,
            shares,
            found,
            runs,
        }))?;
        let mode = match keeping {
            // It is never sent.
            Err(failure) => {
                self.inspector.sessions.keep(session);
                self.lose_transaction(batch, id, &text, "its transaction was rolled back").await?;
                let result = StatementResult::Failed { ms: 0, failure, effect: Effect::None };
                return self.apply_input(Input::Ended { batch, file: id, result });
            }
            Ok(_) if statement.analysis.kind.is_own() => {
                let (inspector, _, file) = self.inspect(batch, id)?;
                JobMode::Own(Box::new(OwnJob::new(&inspector.options, file, &text, &statement)))
            }
            Ok(keeps) => mode_of(&text, phase, index, keeps),
        };
        let receipt = self.journal.receipt(batch, id, index, phase);
        let mut rest = text.statements(phase).iter().skip(index as usize);
        let asked_until = rest.find(|s| !s.analysis.flags.asked).map_or(index, |s| s.index);
        let store = self.inspector.store.clone();
        let counts_changes = text.counts_changes;
        let job = StatementJob {
            batch,
            file: id,
            phase,
            statement,
            mode,
            shares,
            counts_changes,
            lenient,
            asked_until,
            receipt,
            store,
        };
        let ready = ReadyJob { session, job, text };
        match shares || needs_no_intent {
            true => self.in_flight.send(self.inspector.store.database(), ready),
            false => self.ready.push(ready),
        }
        Ok(())
    }

    /// Waits for a statement under way to end, where others are ready to be sent, or where nothing waits for the journal
    /// but people. True if one has.
    pub(crate) async fn goes_with_others(&mut self, id: BatchId) -> Result<bool, EngineError> {
        if self.in_flight.is_empty() || !self.journal.has_uncommitted() {
            return Ok(false);
        }
        let until = match self.ready.is_empty() {
            true => {
                self.look_ahead(id).await?;
                self.committed + UNSEEN
            }
            false => self.together.until(self.in_flight.ending()),
        };
        match tokio::time::timeout_at(until.into(), self.in_flight.next()).await {
            Ok(event) => self.on_job_event(event?).await.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Takes in what is heard of the statements under way.
    pub(crate) async fn on_job_event(&mut self, event: JobEvent) -> Result<(), EngineError> {
        match event {
            JobEvent::Waits(LockWait { batch, file, attempt, ms, failure, blockers }) => {
                self.apply_input(Input::Waited { batch, file, attempt, ms, failure, blockers })?;
                self.commit().await
            }
            JobEvent::Ended(ended) => self.ended(*ended).await,
        }
    }

    async fn ended(&mut self, ended: EndedJob) -> Result<(), EngineError> {
        fault::reach(Point::AfterStatement);
        let EndedJob { ready: ReadyJob { mut session, job, text }, outcome } = ended;
        let mut outcome = outcome?;
        let (batch, id, phase, index) = (job.batch, job.file, job.phase, job.statement.index);
        if outcome.disconnected {
            session.close().await;
            // A server that went away takes the journal's session too: that is no failure of the file's.
            self.journal.is_there().await?;
            return self.after_disconnection(&text, &job, outcome).await;
        }
        let findings = judged::judged(self.file(batch, id)?, &job, &outcome, &self.inspector.options.checks);
        judged::give_up_what_blocks(&findings, &job, &mut session, &mut outcome).await;
        refuse_an_open_end(self.file(batch, id)?, &job, &mut session, &mut outcome).await;
        let statements = text.statements(phase).get(..index as usize).unwrap_or_default();
        if let Some(open) = outcome.lost.or_else(|| rolled_back_part(&job, &outcome, &session)) {
            let effect = resolve::effect_of_transaction(&mut session, open, statements).await?;
            let mut evidence = "its transaction was rolled back".to_owned();
            if let Some(stays) =
                session.non_transactional(statements.get(open.from as usize..).unwrap_or_default()).await?
            {
                evidence = format!("{evidence}, but {stays}");
                outcome.result = with_hint(outcome.result, stays);
            }
            self.apply_input(Input::TransactionLost { batch, file: id, phase, from: open.from, effect, evidence })?;
        }
        self.inspector.sessions.keep(session);
        self.apply_input(Input::Ended { batch, file: id, result: outcome.result })?;
        if findings.is_empty() {
            return Ok(());
        }
        self.apply_input(Input::CheckedDuring { batch, file: id, findings })
    }

    /// The script cannot go on: a transaction, variables or temporary tables of it are gone with its session.
    pub(super) async fn without_its_session(
        &mut self,
        batch: BatchId,
        file: FileId,
        text: &FileText,
    ) -> Result<(), EngineError> {
        self.journal.is_there().await?;
        self.lose_transaction(batch, file, text, "the connection that held the transaction is gone").await?;
        let kind = self.inspector.kind();
        let now = self.file(batch, file)?;
        // An undo whose steps stood in that transaction begins again, and needs nothing of the session that is gone.
        if phase_of(now) == Phase::Undo && resolve::session_state(now, text, Phase::Undo, kind).is_fresh() {
            return Ok(());
        }
        let message = "the connection that ran the statements before is gone, and with it what they had set up in it (a \
                       transaction, variables, temporary tables, USE)";
        let failure = Failure::new(Category::ConnectionLost, message);
        self.apply_input(Input::SessionLost { batch, file, failure })
    }

    /// The connection broke under a statement: a new session waits at the barrier, and then looks what became of it.
    async fn after_disconnection(
        &mut self,
        text: &FileText,
        job: &StatementJob,
        outcome: StatementOutcome,
    ) -> Result<(), EngineError> {
        let (batch, id) = (job.batch, job.file);
        let (inspector, of, file) = self.inspect(batch, id)?;
        let context = FileContext { batch: of, file, text };
        let mut session = inspector.file_session(context).await?;
        let StatementResult::Failed { ms, mut failure, .. } = outcome.result else {
            return Err(EngineError::NoText { path: file.path.clone() });
        };
        let found = match file.running.as_deref() {
            Some(running) => {
                let about = (running, &job.receipt);
                Some(resolve_by_definitions(inspector, context, &mut session, about).await?)
            }
            None => None,
        };
        inspector.sessions.keep(session);
        let mut effect = Effect::Unknown;
        if let Some(resolve::Resolved { resolution, lost }) = found {
            failure.hint = Some(format!("after the connection was lost: {}", resolution.evidence));
            effect = resolution.effect;
            if let Some((open, effect)) = lost {
                let evidence = "the connection that held the transaction is gone".to_owned();
                let (phase, from) = (job.phase, open.from);
                self.apply_input(Input::TransactionLost { batch, file: id, phase, from, effect, evidence })?;
            }
        }
        self.apply_input(Input::Ended { batch, file: id, result: StatementResult::Failed { ms, failure, effect } })
    }
}

/// The failure of a statement of which the plan said that it runs one of the texts that the file tells, where that
/// cannot be said any more.
fn not_as_told(statement: &Statement) -> Option<Failure> {
    let is_untold = statement.analysis.kind == StatementKind::Execute && !statement.alternatives.is_empty();
    let reason = "it runs another text than those that the file tells, or one that cannot be asked for";
    is_untold.then(|| keep::cannot_keep(statement, reason))
}

/// The way in which a statement is done, for which these are kept.
fn mode_of(text: &FileText, phase: Phase, index: u32, keeps: Vec<Keep>) -> JobMode {
    if let Some(kept) = text.put_back(phase, index) {
        return JobMode::PutBack { kept: Box::new(kept.clone()), to_come: text.put_back_later(index) };
    }
    if let Some(schema) = text.drops_schema(phase, index) {
        return JobMode::DropSchema(schema.to_owned());
    }
    match text.restores(phase, index) {
        Some(changes) => JobMode::Restore(Box::new(changes.clone())),
        None => JobMode::Run(keeps),
    }
}

/// The session for the next statement of a script, and the fingerprint of what that changes; `None` when what the
/// script had set up in its session is gone. One that carries nothing may have been ended by the server meanwhile:
/// any other does as well.
async fn ready_session(
    inspector: &mut Inspector,
    context: FileContext<'_>,
    statement: &Statement,
) -> Result<Option<(FileSession, String)>, EngineError> {
    let FileContext { file, text, .. } = context;
    let kind = inspector.kind();
    let expected = resolve::session_state(file, text, phase_of(file), kind);
    let mut session = inspector.file_session(context).await?;
    if session.state != expected && !set_again(file, text, &mut session, &expected).await? {
        inspector.sessions.keep(session);
        return Ok(None);
    }
    session.hold_barrier(&inspector.store, &inspector.lease).await?;
    session.schema_texts.look_before(session.session.as_mut(), statement).await?;
    let mut answered = session.ping_and_fingerprint(statement).await;
    let is_lost = answered.as_ref().is_err_and(|error| error.kind == ErrorKind::ConnectionLost);
    if is_lost && session.renew_look_session(&inspector.store).await.is_ok() {
        answered = session.ping_and_fingerprint(statement).await;
    }
    match answered {
        Ok(fingerprint) => Ok(Some((session, fingerprint))),
        Err(error) if error.kind == ErrorKind::ConnectionLost && !expected.is_fresh() => Ok(None),
        Err(error) if error.kind == ErrorKind::ConnectionLost => {
            tracing::warn!(%error, "the file session was gone; opening a new one");
            session.close().await;
            let mut session = inspector.file_session(context).await?;
            let fingerprint = session.fingerprint(statement).await?;
            Ok(Some((session, fingerprint)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Part that was rolled back of a transaction that goes on: by a `ROLLBACK TO` that ran.
fn rolled_back_part(job: &StatementJob, outcome: &StatementOutcome, session: &FileSession) -> Option<OpenTransaction> {
    let took = job.phase == Phase::Forward && matches!(outcome.result, StatementResult::Done { .. });
    let open = session.state.transaction.filter(|_| took)?;
    session.state.rolled_back_to(&job.statement, session.session.kind()).map(|from| open.since(from))
}

/// Sets again: what the steps of a derived undo have set in a session that is gone is set in this one: these steps are
/// ours, and setting is all that they do to their session. So is what a file has set by a `PRAGMA` of SQLite. False
/// where it carries something else.
async fn set_again(
    file: &File,
    text: &FileText,
    session: &mut FileSession,
    expected: &SessionState,
) -> Result<bool, EngineError> {
    if !session.state.is_fresh() {
        return Ok(false);
    }
    let phase = phase_of(file);
    let ours = phase == Phase::Undo && resolve::is_derived(file);
    let mut settings = resolve::ended_statements(file, text, phase);
    settings.retain(|statement| (ours && resolve::only_sets(statement)) || sets_session(statement));
    if SessionState::after(settings.iter().copied(), session.session.kind()) != *expected {
        return Ok(false);
    }
    for statement in settings {
        session.session.run(&statement.sql).await?;
        session.advance(statement);
    }
    Ok(true)
}

/// The same failure, with what to know about it, unless it says something already.
fn with_hint(result: StatementResult, hint: String) -> StatementResult {
    match result {
        StatementResult::Failed { ms, mut failure, effect } => {
            failure.hint.get_or_insert(hint);
            StatementResult::Failed { ms, failure, effect }
        }
        done @ StatementResult::Done { .. } => done,
    }
}

/// A script whose last statement leaves a transaction open has not said what is to become of it: the server would drop
/// it with the session, so it cannot count as done.
async fn refuse_an_open_end(
    file: &File,
    job: &StatementJob,
    session: &mut FileSession,
    outcome: &mut StatementOutcome,
) {
    let index = job.statement.index;
    let is_last = match (job.phase, &file.undo) {
        (Phase::Forward, _) => index + 1 >= file.statements,
        (Phase::Undo, Some(undo)) => undo.done as usize + 1 >= undo.len(),
        (Phase::Undo, None) => true,
    };
    let StatementResult::Done { ms, .. } = outcome.result else { return };
    if !is_last || !session.state.transaction.is_some_and(|open| open.writes) {
        return;
    }
    outcome.lost = session.give_up_transaction().await;
    let began = outcome.lost.map_or(0, |open| open.from) + 1;
    let message =
        format!("the script ends inside the transaction that its statement {began} began, and never commits it");
    let failure = Failure::new(Category::Validation, message)
        .at(index, job.statement.line)
        .hint("end the transaction with COMMIT (or ROLLBACK) in the script");
    outcome.result = StatementResult::Failed { ms, failure, effect: Effect::None };
}
