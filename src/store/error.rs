//! Errors of the store: what was attempted, what happened, what to do.

use crate::database::DbError;
use crate::sql::QuoteError;

/// What went wrong in the orchestration or ephemeral schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There are no orchestration tables.
    #[error("there is no orchestration schema {schema}; run `caribou schema install`")]
    SchemaAbsent { schema: String },
    /// Untouched tables of the founding system: they can be read, not driven.
    #[error(
        "the orchestration schema {schema} has the tables of version 4.0.25 only; run `caribou schema install`, which \
         adds what is missing and changes nothing"
    )]
    SchemaLegacy { schema: String },
    /// Tables of an earlier Caribou.
    #[error(
        "the orchestration schema {schema} has version {version}, and this Caribou works with {ours}; run `caribou \
         schema install`"
    )]
    SchemaOlder { schema: String, version: u32, ours: u32 },
    /// Tables of a later Caribou.
    #[error(
        "the orchestration schema {schema} has version {version}, and this Caribou knows up to {ours}; use the newer \
         Caribou that installed it"
    )]
    SchemaNewer { schema: String, version: u32, ours: u32 },
    /// Another worker has taken the lease: nothing was written.
    #[error(
        "the lease was lost: token {ours} is no longer the current one{}; nothing of this was written, stop and take \
         the lease again", .current.as_ref().map(|c| format!(" ({c})")).unwrap_or_default()
    )]
    LeaseLost { ours: i64, current: Option<String> },
    /// The journal could not commit before, or events were appended to a batch that it has not loaded.
    #[error("the journal cannot be used any more: {why}; open it again")]
    Poisoned { why: String },
    /// What stands in a table is not what may stand there.
    #[error("{place} cannot be read: {what}; run `caribou doctor`, and restore the row if it was changed by hand")]
    Corrupt { place: String, what: String },
    /// A value larger than the server takes in one packet.
    #[error(
        "{what} has {bytes} bytes, and the server takes {most} in one packet; raise its max_allowed_packet, or divide \
         the file"
    )]
    TooLarge { what: String, bytes: u64, most: u64 },
    /// Data that a statement destroys cannot be kept, or not within the budget. Nothing of the statement has run.
    #[error("what the statement destroys cannot be kept: {reason}")]
    CannotKeep { reason: String },
    /// A column cannot be parked, as the file wants it. Nothing of the statement has run.
    #[error("{reason}")]
    CannotPark { reason: String },
    /// What was kept cannot be put back. It stays kept.
    #[error("what was kept in {place} cannot be put back: {reason}; mend that and order the undo again")]
    CannotPutBack { place: String, reason: String },
    /// A schema that a file made, in which by now something stands that the file did not make.
    #[error("the schema {schema} is not dropped, because it holds {holds}; move that away and order the undo again")]
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
    pub(super) fn corrupt(place: impl Into<String>, what: impl ToString) -> Self {
        Self::Corrupt { place: place.into(), what: what.to_string() }
    }

    pub(super) fn cannot_keep(reason: impl Into<String>) -> Self {
        Self::CannotKeep { reason: reason.into() }
    }

    pub(super) fn cannot_put_back(place: &str, reason: impl Into<String>) -> Self {
        Self::CannotPutBack { place: place.to_owned(), reason: reason.into() }
    }

    /// Whether the lease has moved on.
    pub fn is_lease_lost(&self) -> bool {
        matches!(self, Self::LeaseLost { .. })
    }

    /// The database's error, where it was one.
    pub fn database(&self) -> Option<&DbError> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

/// What the store's functions give back.
pub type Result<T> = std::result::Result<T, StoreError>;
