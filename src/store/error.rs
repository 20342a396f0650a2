//! Errors of the store: what was attempted, what happened, what to do.

use crate::database::DbError;
use crate::sql::QuoteError;

const INSTALL: &str = "run `caribou schema install`";
const COMPLETE: &str = "run `caribou schema install`, which adds what is missing and changes nothing";
const NEWER: &str = "use the newer Caribou that installed it";
const TAKE_AGAIN: &str = "nothing of this was written, stop and take the lease again";
const OPEN_AGAIN: &str = "open it again";
const RESTORE_ROW: &str = "run `caribou doctor`, and restore the row if it was changed by hand";
const RAISE: &str = "raise its max_allowed_packet, or divide the file";
const RESTORE_TEXT: &str = "somebody changed it by hand: restore it";
const SHORTEN: &str = "shorten it";
const MEND: &str = "mend that and order the undo again";
const MOVE_AWAY: &str = "move that away and order the undo again";

/// Error of the orchestration or ephemeral schema. The text ends with the [hint](StoreError::hint), where there is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There are no orchestration tables.
    #[error("there is no orchestration schema {schema}; {INSTALL}")]
    SchemaAbsent { schema: String },
    /// Untouched legacy tables: they can be read, not driven.
    #[error("the orchestration schema {schema} has the tables of version 4.0.25 only; {COMPLETE}")]
    SchemaLegacy { schema: String },
    /// Tables of an earlier Caribou.
    #[error("the orchestration schema {schema} has version {version}, and this Caribou works with {ours}; {INSTALL}")]
    SchemaOlder { schema: String, version: u32, ours: u32 },
    /// Tables of a later Caribou.
    #[error("the orchestration schema {schema} has version {version}, and this Caribou knows up to {ours}; {NEWER}")]
    SchemaNewer { schema: String, version: u32, ours: u32 },
    /// Another worker has taken the lease: nothing was written.
    #[error(
        "the lease was lost: token {ours} is no longer the current one{}; {TAKE_AGAIN}", .current.as_ref().map(|c| format!(" ({c})")).unwrap_or_default()
    )]
    LeaseLost { ours: i64, current: Option<String> },
    /// The journal could not commit before, or events were appended to a batch that it has not loaded.
    #[error("the journal cannot be used any more: {why}; {OPEN_AGAIN}")]
    Poisoned { why: String },
    /// A table holds what it may not hold.
    #[error("{place} cannot be read: {what}; {RESTORE_ROW}")]
    Corrupt { place: String, what: String },
    /// A value larger than the server takes in one packet.
    #[error("{what} has {bytes} bytes, and the server takes {most} in one packet; {RAISE}")]
    TooLarge { what: String, bytes: u64, most: u64 },
    /// A file's text that is not the one of its checksum.
    #[error("the text of {path} in migration_sources is not the one of its checksum; {RESTORE_TEXT}")]
    Altered { path: String },
    /// A request is longer than is taken.
    #[error("{what} has {has} {unit}, and at most {most} are taken; {SHORTEN}")]
    TooLong { what: String, has: usize, most: usize, unit: &'static str },
    /// Data that a statement destroys cannot be kept, or not within the budget. Nothing of the statement has run.
    #[error("what the statement destroys cannot be kept: {reason}")]
    CannotKeep { reason: String },
    /// A column cannot be parked, as the file wants it. Nothing of the statement has run.
    #[error("{reason}")]
    CannotPark { reason: String },
    /// Kept data cannot be put back. It stays kept.
    #[error("what was kept in {place} cannot be put back: {reason}; {MEND}")]
    CannotPutBack { place: String, reason: String },
    /// Objects of SQLite cannot be brought back as they were written. Nothing of it was committed.
    #[error("the schema cannot be restored: {reason}; {MEND}")]
    CannotRestore { reason: String },
    /// A schema that a file made, in which by now something stands that the file did not make.
    #[error("the schema {schema} is not dropped, because it holds {holds}; {MOVE_AWAY}")]
    CannotDrop { schema: String, holds: String },
    /// A setting that there is not, or that does not take this value.
    #[error("{what}; {remedy}")]
    Setting { what: String, remedy: String },
    /// The name of a schema that cannot be written.
    #[error(transparent)]
    Name(#[from] QuoteError),
    /// The database said no.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl StoreError {
    /// A row or payload that cannot be understood.
    pub(crate) fn corrupt(place: impl Into<String>, what: impl ToString) -> Self {
        Self::Corrupt { place: place.into(), what: what.to_string() }
    }

    pub(crate) fn cannot_keep(reason: impl Into<String>) -> Self {
        Self::CannotKeep { reason: reason.into() }
    }

    pub(crate) fn cannot_put_back(place: &str, reason: impl Into<String>) -> Self {
        Self::CannotPutBack { place: place.to_owned(), reason: reason.into() }
    }

    pub(crate) fn cannot_restore(reason: impl Into<String>) -> Self {
        Self::CannotRestore { reason: reason.into() }
    }

    /// True if the lease has moved on.
    pub fn is_lease_lost(&self) -> bool {
        matches!(self, Self::LeaseLost { .. })
    }

    /// The advice that the text ends with, behind "; ".
    pub fn hint(&self) -> Option<&str> {
        Some(match self {
            Self::SchemaAbsent { .. } | Self::SchemaOlder { .. } => INSTALL,
            Self::SchemaLegacy { .. } => COMPLETE,
            Self::SchemaNewer { .. } => NEWER,
            Self::LeaseLost { .. } => TAKE_AGAIN,
            Self::Poisoned { .. } => OPEN_AGAIN,
            Self::Corrupt { .. } => RESTORE_ROW,
            Self::TooLarge { .. } => RAISE,
            Self::Altered { .. } => RESTORE_TEXT,
            Self::TooLong { .. } => SHORTEN,
            Self::CannotPutBack { .. } | Self::CannotRestore { .. } => MEND,
            Self::CannotDrop { .. } => MOVE_AWAY,
            Self::Setting { remedy, .. } => remedy,
            Self::CannotKeep { .. } | Self::CannotPark { .. } | Self::Name(_) | Self::Database(_) => return None,
        })
    }

    /// The database's error, where it was one.
    pub fn database(&self) -> Option<&DbError> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

/// Result of the store's functions.
pub type Result<T> = std::result::Result<T, StoreError>;
