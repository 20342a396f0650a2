//! A statement's way through the worker: its intent is journalled, it runs in a task of its own (`under_way`), its end
//! comes back as an input.

use super::carried::{Carried, Open};
use super::fault::{self, Point};
use super::file_session::{FileSession, phase_of};
use super::runner::{Order, Ran, Wait, Work};
use super::texts::Text;
use super::under_way::{Ended, Heard, Ready};
use super::worker::Worker;
use super::{EngineError, doubt};
use crate::database::ErrorKind;
use crate::model::{BatchId, Category, Checksum, Effect, Failure, File, FileId, Input, Phase, StatementResult};
use crate::sql::Statement;

impl Worker {
    /// Journals that a statement is about to be sent. It is sent by the next commit ([`Worker::commit`]).
    pub(super) async fn make_ready(
        &mut self,
        batch: BatchId,
        id: FileId,
        index: u32,
        phase: Phase,
    ) -> Result<(), EngineError> {
        let file = self.file(batch, id)?.clone();
        let text = self.needed_text(&file).await?;
        let missing = || EngineError::NoText { path: file.path.clone() };
        let statement = text.statements(phase).get(index as usize).ok_or_else(missing)?.clone();
        let Some((mut session, fingerprint)) = self.ready(&file, &text, &statement).await? else {
            return self.without_its_session(&file, &text).await;
        };
        let keeping = match phase {
            Phase::Forward => self.keeping(&file, &text, index, &mut session).await?,
            Phase::Undo => Ok(Vec::new()),
        };
        let kept = keeping.as_deref().unwrap_or_default().iter().map(|keep| keep.kept.clone()).collect();
        self.give(Input::Sending {
            batch,
            file: id,
            statement: index,
            phase,
            hash: Checksum(statement.hash.clone()),
            line: statement.line,
            fingerprint,
            connection: session.session.connection_id(),
            kept,
        })?;
        let work = match keeping {
            // It is never sent.
            Err(failure) => {
                self.sessions.keep(session);
                let result = StatementResult::Failed { ms: 0, failure, effect: Effect::None };
                return self.give(Input::Ended { batch, file: id, result });
            }
            Ok(keeps) => match text.put_back(phase, index) {
                Some(kept) => Work::PutBack { kept: Box::new(kept.clone()), to_come: text.put_back_later(index) },
                None => match text.drops_schema(phase, index) {
                    Some(schema) => Work::DropSchema(schema.to_owned()),
                    None => Work::Run(keeps),
                },
            },
        };
        let receipt = self.journal.receipt(batch, id, index, phase);
        let order = Order { batch, file: id, phase, statement, work, receipt, store: self.store.clone() };
        self.ready.push(Ready { session, order, text });
        Ok(())
    }

    /// Takes in what is heard of the statements under way.
    pub(super) async fn take_in(&mut self, heard: Heard) -> Result<(), EngineError> {
        match heard {
            Heard::Waits(Wait { batch, file, attempt, ms, failure, blockers }) => {
                self.give(Input::Waited { batch, file, attempt, ms, failure, blockers })?;
                self.commit().await
            }
            Heard::Ended(ended) => self.ended(*ended).await,
        }
    }

    async fn ended(&mut self, ended: Ended) -> Result<(), EngineError> {
        fault::reach(Point::AfterStatement);
        let Ended { ready: Ready { mut session, order, text }, ran } = ended;
        let mut ran = ran?;
        let (batch, id, phase, index) = (order.batch, order.file, order.phase, order.statement.index);
        let file = self.file(batch, id)?.clone();
        if ran.disconnected {
            session.session.close().await;
            return self.after_disconnection(&file, &text, &order, ran).await;
        }
        refuse_an_open_end(&file, &order, &mut session, &mut ran).await;
        let statements = text.statements(phase).get(..index as usize).unwrap_or_default();
        if let Some(open) = ran.lost.or_else(|| gone_back(&order, &ran, &session)) {
            let effect = doubt::of_transaction(&mut session, open, statements).await?;
            let mut evidence = "its transaction was rolled back".to_owned();
            if let Some(stays) = session.lasting(statements.get(open.from as usize..).unwrap_or_default()).await? {
                evidence = format!("{evidence}, but {stays}");
                ran.result = with_hint(ran.result, stays);
            }
            self.give(Input::TransactionLost { batch, file: id, phase, from: open.from, effect, evidence })?;
        }
        self.sessions.keep(session);
        self.give(Input::Ended { batch, file: id, result: ran.result })
    }

    /// The session for the next statement of a script, and the fingerprint of what that changes; `None` when what the
    /// script had set up in its session is gone. One that carries nothing may have been ended by the server meanwhile:
    /// any other does as well.
    async fn ready(
        &mut self,
        file: &File,
        text: &Text,
        statement: &Statement,
    ) -> Result<Option<(FileSession, String)>, EngineError> {
        let kind = self.store.database().kind();
        let expected = Carried::after(doubt::ended(file, text, phase_of(file)), kind);
        let mut session = self.file_session(file, text).await?;
        if session.carried != expected && !set_again(file, text, &mut session, &expected).await? {
            self.sessions.keep(session);
            return Ok(None);
        }
        match session.fingerprint(statement).await {
            Ok(fingerprint) => Ok(Some((session, fingerprint))),
            Err(error) if error.kind == ErrorKind::ConnectionLost && !expected.is_nothing() => Ok(None),
            Err(error) if error.kind == ErrorKind::ConnectionLost => {
                tracing::warn!(%error, "the file session was gone; opening a new one");
                session.session.close().await;
                let mut session = self.file_session(file, text).await?;
                let fingerprint = session.fingerprint(statement).await?;
                Ok(Some((session, fingerprint)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The script cannot go on: a transaction, variables or temporary tables of it are gone with its session.
    async fn without_its_session(&mut self, file: &File, text: &Text) -> Result<(), EngineError> {
        self.lose_transaction(file, text, "the connection that held the transaction is gone").await?;
        let message = "the connection that ran the statements before is gone, and with it what they had set up in it (a \
                       transaction, variables, temporary tables, USE)";
        let failure = Failure::new(Category::ConnectionLost, message);
        self.give(Input::SessionLost { batch: file.batch, file: file.id, failure })
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
        let found = match &running {
            Some(running) => Some(self.look_into(&mut session, file, running, text).await?),
            None => None,
        };
        self.sessions.keep(session);
        let mut effect = Effect::Unknown;
        if let Some(doubt::Found { verdict, lost }) = found {
            failure.hint = Some(format!("after the connection was lost: {}", verdict.evidence));
            effect = verdict.effect;
            if let Some((open, effect)) = lost {
                let evidence = "the connection that held the transaction is gone".to_owned();
                let (phase, from) = (order.phase, open.from);
                self.give(Input::TransactionLost { batch, file: id, phase, from, effect, evidence })?;
            }
        }
        self.give(Input::Ended { batch, file: id, result: StatementResult::Failed { ms, failure, effect } })
    }
}

/// What was taken back of a transaction that goes on: by a `ROLLBACK TO` that ran.
fn gone_back(order: &Order, ran: &Ran, session: &FileSession) -> Option<Open> {
    let took = order.phase == Phase::Forward && matches!(ran.result, StatementResult::Done { .. });
    let open = session.carried.transaction.filter(|_| took)?;
    session.carried.went_back_to(&order.statement, session.session.kind()).map(|from| open.since(from))
}

/// What the steps of a derived undo have set in a session that is gone is set in this one: these steps are ours, and
/// setting is all that they do to their session. False where it carries something else.
async fn set_again(
    file: &File,
    text: &Text,
    session: &mut FileSession,
    expected: &Carried,
) -> Result<bool, EngineError> {
    if !doubt::is_derived(file) || phase_of(file) != Phase::Undo || !session.carried.is_nothing() {
        return Ok(false);
    }
    let mut settings = doubt::ended(file, text, Phase::Undo);
    settings.retain(|statement| doubt::only_sets(statement));
    if Carried::after(settings.iter().copied(), session.session.kind()) != *expected {
        return Ok(false);
    }
    for statement in settings {
        session.session.run(&statement.sql).await?;
        session.ran(statement);
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
async fn refuse_an_open_end(file: &File, order: &Order, session: &mut FileSession, ran: &mut Ran) {
    let index = order.statement.index;
    let is_last = match (order.phase, &file.undo) {
        (Phase::Forward, _) => index + 1 >= file.statements,
        (Phase::Undo, Some(undo)) => undo.done as usize + 1 >= undo.len(),
        (Phase::Undo, None) => true,
    };
    let StatementResult::Done { ms, .. } = ran.result else { return };
    if !is_last || !session.carried.transaction.is_some_and(|open| open.writes) {
        return;
    }
    ran.lost = session.give_up_transaction().await;
    let began = ran.lost.map_or(0, |open| open.from) + 1;
    let message =
        format!("the script ends inside the transaction that its statement {began} began, and never commits it");
    let failure = Failure::new(Category::Validation, message)
        .at(index, order.statement.line)
        .hint("end the transaction with COMMIT (or ROLLBACK) in the script");
    ran.result = StatementResult::Failed { ms, failure, effect: Effect::None };
}
