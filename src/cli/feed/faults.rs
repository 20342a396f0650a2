//! Errors as the console is told of them: whether trying again helps.

use crate::console::{FeedError, FeedFault};
use crate::database::{DbError, ErrorKind};
use crate::engine::EngineError;
use crate::store::StoreError;

pub(super) fn from_store(error: StoreError) -> FeedError {
    match error {
        StoreError::Database(error) => from_database(error),
        error => FeedError::new(FeedFault::Hopeless, error.to_string()),
    }
}

pub(super) fn from_engine(error: EngineError) -> FeedError {
    match error {
        EngineError::Database(error) => from_database(error),
        EngineError::Store(error) => from_store(error),
        error => FeedError::new(FeedFault::Denied, error.to_string()),
    }
}

pub(super) fn from_database(error: DbError) -> FeedError {
    let fault = match error.kind {
        ErrorKind::Privilege | ErrorKind::ReadOnly => FeedFault::Denied,
        ErrorKind::Auth | ErrorKind::Unsupported | ErrorKind::Configuration => FeedFault::Hopeless,
        _ => FeedFault::Gone,
    };
    FeedError { fault, message: format!("could not {}: {}", error.doing, error.message), hint: error.hint }
}
