//! Statements that bring objects back to the definitions they had before a statement changed them.
//!
//! Pure: the definitions are those that the server gave before and after (docs/design/undo.md, Four ways back). The text of the
//! forward statement is not looked at, only what its analysis says about names: a rename is a rename, and never a column
//! dropped and another added. What is not certain is [`NoInverse`]; whether the definitions are equal in the end, a
//! fingerprint tells.

mod alter;
pub(super) mod column;
mod columns;
mod complete;
mod constraints;
mod create;
mod keys;
pub(super) mod lossless;
mod options;
mod park;
mod rename;
mod server;
pub(super) mod sqlite;
pub(crate) mod table;
pub(super) mod text;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use lossless::type_keeps_values;
pub use park::park;
pub(crate) use sqlite::{holds_values, stored_columns};
pub use types::{Change, Inverse, Lost, NoInverse};

use crate::sql::{Analysis, Dialect, ObjectName, StatementKind};

/// The statements that make objects from their definitions where none of them is: tables first, foreign keys to those
/// that come later at the end, then views each after those that it names, then programs.
pub fn made_again(objects: &[(&ObjectName, &str)], dialect: Dialect) -> Result<Vec<String>, NoInverse> {
    match dialect {
        Dialect::MySql | Dialect::MariaDb => server::from_definitions(objects, dialect),
        Dialect::Sqlite => sqlite::from_definitions(objects),
    }
}

/// True if a definition that was asked for as a table's is a view's.
pub fn is_view(text: &str, dialect: Dialect) -> Result<bool, NoInverse> {
    create::is_view(text, dialect)
}

/// The statement that drops an object of MySQL or MariaDB.
pub fn dropped(object: &ObjectName, dialect: Dialect) -> Result<String, NoInverse> {
    create::drop(object, object.kind, dialect)
}

/// The statements that make views of MySQL and MariaDB from their definitions, each after those that it names; with each,
/// whether another of its name stands.
pub fn replaced(views: &[(&ObjectName, &str, bool)], dialect: Dialect) -> Result<Vec<String>, NoInverse> {
    server::replaced(views, dialect)
}

/// Derives the statements that undo a statement which changed definitions.
///
/// `changes` holds every object whose definition the statement may have changed. A statement that changed nothing has an
/// inverse without statements.
pub fn inverse(analysis: &Analysis, changes: &[Change<'_>], dialect: Dialect) -> Result<Inverse, NoInverse> {
    if analysis.is_temporary() {
        // Gone with its session.
        return Ok(Inverse::default());
    }
    if analysis.flags.partial {
        return Err(NoInverse::because("what the statement changes cannot be told from its text"));
    }
    if !analysis.kind.is_ddl() {
        return Err(NoInverse::because(format!("{} changes more than definitions", analysis.kind)));
    }
    match (analysis.kind, dialect) {
        (StatementKind::OtherDefinition, _) => {
            Err(NoInverse::because("what it defines stands outside every schema, and no definition of it was taken"))
        }
        (_, Dialect::MySql | Dialect::MariaDb) => server::inverse(analysis, changes, dialect),
        (_, Dialect::Sqlite) => sqlite::inverse(analysis, changes),
    }
}
