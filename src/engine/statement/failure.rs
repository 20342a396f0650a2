//! Errors of the database in the words of the journal.

use crate::database::DbError;
use crate::model::{Category, Failure};
use crate::sql::{SplitError, Statement};

/// The failure that is journalled for an error, at a statement where there is one.
pub(crate) fn failure_of(error: &DbError, statement: Option<&Statement>) -> Failure {
    let mut failure = Failure::new(error.kind.category(), error.message.clone());
    failure.code.clone_from(&error.code);
    failure.hint.clone_from(&error.hint);
    match statement {
        Some(s) => failure.at(s.index, s.line),
        None => failure,
    }
}

/// A text that cannot be split, as a failure of its file.
pub(crate) fn text_failure(error: &SplitError) -> Failure {
    Failure::new(Category::Syntax, error.to_string())
}
