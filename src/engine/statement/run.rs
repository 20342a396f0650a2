//! One statement: sent as it stands, with a receipt where that can be, tried again while others hold its locks.

use super::failure::failure_of;
use super::file_session::FileSession;
use super::job::{LockWait, StatementJob, StatementOutcome};
use super::relocate::relocate;
use super::send::{Executed, send};
use super::session_state::{OpenTransaction, ReceiptPlace};
use super::touched::changed;
use crate::check::Tried;
use crate::database::{self, CONNECTIONS_HIDDEN, Database, DbError, Definition, ErrorKind, ServerKind};
use crate::engine::EngineError;
use crate::engine::flag::turns_true;
use crate::engine::undo::compare;
use crate::model::{Category, Effect, Phase, StatementResult};
use crate::sql::{Statement, StatementKind};
use crate::store::StoreError;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// Tries of a statement while it meets somebody's lock, before it fails.
const ATTEMPTS: u32 = 12;
/// The first pause between two tries; it doubles up to [`LONGEST_PAUSE`], with jitter, and lets traffic through.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Runs a statement to its end. `aborted` turns true when nobody wants it any more.
pub(crate) async fn run(
    database: &Arc<dyn Database>,
    file: &mut FileSession,
    job: &StatementJob,
    waits: mpsc::Sender<LockWait>,
    mut aborted: watch::Receiver<bool>,
) -> Result<StatementOutcome, EngineError> {
    let mut tries = Vec::new();
    let mut outcome = try_until_done(database, file, job, waits, (&mut aborted, &mut tries)).await?;
    outcome.tries = tries;
    Ok(outcome)
}

async fn try_until_done(
    database: &Arc<dyn Database>,
    file: &mut FileSession,
    job: &StatementJob,
    waits: mpsc::Sender<LockWait>,
    (aborted, tries): (&mut watch::Receiver<bool>, &mut Vec<Tried>),
) -> Result<StatementOutcome, EngineError> {
    let mut attempt = 1;
    loop {
        let began = Instant::now();
        let error = match send(file, job).await {
            Ok(sent) => return done(file, job, sent, elapsed(began)).await,
            Err(error) => error,
        };
        let unexpected = unexpected_rows(&error);
        let (error, category) = statement_error(error)?;
        let gone = *aborted.borrow();
        let again = error.kind.is_transient() && file.state.transaction.is_none() && attempt < ATTEMPTS && !gone;
        if !again {
            let mut outcome = failed(file, job, error, elapsed(began), gone).await?;
            if let (Some(category), StatementResult::Failed { failure, .. }) = (category, &mut outcome.result) {
                failure.category = category;
            }
            outcome.unexpected = unexpected;
            return Ok(outcome);
        }
        let failure = failure_of(&error, Some(&job.statement));
        let blockers = blockers(database, job).await;
        // The receiver is the worker's; when it is gone there is nobody to tell.
        let ms = elapsed(began);
        tries.push(Tried { ms, failure: failure.clone(), blockers: blockers.clone() });
        let wait = LockWait { batch: job.batch, file: job.file, attempt, ms, failure, blockers };
        if waits.send(wait).await.is_err() {
            return failed(file, job, error, elapsed(began), true).await;
        }
        tokio::select! {
            () = tokio::time::sleep(pause(attempt)) => {}
            // Nobody wants it any more: it is not sent again.
            () = turns_true(aborted) => return failed(file, job, error, elapsed(began), true).await,
        }
        attempt += 1;
    }
}

fn unexpected_rows(error: &EngineError) -> Option<u64> {
    match error {
        EngineError::UnexpectedRows { rows, .. } => Some(*rows),
        _ => None,
    }
}

fn elapsed(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Growing pauses with jitter of a half, so that two workers do not meet again and again.
fn pause(attempt: u32) -> Duration {
    let grown = FIRST_PAUSE.saturating_mul(1 << attempt.min(10)).min(LONGEST_PAUSE);
    grown.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// Names who stands in the way, for people; not knowing it is no failure of the statement.
async fn blockers(database: &Arc<dyn Database>, job: &StatementJob) -> Vec<String> {
    match super::blockers::describe(database, &job.statement).await {
        Ok(found) => found,
        Err(error) if error.kind == ErrorKind::Privilege => vec![format!("somebody unseen: {CONNECTIONS_HIDDEN}")],
        Err(error) => {
            tracing::debug!(%error, "cannot see who holds the lock");
            Vec::new()
        }
    }
}

/// An error of the database, or of keeping, in the words of a failure; `Err` for what is none of the statement's.
pub(crate) fn statement_error(error: EngineError) -> Result<(DbError, Option<Category>), EngineError> {
    match error {
        EngineError::Database(error) | EngineError::Store(StoreError::Database(error)) => Ok((error, None)),
        EngineError::Store(error @ (StoreError::CannotKeep { .. } | StoreError::CannotPutBack { .. })) => {
            let refused = DbError::new(ErrorKind::Unsupported, "keep what the statement destroys", error.to_string());
            Ok((refused, Some(Category::Undo)))
        }
        EngineError::Store(error @ StoreError::CannotDrop { .. }) => {
            let refused = DbError::new(ErrorKind::Unsupported, "drop a schema that the file made", error.to_string());
            Ok((refused, Some(Category::Undo)))
        }
        error @ EngineError::UnexpectedRows { .. } => {
            let refused = DbError::new(ErrorKind::Constraint, "run the statement", error.to_string());
            Ok((refused, Some(Category::Validation)))
        }
        EngineError::OwnStep(why) => {
            let refused = DbError::new(ErrorKind::Unsupported, "take the file's own step", why);
            Ok((refused, Some(Category::Validation)))
        }
        EngineError::Store(StoreError::CannotRestore { reason }) => {
            let refused = DbError::new(ErrorKind::Unsupported, "restore the schema", reason);
            Ok((refused, Some(Category::Undo)))
        }
        error => Err(error),
    }
}

async fn done(
    file: &mut FileSession,
    job: &StatementJob,
    sent: Executed,
    ms: u64,
) -> Result<StatementOutcome, EngineError> {
    let statement = &job.statement;
    // A rollback script that rolls something back has done so: none of its steps is to be done again.
    let takes_back = job.phase == Phase::Forward && statement.analysis.kind == StatementKind::Rollback;
    let lost = file.state.transaction.filter(|_| takes_back);
    file.advance(statement);
    if file.staged && file.state.transaction.is_none() {
        relocate(&job.store, file.session.as_mut()).await?;
        file.staged = false;
    }
    let Executed { rows, warnings, kept, .. } = sent;
    // The statement is done; where the connection is lost now, what comes next will meet it.
    let mut looked = changed_by(file, statement).await;
    if looked.as_ref().is_err_and(|error| error.kind == ErrorKind::ConnectionLost) {
        // Perhaps only the session that looks has been ended.
        looked = match file.renew_look_session(&job.store).await {
            Ok(()) => changed_by(file, statement).await,
            Err(error) => Err(error),
        };
    }
    let (seen, beside) = unless_lost(looked)?;
    file.is_journalled(seen.iter().chain(&beside).map(|one| one.object.clone()));
    let fingerprint = database::fingerprint(&seen);
    let mut definitions = compare::journalled(&seen);
    definitions.extend(compare::journalled(&beside));
    definitions.extend(file.schema_texts.changed(file.session.as_mut(), statement).await?);
    let result = StatementResult::Done { rows, ms, warnings, fingerprint, definitions, kept };
    Ok(StatementOutcome { result, lost, disconnected: false, tries: Vec::new(), unexpected: None })
}

/// Definitions that a statement has changed, and those that it changed without naming them.
type Changed = (Vec<Definition>, Vec<Definition>);

async fn changed_by(file: &mut FileSession, statement: &Statement) -> Result<Changed, DbError> {
    Ok((file.changed_now(statement).await?, file.changed_unnamed(statement).await?))
}

fn unless_lost(seen: Result<Changed, DbError>) -> Result<Changed, DbError> {
    match seen {
        Err(error) if error.kind == ErrorKind::ConnectionLost => Ok(Changed::default()),
        seen => seen,
    }
}

async fn failed(
    file: &mut FileSession,
    job: &StatementJob,
    error: DbError,
    ms: u64,
    aborted: bool,
) -> Result<StatementOutcome, EngineError> {
    let statement = &job.statement;
    let mut failure = failure_of(&error, Some(statement));
    if aborted {
        failure.category = Category::Aborted;
        // KILL takes the connection with it: how that shows itself tells nobody anything.
        failure.message = match error.kind {
            ErrorKind::ConnectionLost => "stopped by an operator: its statement was killed".to_owned(),
            _ => format!("stopped by an operator: {}", failure.message),
        };
    }
    let open = file.state.transaction;
    let place = file.state.place(statement, job.shares, file.session.kind());
    let aftermath = match error.kind {
        ErrorKind::ConnectionLost => Err(error),
        kind if has_not_begun(kind, statement.analysis.kind) => {
            let lost = file.give_up_transaction().await;
            file.give_up_locks().await;
            Ok((Effect::None, lost, None))
        }
        _ => aftermath(file, job, place).await,
    };
    match aftermath {
        Ok((effect, lost, why)) => {
            failure.hint = why.or(failure.hint);
            Ok(StatementOutcome {
                result: StatementResult::Failed { ms, failure, effect },
                lost,
                disconnected: false,
                tries: Vec::new(),
                unexpected: None,
            })
        }
        // KILL shows itself as an interrupted statement on some servers, and as a broken connection only afterwards.
        Err(error) if error.kind == ErrorKind::ConnectionLost => {
            let result = StatementResult::Failed { ms, failure, effect: Effect::Unknown };
            Ok(StatementOutcome { result, lost: open, disconnected: true, tries: Vec::new(), unexpected: None })
        }
        Err(error) => Err(error.into()),
    }
}

/// True where the error says that the server has not begun: it cannot read the statement, or the account may not do what it
/// asks for as a whole.
fn has_not_begun(error: ErrorKind, statement: StatementKind) -> bool {
    use StatementKind::{Flush, SelectIntoFile, ServerAdmin, SetGlobal, Unknown};
    match error {
        ErrorKind::Syntax => statement == Unknown,
        ErrorKind::Privilege => matches!(statement, Flush | SelectIntoFile | ServerAdmin | SetGlobal),
        _ => false,
    }
}

/// Finds out what a refused statement left, which transaction was lost with it, and why that is not known where it is
/// not. One that commits by itself does so before it fails: then the receipt written before it is there.
async fn aftermath(
    file: &mut FileSession,
    job: &StatementJob,
    place: ReceiptPlace,
) -> Result<(Effect, Option<OpenTransaction>, Option<String>), DbError> {
    let lost = file.give_up_transaction().await;
    file.give_up_locks().await;
    let effect = match std::mem::take(&mut file.taken_back) {
        true => Effect::None,
        false => effect_of_failed(file, &job.statement).await?,
    };
    let why = match effect {
        Effect::Unknown => file.non_transactional(std::slice::from_ref(&job.statement)).await?,
        _ => None,
    };
    if lost.is_none() || !place.ends_a_transaction() {
        return Ok((effect, lost, why));
    }
    match job.receipt.is_there(&job.store, file.look_session()).await {
        Ok(committed) => Ok((effect, lost.filter(|_| !committed), why)),
        Err(error) => match error.database() {
            Some(error) => Err(error.clone()),
            // Not the database's: nobody can say whether it was committed.
            None => Ok((effect, lost.map(OpenTransaction::unsure), why)),
        },
    }
}

/// Tells what a statement that the server refused may have left. A statement on transactional tables leaves nothing;
/// the definitions say whether a DDL did; what runs other code, or writes to tables without transactions, is not known.
async fn effect_of_failed(file: &mut FileSession, statement: &Statement) -> Result<Effect, DbError> {
    let kind = statement.analysis.kind;
    let locks = matches!(kind, StatementKind::LockTables | StatementKind::UnlockTables);
    if file.session.kind() == ServerKind::Sqlite || kind.is_harmless() || kind.is_transaction_control() || locks {
        return Ok(Effect::None);
    }
    if kind.is_dml() {
        let rolled_back = file.is_transactional(std::slice::from_ref(statement)).await?;
        return Ok(if rolled_back { Effect::None } else { Effect::Unknown });
    }
    if kind.is_ddl() && !changed(statement).is_empty() {
        let before = file.fingerprint(statement).await?;
        let now = database::fingerprint(&file.changed_now(statement).await?);
        return Ok(if before == now { Effect::None } else { Effect::Unknown });
    }
    Ok(if kind.is_opaque() { Effect::Unknown } else { Effect::None })
}
