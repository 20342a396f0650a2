//! Errors that end a worker. A failing file is no error here: it is an event.

use crate::database::DbError;
use crate::model::{BatchId, Refusal, Servers};
use crate::sql::SplitError;
use crate::store::StoreError;
use std::time::Duration;

/// Reason for which the engine stopped.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database refused or is gone. What was under way is found and decided by the next worker.
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another worker holds the lease by now: this one does nothing more.
    #[error("the lease was lost, so this worker stopped at once: {0}")]
    LeaseLost(#[source] StoreError),
    /// A failover, a clone or a restored copy: a person has to say that this server is the right one.
    #[error(
        "this is another server ({}) than the one that the journal was written on ({}): a failover, a clone, or a copy that \
         was restored; everything holds, and nothing was done", .0.found, .0.known
    )]
    OtherServer(Servers),
    /// A statement of an earlier worker will not leave the server.
    #[error(
        "a statement of an earlier worker is still running on the server{} after {} s",
        .connection.map(|c| format!(" (connection {c})")).unwrap_or_default(),
        .waited.as_secs()
    )]
    StillRunning { connection: Option<u64>, waited: Duration },
    /// A request cannot be decided on: a defect.
    #[error("internal error: deciding on it ended badly")]
    Panicked,
    /// A plan that may not become a batch here.
    #[error("{0}")]
    Inadmissible(String),
    /// Files were added since the plan was made: it might run some of them twice.
    #[error("{}", crate::model::STALE_PLAN)]
    StalePlan,
    #[error("batch {0} is not in the journal")]
    NoBatch(BatchId),
    #[error("the text of {path} is not in migration_sources")]
    NoText { path: String },
    #[error("{path}: {error}")]
    Text {
        path: String,
        #[source]
        error: SplitError,
    },
    /// A statement changed another number of rows than the file expects of it.
    #[error("it changed {rows} rows, and the file expects {expected} (`rows=`)")]
    UnexpectedRows { rows: u64, expected: crate::sql::RowRange },
    /// A step outside the database that cannot be taken, or taken back.
    #[error("{0}")]
    OwnStep(String),
    /// A defect: the task that ran a statement panicked. The statement is in doubt, as after a crash.
    #[error("internal error: a statement's task ended badly: {0}")]
    Task(#[source] tokio::task::JoinError),
    /// A defect: an input did not fit the world.
    #[error("internal error: {0}")]
    Refused(#[from] Refusal),
}

impl EngineError {
    /// The database's part in it.
    pub(crate) fn database(&self) -> Option<&DbError> {
        match self {
            EngineError::Database(error) => Some(error),
            EngineError::Store(error) => error.database(),
            _ => None,
        }
    }

    /// Hint what to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            EngineError::Database(error) => error.hint.clone(),
            EngineError::StillRunning { .. } => {
                Some("wait until it has ended (SHOW PROCESSLIST shows it), then run the command again".into())
            }
            EngineError::OtherServer(_) => Some(
                "look whether data and journal belong together (`caribou doctor`), then `caribou accept-server --reason \
                 '…'`"
                    .into(),
            ),
            EngineError::NoText { .. } => Some("plan the directory again with `caribou migrate`".into()),
            _ => None,
        }
    }
}
