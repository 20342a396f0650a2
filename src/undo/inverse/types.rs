//! The question to an inverse, and its answer.

use crate::sql::{ObjectName, QuoteError};

/// An object that a statement changed, as the server defined it before and after.
///
/// The texts are those of `database::Definition`. All that the statement changed has to be among them: with a dropped
/// table of MySQL or MariaDB also its triggers, which its own definition does not show. A dropped object that is left out is not
/// brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// The object, as the statement names it.
    pub object: &'a ObjectName,
    /// Its definition before, `None` when there was none.
    pub before: Option<&'a str>,
    /// Its definition after, `None` when there is none.
    pub after: Option<&'a str>,
}

/// The way back of objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inverse {
    /// Statements in the order in which they run, each a single one, all in one session whose default schema is core.
    /// A `SET` among them holds for those behind it; the last one undoes it.
    pub statements: Vec<String>,
    /// Statements that run after the statements, and after kept rows and values have been put back: unique keys, foreign
    /// keys and checks on columns that come back without their values.
    pub after_values: Vec<String>,
    /// Losses that definitions alone do not bring back. Nothing is lost that is not named here.
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

/// Reason why there is no inverse that is certain, in words that follow "cannot be derived: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NoInverse {
    /// The reason.
    pub why: String,
}

impl NoInverse {
    pub(crate) fn because(why: impl Into<String>) -> Self {
        NoInverse { why: why.into() }
    }
}

impl From<QuoteError> for NoInverse {
    fn from(error: QuoteError) -> Self {
        NoInverse::because(error.to_string())
    }
}
