//! Statements that bring objects back to the definitions they had before a statement changed them.
//!
//! Pure: the definitions are those that the server gave before and after (`3-rollback`, Undo, *derived*). The text of the
//! forward statement is not looked at, only what its analysis says about names: a rename is a rename, and never a column
//! dropped and another added. What is not certain is [`NoInverse`]; whether the definitions are equal in the end, a
//! fingerprint tells.
//!
//! | file | is |
//! |---|---|
//! | `text` | the tokens of a definition: names in it, what qualifies them |
//! | `table` | a table as `SHOW CREATE TABLE` describes it |
//! | `column`, `columns` | a column's definition; which columns come back, and where |
//! | `keys`, `constraints`, `options` | the other parts of an `ALTER TABLE` |
//! | `alter` | the parts put together |
//! | `fit` | whether the rows of now fit the definition of before |
//! | `lossless` | which changes of type keep every value |
//! | `park` | a column that is made invisible instead of dropped |
//! | `rename` | names given back |
//! | `create` | objects made again from their texts |
//! | `server` | which of these a statement needs, on MySQL and MariaDB |
//! | `sqlite/` | the same for SQLite, which alters little: the rest is a table made anew |

mod alter;
mod column;
mod columns;
mod constraints;
mod create;
mod fit;
mod keys;
mod lossless;
mod options;
mod park;
mod rename;
mod server;
mod sqlite;
mod table;
mod text;

#[cfg(test)]
mod tests;

pub use fit::{Question, Renamed, questions};
pub use lossless::type_keeps_values;
pub use park::{Parking, park};

use super::{Analysis, Dialect, ObjectName, QuoteError, StatementKind};

/// An object that a statement changed, as the server defined it before and after.
///
/// The texts are those of `database::Definition`. All that the statement changed has to be among them: with a dropped
/// table of MySQL or MariaDB also its triggers, which its own definition does not show. A dropped object that is left out is not
/// brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// Which object, as the statement names it.
    pub object: &'a ObjectName,
    /// Its definition before, `None` when there was none.
    pub before: Option<&'a str>,
    /// Its definition after, `None` when there is none.
    pub after: Option<&'a str>,
}

/// How objects are brought back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inverse {
    /// Statements in the order in which they run, each a single one, all in one session whose default schema is core.
    /// A `SET` among them holds for those behind it; the last one takes it back.
    pub statements: Vec<String>,
    /// Statements that run after the statements, and after kept rows and values have been put back: unique keys, foreign
    /// keys and checks on columns that come back without their values.
    pub after_values: Vec<String>,
    /// What definitions alone do not bring back. Nothing is lost that is not named here.
    pub lost: Vec<Lost>,
}

/// Something that a definition does not hold. Tables and columns have the names that they had before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lost {
    /// Rows of a table, or the position of a sequence.
    Rows {
        /// The table.
        table: ObjectName,
    },
    /// A column with its values.
    Column {
        /// Its table.
        table: ObjectName,
        /// The column.
        column: String,
    },
    /// Values of a column that may have been converted: narrowed, rounded, cut, given another character set, or made NOT
    /// NULL.
    Values {
        /// Its table.
        table: ObjectName,
        /// The column.
        column: String,
    },
}

/// Why there is no inverse that is certain, in words that follow "cannot be derived: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NoInverse {
    /// The reason.
    pub why: String,
}

impl NoInverse {
    fn because(why: impl Into<String>) -> Self {
        NoInverse { why: why.into() }
    }
}

impl From<QuoteError> for NoInverse {
    fn from(error: QuoteError) -> Self {
        NoInverse::because(error.to_string())
    }
}

/// The statements that make objects from their definitions where none of them is: tables first, foreign keys to those
/// that come later at the end, then views each after those that it names, then programs.
pub fn made_again(objects: &[(&ObjectName, &str)], dialect: Dialect) -> Result<Vec<String>, NoInverse> {
    match dialect {
        Dialect::MySql | Dialect::MariaDb => server::from_definitions(objects, dialect),
        Dialect::Sqlite => sqlite::from_definitions(objects),
    }
}

/// Derives the statements that take a statement back which changed definitions.
///
/// `changes` holds every object whose definition the statement may have changed. A statement that changed nothing has an
/// inverse without statements.
pub fn inverse(analysis: &Analysis, changes: &[Change<'_>], dialect: Dialect) -> Result<Inverse, NoInverse> {
    if analysis.flags.temporary {
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
