//! One statement: sent as it stands, with a receipt where that can be, tried again while others hold its locks.

use super::carried::{Open, ReceiptPlace};
use super::file_session::{FileSession, changed};
use super::home::bring_home;
use super::send::{Sent, send};
use super::trouble::failure_of;
use super::{EngineError, turns_true, undo};
use crate::database::{self, Database, DbError, Definition, ErrorKind, ServerKind};
use crate::model::{BatchId, Category, Effect, Failure, FileId, Kept, Phase, StatementResult};
use crate::sql::{Statement, StatementKind};
use crate::store::kept::Keep;
use crate::store::{Receipt, Store, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// How often a statement is tried while it meets somebody's lock, before it fails.
const ATTEMPTS: u32 = 12;
/// The first pause between two tries; it doubles up to [`LONGEST_PAUSE`], with jitter, and lets traffic through.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// A statement to run.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) batch: BatchId,
    pub(super) file: FileId,
    pub(super) phase: Phase,
    pub(super) statement: Statement,
    pub(super) work: Work,
    /// What proves that the statement, or the transaction that it ends, was committed.
    pub(super) receipt: Receipt,
    pub(super) store: Store,
}

/// What is done for it.
#[derive(Debug)]
pub(super) enum Work {
    /// The statement runs, and these are kept of what it destroys.
    Run(Vec<Keep>),
    /// What was kept is put back, and these behind it.
    PutBack { kept: Box<Kept>, to_come: Vec<Kept> },
    /// The schema goes, if nothing stands in it.
    DropSchema(String),
}

/// A try that met a lock.
pub(super) struct Wait {
    pub(super) batch: BatchId,
    pub(super) file: FileId,
    pub(super) attempt: u32,
    pub(super) ms: u64,
    pub(super) failure: Failure,
    pub(super) blockers: Vec<String>,
}

/// What the end of a statement tells, beside its result.
pub(super) struct Ran {
    pub(super) result: StatementResult,
    /// An explicit transaction was lost with it.
    pub(super) lost: Option<Open>,
    /// The connection is gone: nothing more is known from here.
    pub(super) disconnected: bool,
}

/// Runs a statement to its end. `aborted` turns true when nobody wants it any more.
pub(super) async fn run(
    database: &Arc<dyn Database>,
    file: &mut FileSession,
    order: &Order,
    waits: mpsc::Sender<Wait>,
    mut aborted: watch::Receiver<bool>,
) -> Result<Ran, EngineError> {
    let mut attempt = 1;
    loop {
        let began = Instant::now();
        let (error, category) = match send(file, order).await {
            Ok(sent) => return done(file, order, sent, elapsed(began)).await,
            Err(error) => of_statement(error)?,
        };
        let gone = *aborted.borrow();
        let again = error.kind.is_transient() && file.carried.transaction.is_none() && attempt < ATTEMPTS && !gone;
        if !again {
            let mut ran = failed(file, order, error, elapsed(began), gone).await?;
            if let (Some(category), StatementResult::Failed { failure, .. }) = (category, &mut ran.result) {
                failure.category = category;
            }
            return Ok(ran);
        }
        let failure = failure_of(&error, Some(&order.statement));
        let blockers = blockers(database, order).await;
        // The receiver is the worker's; when it is gone there is nobody to tell.
        let ms = elapsed(began);
        let wait = Wait { batch: order.batch, file: order.file, attempt, ms, failure, blockers };
        if waits.send(wait).await.is_err() {
            return failed(file, order, error, elapsed(began), true).await;
        }
        tokio::select! {
            () = tokio::time::sleep(pause(attempt)) => {}
            // Nobody wants it any more: it is not sent again.
            () = turns_true(&mut aborted) => return failed(file, order, error, elapsed(began), true).await,
        }
        attempt += 1;
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

/// Who stands in the way, for people; not knowing it is no failure of the statement.
async fn blockers(database: &Arc<dyn Database>, order: &Order) -> Vec<String> {
    match super::blockers::of(database, &order.statement).await {
        Ok(found) => found,
        Err(error) => {
            tracing::debug!(%error, "cannot see who holds the lock");
            Vec::new()
        }
    }
}

/// An error of the database, or of keeping, in the words of a failure; `Err` for what is none of the statement's.
fn of_statement(error: EngineError) -> Result<(DbError, Option<Category>), EngineError> {
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
        error => Err(error),
    }
}

async fn done(file: &mut FileSession, order: &Order, sent: Sent, ms: u64) -> Result<Ran, EngineError> {
    let statement = &order.statement;
    // A rollback script that rolls something back has done so: none of its steps is to be done again.
    let takes_back = order.phase == Phase::Forward && statement.analysis.kind == StatementKind::Rollback;
    let lost = file.carried.transaction.filter(|_| takes_back);
    file.ran(statement);
    if file.staged && file.carried.transaction.is_none() {
        bring_home(&order.store, file.session.as_mut()).await?;
        file.staged = false;
    }
    let Sent { rows, warnings, kept } = sent;
    // The statement is done; where the connection is lost now, what comes next will meet it.
    let seen = unless_lost(file.changed_now(statement).await)?;
    let beside = unless_lost(file.changed_beside(statement).await)?;
    let fingerprint = database::fingerprint(&seen);
    let mut definitions = undo::journalled(&seen);
    definitions.extend(undo::journalled(&beside));
    let result = StatementResult::Done { rows, ms, warnings, fingerprint, definitions, kept };
    Ok(Ran { result, lost, disconnected: false })
}

fn unless_lost(seen: Result<Vec<Definition>, DbError>) -> Result<Vec<Definition>, DbError> {
    match seen {
        Err(error) if error.kind == ErrorKind::ConnectionLost => Ok(Vec::new()),
        seen => seen,
    }
}

async fn failed(
    file: &mut FileSession,
    order: &Order,
    error: DbError,
    ms: u64,
    aborted: bool,
) -> Result<Ran, EngineError> {
    let statement = &order.statement;
    let mut failure = failure_of(&error, Some(statement));
    if aborted {
        failure.category = Category::Aborted;
        failure.message = format!("stopped by an operator: {}", failure.message);
    }
    let open = file.carried.transaction;
    let place = file.carried.receipt(statement, file.session.kind());
    let aftermath = match error.kind {
        ErrorKind::ConnectionLost => Err(error),
        _ => aftermath(file, order, place).await,
    };
    match aftermath {
        Ok((effect, lost, why)) => {
            failure.hint = why.or(failure.hint);
            Ok(Ran { result: StatementResult::Failed { ms, failure, effect }, lost, disconnected: false })
        }
        // KILL shows itself as an interrupted statement on some servers, and as a broken connection only afterwards.
        Err(error) if error.kind == ErrorKind::ConnectionLost => {
            let result = StatementResult::Failed { ms, failure, effect: Effect::Unknown };
            Ok(Ran { result, lost: open, disconnected: true })
        }
        Err(error) => Err(error.into()),
    }
}

/// What a refused statement left, which transaction was lost with it, and why that is not known where it is not. One
/// that commits by itself does so before it fails: then the receipt written before it is there.
async fn aftermath(
    file: &mut FileSession,
    order: &Order,
    place: ReceiptPlace,
) -> Result<(Effect, Option<Open>, Option<String>), DbError> {
    let lost = file.give_up_transaction().await;
    file.give_up_locks().await;
    let effect = effect_of_failed(file, &order.statement).await?;
    let why = match effect {
        Effect::Unknown => file.lasting(std::slice::from_ref(&order.statement)).await?,
        _ => None,
    };
    if lost.is_none() || place != ReceiptPlace::Before {
        return Ok((effect, lost, why));
    }
    match order.receipt.is_there(&order.store, file.session.as_mut()).await {
        Ok(committed) => Ok((effect, lost.filter(|_| !committed), why)),
        Err(error) => match error.database() {
            Some(error) => Err(error.clone()),
            // Not the database's: nobody can say whether it was committed.
            None => Ok((effect, lost.map(Open::unsure), why)),
        },
    }
}

/// What a statement that the server refused may have left. A statement on transactional tables leaves nothing; the
/// definitions say whether a DDL did; what runs other code, or writes to tables without transactions, is not known.
async fn effect_of_failed(file: &mut FileSession, statement: &Statement) -> Result<Effect, DbError> {
    let kind = statement.analysis.kind;
    if file.session.kind() == ServerKind::Sqlite || kind.is_harmless() || kind.is_transaction_control() {
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
