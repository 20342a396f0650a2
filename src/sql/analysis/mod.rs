//! Analysis of a statement: what it is and what it touches.

mod alter_table;
mod create;
mod cursor;
mod define;
mod parser;
mod query;
mod rows;
mod types;
mod verbs;

pub use types::{Analysis, Flags};

use super::{Dialect, ObjectName};
pub(crate) use cursor::Cursor;
pub(super) use cursor::unquote;
use parser::Parser;

/// Analyses one statement, as [`super::split`] yields it.
///
/// A text that holds more than one statement, or that cannot be cut into tokens, is
/// [`StatementKind::Unknown`].
pub fn analyse(sql: &str, dialect: Dialect) -> Analysis {
    let mut parser = Parser::new(sql, dialect);
    let understood = parser.statement();
    parser.finish(understood.is_some())
}

/// The tables to which a statement gives another name, and these names; some words too many where none is given.
pub(crate) fn aliased(sql: &str, dialect: Dialect) -> Vec<(ObjectName, String)> {
    let mut parser = Parser::new(sql, dialect);
    parser.statement();
    parser.aliased.into_iter().filter_map(|one| Some((one.object, one.alias?))).collect()
}
