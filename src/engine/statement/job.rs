//! One execution of a statement: what is to be done, and what came of it.

use super::own::OwnJob;
use super::session_state::OpenTransaction;
use crate::check::Tried;
use crate::kept::Keep;
use crate::model::{BatchId, Failure, FileId, Kept, Phase, Restore, StatementResult};
use crate::sql::Statement;
use crate::store::{Receipt, Store};

/// Leave to go on with a file, or the failure with which it goes to `failed`; nothing has been touched.
pub(crate) type Permission = Result<(), Failure>;

/// Plan of what is to be kept for a statement, or why it cannot be and the statement must not run.
pub(crate) type KeepPlan = Result<Vec<Keep>, Failure>;

/// A statement to run.
#[derive(Debug)]
pub(crate) struct StatementJob {
    pub(crate) batch: BatchId,
    pub(crate) file: FileId,
    pub(crate) phase: Phase,
    pub(crate) statement: Statement,
    pub(crate) mode: JobMode,
    /// Its transaction stays open behind it (`sharing`).
    pub(crate) shares: bool,
    /// The script asks what its session has changed so far (SQLite).
    pub(crate) counts_changes: bool,
    /// True if it runs also where what it destroys cannot be kept after all.
    pub(crate) lenient: bool,
    /// The last statement before which nothing of ours may run, since it asks about this one; itself where none does.
    pub(crate) asked_until: u32,
    /// Proof that the statement, or the transaction that it ends, was committed.
    pub(crate) receipt: Receipt,
    pub(crate) store: Store,
}

/// Mode of a job: what is done for the statement.
#[derive(Debug)]
pub(crate) enum JobMode {
    /// The statement runs, and these are kept of what it destroys.
    Run(Vec<Keep>),
    /// Kept data is put back, and these behind it.
    PutBack { kept: Box<Kept>, to_come: Vec<Kept> },
    /// The schema goes, if nothing stands in it.
    DropSchema(String),
    /// The handler of the file takes a step of its own, or takes it back.
    Own(Box<OwnJob>),
    /// The schema of SQLite gets back what a statement changed in it.
    Restore(Box<Restore>),
}

/// A try that met a lock.
pub(crate) struct LockWait {
    pub(crate) batch: BatchId,
    pub(crate) file: FileId,
    pub(crate) attempt: u32,
    pub(crate) ms: u64,
    pub(crate) failure: Failure,
    pub(crate) blockers: Vec<String>,
}

/// Outcome of a job: the result of the statement, and what went with it.
pub(crate) struct StatementOutcome {
    pub(crate) result: StatementResult,
    /// An explicit transaction was lost with it.
    pub(crate) lost: Option<OpenTransaction>,
    /// The connection is gone: nothing more is known from here.
    pub(crate) disconnected: bool,
    /// Tries before this end that met a lock.
    pub(crate) tries: Vec<Tried>,
    /// Rows that it changed, where they are others than the file expects.
    pub(crate) unexpected: Option<u64>,
}
