//! Sending of one statement: itself or what stands for it, with its receipt where there can be one, and with what
//! is kept of the rows that it changes, all in one transaction.

use super::file_session::{FileSession, READABLE};
use super::job::{JobMode, StatementJob};
use super::lock_retry::LockRetry;
use super::locks;
use super::session_state::ReceiptPlace;
use crate::database::{DbError, ErrorKind, ServerKind, Warning};
use crate::engine::EngineError;
use crate::engine::fault::{self, Point};
use crate::engine::in_doubt::barrier::PATIENCE;
use crate::engine::undo::broken_view;
use crate::kept::{self, Changed, Keep, LockedBy};
use crate::model::{Kept, KeptKind, Phase};
use crate::sql::{Statement, StatementKind, without_ours};
use crate::store::{Receipt, Store, StoreError};

/// Answer of the server to what was sent.
#[derive(Debug, Default)]
pub(crate) struct Executed {
    pub(crate) rows: u64,
    /// The first number that a counter gave to its rows; 0 where none did.
    number: u64,
    /// The server's warnings, which the next statement would wipe; or the rows that were not put back.
    pub(crate) warnings: Vec<String>,
    /// Kept data, counted.
    pub(crate) kept: Vec<Kept>,
}

/// Sends a statement once.
pub(crate) async fn send(file: &mut FileSession, job: &StatementJob) -> Result<Executed, EngineError> {
    if let JobMode::PutBack { kept, .. } = &job.mode
        && kept.kind.is_moved()
    {
        return put_back(file, job, kept, &[]).await;
    }
    match file.state.place(&job.statement, job.shares, file.session.kind()) {
        ReceiptPlace::Own => send_with_receipt(file, job).await,
        ReceiptPlace::Before => {
            job.receipt.write(&job.store, file.session.as_mut()).await?;
            fault::reach(Point::BeforeEnd);
            perform(file, job).await
        }
        ReceiptPlace::Opens => send_opening(file, job).await,
        ReceiptPlace::Closes => send_closing(file, job).await,
        ReceiptPlace::Shares => send_sharing(file, job).await,
        ReceiptPlace::Nowhere => perform(file, job).await,
    }
}

/// The first of a unit. A BEGIN would be one more statement between two of the file's, if the first one is a
/// definition, which commits: so every statement begins a transaction for a while.
async fn send_opening(file: &mut FileSession, job: &StatementJob) -> Result<Executed, EngineError> {
    match file.session.kind() {
        ServerKind::Sqlite => file.session.begin().await?,
        ServerKind::MariaDb | ServerKind::MySql => file.session.run("SET autocommit = 0").await.map(drop)?,
    }
    let sent = perform(file, job).await;
    if sent.is_err() {
        file.leave_unit().await;
    }
    sent
}

/// One whose transaction stays open behind it. The first one opens it, at once with the lock for writing: a transaction
/// that has read does not get that any more when another program has written.
async fn send_sharing(file: &mut FileSession, job: &StatementJob) -> Result<Executed, EngineError> {
    if file.state.transaction.is_some() {
        return perform(file, job).await;
    }
    file.session.run("BEGIN IMMEDIATE").await?;
    let sent = perform(file, job).await;
    match &sent {
        Ok(_) => file.state.share(job.statement.index),
        Err(_) => roll_back(file).await,
    }
    sent
}

/// Commits the transaction that statements share, with the receipt of the last of them. A reader may be in the way of
/// that, and is waited for: the transaction stays as it is meanwhile.
pub(crate) async fn commit_shared(file: &mut FileSession, store: &Store, receipt: &Receipt) -> Result<(), EngineError> {
    receipt.write(store, file.session.as_mut()).await?;
    fault::reach(Point::BeforeEnd);
    let retry = LockRetry::within(PATIENCE);
    while let Err(error) = file.session.commit().await {
        retry.wait_after(error.into()).await?;
    }
    file.state.transaction = None;
    Ok(())
}

/// The last of a unit, or of those that share a transaction: its receipt is that of all.
async fn send_closing(file: &mut FileSession, job: &StatementJob) -> Result<Executed, EngineError> {
    let sent = perform(file, job).await?;
    fault::reach(Point::BeforeReceipt);
    if file.state.transaction.is_some_and(|open| open.shared) {
        commit_shared(file, &job.store, &job.receipt).await?;
        return Ok(sent);
    }
    job.receipt.write(&job.store, file.session.as_mut()).await?;
    fault::reach(Point::BeforeEnd);
    file.session.commit().await?;
    if file.session.kind() != ServerKind::Sqlite {
        file.session.run("SET autocommit = 1").await?;
    }
    Ok(sent)
}

async fn send_with_receipt(file: &mut FileSession, job: &StatementJob) -> Result<Executed, EngineError> {
    file.session.begin().await?;
    let ended = perform_and_commit(file, job).await;
    if ended.is_err() {
        roll_back(file).await;
    }
    ended
}

/// SQLite keeps the transaction of a COMMIT that met a lock or had no room on the disk: with the receipt in it, it would
/// keep the journal from being written.
async fn roll_back(file: &mut FileSession) {
    if let Err(rollback) = file.session.rollback().await {
        tracing::debug!(error = %rollback, "the transaction ended by itself");
    }
}

async fn perform_and_commit(file: &mut FileSession, job: &StatementJob) -> Result<Executed, EngineError> {
    let sent = perform(file, job).await?;
    fault::reach(Point::BeforeReceipt);
    job.receipt.write(&job.store, file.session.as_mut()).await?;
    fault::reach(Point::BeforeEnd);
    file.session.commit().await?;
    Ok(sent)
}

async fn perform(file: &mut FileSession, job: &StatementJob) -> Result<Executed, EngineError> {
    match &job.mode {
        JobMode::PutBack { kept, to_come } => put_back(file, job, kept, to_come).await,
        JobMode::DropSchema(schema) => {
            fault::during(kept::drop_empty(file.session.as_mut(), schema)).await?;
            Ok(Executed::default())
        }
        JobMode::Own(own) => {
            fault::during(own.take()).await?;
            Ok(Executed::default())
        }
        JobMode::Restore(changes) => {
            fault::during(kept::restore(file.session.as_mut(), changes)).await?;
            Ok(Executed::default())
        }
        JobMode::Run(keeps) => {
            copy_ahead(file, job).await?;
            let sent = match keeps.is_empty() {
                true => run_plain(file, job).await?,
                false => run_keeping(file, job, keeps.clone()).await?,
            };
            note_deferred(file, job).await?;
            Ok(sent)
        }
    }
}

async fn run_plain(file: &mut FileSession, job: &StatementJob) -> Result<Executed, EngineError> {
    let longer = match job.statement.analysis.kind {
        StatementKind::LockTables => {
            locks::naming(&job.statement.sql, file.session.kind().dialect(), &file.lock_beside)
        }
        _ => None,
    };
    let sql = longer.as_ref().unwrap_or(&job.statement.sql);
    file.before_preparing(&job.statement).await?;
    let before = if job.counts_changes { Some(total_changes(file).await?) } else { None };
    let sql = &match before.filter(|_| !job.statement.analysis.kind.is_ddl()) {
        Some(before) => without_ours(sql, before - file.changes),
        None => sql.clone(),
    };
    let outcome = match fault::during(file.session.run(sql)).await {
        Err(refused) if job.phase == Phase::Undo && broken_view::is_one(sql) => {
            broken_view::make(file.session.as_mut(), sql, refused).await?
        }
        ran => ran?,
    };
    if let Some(before) = before {
        file.changes += total_changes(file).await? - before;
    }
    let rows = outcome.rows_affected;
    if let Some(expected) = job.statement.rows.filter(|expected| !expected.holds(rows)) {
        return Err(EngineError::UnexpectedRows { rows, expected });
    }
    if may_change_the_character_set(&job.statement) {
        file.session.run(READABLE).await?;
    }
    // What the script asks next is told of this statement, and not of our question; after RELEASE nobody answers.
    let flags = job.statement.analysis.flags;
    let warnings = match flags.asked || flags.releases {
        true => Vec::new(),
        false => file.session.warnings().await?.into_iter().map(describe).collect(),
    };
    Ok(Executed { rows, number: outcome.last_number, warnings, kept: Vec::new() })
}

/// All that the session has changed since it was opened, by whomever.
async fn total_changes(file: &mut FileSession) -> Result<i64, EngineError> {
    let rows = file.session.query("SELECT total_changes()", &[]).await?;
    Ok(rows.first().map_or(0, |row| row.get_i64(0)))
}

fn may_change_the_character_set(statement: &Statement) -> bool {
    let (kind, flags) = (statement.analysis.kind, statement.analysis.flags);
    let upper = || statement.plain().to_ascii_uppercase();
    kind == StatementKind::Set && !flags.asked && ["NAMES", "CHARSET", "CHARACTER"].iter().any(|w| upper().contains(w))
}

fn describe(warning: Warning) -> String {
    format!("{} {}: {}", warning.level, warning.code, warning.message)
}

async fn run_keeping(
    file: &mut FileSession,
    job: &StatementJob,
    mut keeps: Vec<Keep>,
) -> Result<Executed, EngineError> {
    if let Some(statements) = kept::substitute(&job.store, &keeps)? {
        run_substitutes(file, job, &keeps, &statements).await?;
        return Ok(Executed { kept: keeps.into_iter().map(|keep| keep.kept).collect(), ..Executed::default() });
    }
    if file.session.kind() == ServerKind::Sqlite {
        kept::prepare(&job.store, file.session.as_mut(), &keeps).await?;
        file.staged = true;
    }
    if keeps.iter().any(|keep| keep.locked_by == Some(LockedBy::Script)) {
        // What a try before this one copied.
        kept::empty(&job.store, file.session.as_mut(), &keeps).await?;
    }
    // What others wrote between the copy and a statement that commits by itself would be lost.
    let locked = kept::lock(&job.store, file.session.as_mut(), &job.statement, &keeps).await;
    if !or_keep_nothing(file, job, &mut keeps, locked).await? {
        return run_plain(file, job).await;
    }
    let looked_at = keeps.clone();
    let ran = run_between_copies(file, job, &mut keeps).await;
    let unlocked = kept::unlock(file.session.as_mut(), &looked_at).await;
    let sent = ran?;
    unlocked?;
    Ok(Executed { kept: keeps.into_iter().map(|keep| keep.kept).collect(), ..sent })
}

async fn run_between_copies(
    file: &mut FileSession,
    job: &StatementJob,
    keeps: &mut Vec<Keep>,
) -> Result<Executed, EngineError> {
    if !file.copied.remove(&job.statement.index) {
        let copied = kept::before(&job.store, file.session.as_mut(), keeps).await;
        or_keep_nothing(file, job, keeps, copied).await?;
    }
    let sent = match run_plain(file, job).await {
        Err(error) => return failed_under_locks(file, job, keeps, error).await,
        sent => sent?,
    };
    let changed = Changed { rows: sent.rows, number: sent.number };
    if job.statement.analysis.flags.asked {
        file.deferred_notes.push((keeps.clone(), changed));
    } else if !keeps.is_empty() {
        let noted = kept::after(&job.store, file.session.as_mut(), keeps, changed).await;
        or_keep_nothing(file, job, keeps, noted).await?;
    }
    Ok(sent)
}

/// Takes back what a statement that failed left in tables without transactions. One that needs a table which the locks
/// around it do not name has not begun: it runs again without them, and nothing is kept.
async fn failed_under_locks(
    file: &mut FileSession,
    job: &StatementJob,
    keeps: &mut Vec<Keep>,
    error: EngineError,
) -> Result<Executed, EngineError> {
    let Some(by) = keeps.first().and_then(|keep| keep.locked_by) else { return Err(error) };
    if is_not_locked(error.database()) && by == LockedBy::Us && job.lenient {
        kept::unlock(file.session.as_mut(), keeps).await?;
        keeps.clear();
        return run_plain(file, job).await;
    }
    let is_lost = error.database().is_some_and(|error| error.kind == ErrorKind::ConnectionLost);
    file.taken_back = !is_lost && kept::take_back(&job.store, file.session.as_mut(), keeps).await?;
    Err(error)
}

/// True if a table is not among those that are locked (1099, 1100), or the server does not lock them together (1785).
fn is_not_locked(error: Option<&DbError>) -> bool {
    error.and_then(|error| error.code.as_deref()).is_some_and(|code| matches!(code, "1099" | "1100" | "1785"))
}

/// Tells whether something is kept. Where that cannot be, and the statement runs all the same, nothing is.
async fn or_keep_nothing(
    file: &mut FileSession,
    job: &StatementJob,
    keeps: &mut Vec<Keep>,
    done: Result<(), StoreError>,
) -> Result<bool, EngineError> {
    let done = match done {
        Err(error) if is_not_locked(error.database()) => Err(StoreError::cannot_keep(error.to_string())),
        done => done,
    };
    match done {
        Err(StoreError::CannotKeep { reason }) if job.lenient => {
            tracing::warn!(statement = job.statement.index + 1, %reason, "nothing is kept");
            kept::empty(&job.store, file.session.as_mut(), keeps).await?;
            keeps.clear();
            Ok(false)
        }
        done => Ok(done.map(|()| true)?),
    }
}

/// Copies ahead: where statements behind this one ask what those before them did, what is to be kept for them is copied
/// now: there is no other place for it. Their tables are others than those that change until then.
async fn copy_ahead(file: &mut FileSession, job: &StatementJob) -> Result<(), EngineError> {
    let statement = &job.statement;
    if !statement.analysis.flags.asked || file.asked {
        return Ok(());
    }
    for index in statement.index + 1..=job.asked_until {
        let Some(Ok(mut keeps)) = file.planned.remove(&index) else { continue };
        let copied = kept::before(&job.store, file.session.as_mut(), &mut keeps).await;
        or_keep_nothing(file, job, &mut keeps, copied).await?;
        file.planned.insert(index, Ok(keeps));
        file.copied.insert(index);
    }
    Ok(())
}

/// Notes what was put off until the script had asked.
async fn note_deferred(file: &mut FileSession, job: &StatementJob) -> Result<(), EngineError> {
    if job.statement.analysis.flags.asked {
        return Ok(());
    }
    for (mut keeps, changed) in std::mem::take(&mut file.deferred_notes) {
        let noted = kept::after(&job.store, file.session.as_mut(), &mut keeps, changed).await;
        or_keep_nothing(file, job, &mut keeps, noted).await?;
    }
    Ok(())
}

/// Runs what stands for a statement that drops or empties tables: all of it, or none.
async fn run_substitutes(
    file: &mut FileSession,
    job: &StatementJob,
    keeps: &[Keep],
    statements: &[String],
) -> Result<(), EngineError> {
    for sql in statements {
        let Err(error) = fault::during(file.session.run(sql)).await else { continue };
        // Before the rename nothing has moved, but a foreign key or a trigger may be off its table.
        if error.kind != ErrorKind::ConnectionLost {
            for keep in keeps.iter().filter(|keep| keep.kept.kind == KeptKind::TableMoved) {
                kept::put_back(&job.store, file.session.as_mut(), &keep.kept).await?;
            }
        }
        return Err(error.into());
    }
    Ok(())
}

async fn put_back(
    file: &mut FileSession,
    job: &StatementJob,
    kept: &Kept,
    to_come: &[Kept],
) -> Result<Executed, EngineError> {
    let back = kept::put_back_before(&job.store, file.session.as_mut(), kept, to_come);
    let done = fault::during(back).await?;
    let warnings = done.skipped.iter().map(ToString::to_string).collect();
    Ok(Executed { rows: done.restored, warnings, ..Executed::default() })
}
