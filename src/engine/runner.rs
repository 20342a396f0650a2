//! One statement: sent as it stands, with a receipt where that can be, tried again while others hold its locks.

use super::file_session::{FileSession, changed};
use super::trouble::failure_of;
use super::{EngineError, turns_true};
use crate::database::{Database, DbError, ErrorKind, Outcome, ServerKind, Value, Warning};
use crate::model::{BatchId, Category, Effect, Failure, FileId, Phase, StatementResult};
use crate::sql::{Statement, StatementKind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// How often a statement is tried while it meets somebody's lock, before it fails.
const ATTEMPTS: u32 = 12;
/// The first pause between two tries; it doubles up to [`LONGEST_PAUSE`], with jitter, and lets traffic through.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// A statement to run.
pub(super) struct Order {
    pub(super) batch: BatchId,
    pub(super) file: FileId,
    pub(super) phase: Phase,
    pub(super) statement: Statement,
    /// The insert that proves that the statement was committed, with its values.
    pub(super) receipt: (String, Vec<Value>),
}

/// A try that met a lock.
pub(super) struct Wait {
    pub(super) attempt: u32,
    pub(super) ms: u64,
    pub(super) failure: Failure,
    pub(super) blockers: Vec<String>,
}

/// What the end of a statement tells, beside its result.
pub(super) struct Ran {
    pub(super) result: StatementResult,
    /// An explicit transaction was lost with it, that began at this statement.
    pub(super) lost_from: Option<u32>,
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
        let error = match send(file, order).await {
            Ok((outcome, warnings)) => return done(file, order, outcome, warnings, elapsed(began)).await,
            Err(error) => error,
        };
        let gone = *aborted.borrow();
        let again = error.kind.is_transient() && file.transaction.is_none() && attempt < ATTEMPTS && !gone;
        if !again {
            return failed(file, order, error, elapsed(began), gone).await;
        }
        let failure = failure_of(&error, Some(&order.statement));
        let blockers = blockers(database, order).await;
        // The receiver lives as long as this call; when it is gone there is nobody to tell.
        if waits.send(Wait { attempt, ms: elapsed(began), failure, blockers }).await.is_err() {
            return failed(file, order, error, elapsed(began), true).await;
        }
        tokio::select! {
            () = tokio::time::sleep(pause(attempt)) => {}
            () = turns_true(&mut aborted) => {}
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

/// Whether a receipt can go into one transaction with the statement.
fn takes_receipt(file: &FileSession, statement: &Statement) -> bool {
    let kind = statement.analysis.kind;
    let transactional = match file.session.kind() {
        ServerKind::Sqlite => kind.is_ddl() || kind.is_dml(),
        ServerKind::MariaDb | ServerKind::MySql => kind.is_dml(),
    };
    transactional && file.transaction.is_none() && !statement.analysis.implicit_commit(file.session.kind().dialect())
}

/// What the server did, and its warnings, which the next statement would wipe.
type Sent = (Outcome, Vec<Warning>);

async fn send(file: &mut FileSession, order: &Order) -> Result<Sent, DbError> {
    let statement = &order.statement;
    let (receipt, values) = &order.receipt;
    if takes_receipt(file, statement) {
        file.session.begin().await?;
        let ran = async {
            let outcome = file.session.run(&statement.sql).await?;
            let warnings = file.session.warnings().await?;
            file.session.execute(receipt, values).await?;
            Ok::<_, DbError>((outcome, warnings))
        };
        return match ran.await {
            Ok(sent) => file.session.commit().await.map(|()| sent),
            Err(error) => {
                if let Err(rollback) = file.session.rollback().await {
                    tracing::debug!(error = %rollback, "the transaction ended by itself");
                }
                Err(error)
            }
        };
    }
    // An explicit transaction of the file is one unit: its receipt goes in before its COMMIT.
    if statement.analysis.kind == StatementKind::Commit && file.transaction.is_some() {
        file.session.execute(receipt, values).await?;
    }
    let outcome = file.session.run(&statement.sql).await?;
    Ok((outcome, file.session.warnings().await?))
}

async fn done(
    file: &mut FileSession,
    order: &Order,
    outcome: Outcome,
    warnings: Vec<Warning>,
    ms: u64,
) -> Result<Ran, EngineError> {
    let statement = &order.statement;
    let lost_from = file.transaction.filter(|_| statement.analysis.kind == StatementKind::Rollback);
    file.ran(statement);
    let warnings = warnings.into_iter().map(|w| format!("{} {}: {}", w.level, w.code, w.message)).collect();
    let fingerprint = file.fingerprint_now(statement).await?;
    let result = StatementResult::Done { rows: outcome.rows_affected, ms, warnings, fingerprint };
    Ok(Ran { result, lost_from, disconnected: false })
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
    if error.kind == ErrorKind::ConnectionLost {
        let result = StatementResult::Failed { ms, failure, effect: Effect::Unknown };
        return Ok(Ran { result, lost_from: file.transaction.take(), disconnected: true });
    }
    let lost_from = file.give_up_transaction().await;
    let effect = effect_of_failed(file, statement).await?;
    Ok(Ran { result: StatementResult::Failed { ms, failure, effect }, lost_from, disconnected: false })
}

/// What a statement that the server refused may have left. A statement on transactional tables leaves nothing; the
/// definitions say whether a DDL did; what runs other code, or writes to tables without transactions, is not known.
async fn effect_of_failed(file: &mut FileSession, statement: &Statement) -> Result<Effect, DbError> {
    let kind = statement.analysis.kind;
    if file.session.kind() == ServerKind::Sqlite || kind.is_harmless() || kind.is_transaction_control() {
        return Ok(Effect::None);
    }
    if kind.is_dml() {
        let written = written_tables(statement);
        let tables = file.session.inspect(&written).await?;
        let safe = tables.iter().all(|t| t.text.as_deref().is_none_or(|text| text.contains("ENGINE=InnoDB")));
        return Ok(if safe { Effect::None } else { Effect::Unknown });
    }
    if kind.is_ddl() && !changed(statement).is_empty() {
        let before = file.fingerprint(statement).await?;
        let now = file.fingerprint_now(statement).await?;
        return Ok(if before == now { Effect::None } else { Effect::Unknown });
    }
    Ok(if kind.is_opaque() { Effect::Unknown } else { Effect::None })
}

/// The tables whose rows a statement writes.
pub(super) fn written_tables(statement: &Statement) -> Vec<crate::sql::ObjectName> {
    statement.analysis.touches.iter().filter(|t| t.how.changes()).map(|t| t.object.clone()).collect()
}
