//! Errors of the database in the words of the journal.

use crate::database::{DbError, ErrorKind};
use crate::model::{Category, Failure};
use crate::sql::Statement;

/// The category of `5-validation` for an error of the database.
pub(super) fn category(kind: ErrorKind) -> Category {
    match kind {
        ErrorKind::Syntax => Category::Syntax,
        ErrorKind::MissingObject => Category::MissingObject,
        ErrorKind::DuplicateObject => Category::DuplicateObject,
        ErrorKind::Constraint => Category::Constraint,
        ErrorKind::LockWait => Category::LockWait,
        ErrorKind::Deadlock => Category::Deadlock,
        ErrorKind::ConnectionLost => Category::ConnectionLost,
        ErrorKind::Timeout => Category::Timeout,
        ErrorKind::Disk => Category::Disk,
        ErrorKind::Privilege | ErrorKind::Auth | ErrorKind::ReadOnly => Category::Privilege,
        _ => Category::Internal,
    }
}

/// The failure that is journalled for an error, at a statement where there is one.
pub(super) fn failure_of(error: &DbError, statement: Option<&Statement>) -> Failure {
    let mut failure = Failure::new(category(error.kind), error.message.clone());
    failure.code.clone_from(&error.code);
    failure.hint.clone_from(&error.hint);
    match statement {
        Some(s) => failure.at(s.index, s.line),
        None => failure,
    }
}
