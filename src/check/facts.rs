//! Facts about an alteration: the table's size, the server's means, the answers of the data.

use super::means::Means;
use crate::sql::Dialect;
use crate::undo::inverse::table::Table;
use crate::undo::precheck::{Question, QuestionKind};

/// The size of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// The next number of its counter, where it has one.
    pub(super) counter: Option<u64>,
}

/// An answer of the data.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) question: Question,
    /// The number of rows; nothing where counting took too long.
    pub(super) rows: Option<u64>,
}

impl Answer {
    /// The rows that are in the way, in words.
    pub(super) fn told(&self, rows: u64, table: &str) -> String {
        let noun = if rows == 1 { "row" } else { "rows" };
        let question = &self.question;
        match question.kind {
            QuestionKind::OutOfRange => {
                format!("{rows} {noun} of {table} have a value in {} that its new type does not hold", question.subject)
            }
            _ => format!("{rows} {noun} {}", question.what),
        }
    }
}

/// Facts about one alteration.
#[derive(Debug, Clone, Default)]
pub(super) struct Altered {
    /// The statement, from 0.
    pub(super) statement: u32,
    /// The table, for people.
    pub(super) table: String,
    pub(super) size: Size,
    /// Definitions of a twin without and with the statement.
    pub(super) definitions: Option<(String, String)>,
    /// The lightest means that the server accepts, where they were asked for.
    pub(super) means: Option<Means>,
    /// True if the server writes every row anew; nothing where it does not show that.
    pub(super) rebuilds: Option<bool>,
    /// The server's words about the lighter means.
    pub(super) reason: Option<String>,
    /// The server's words where it refuses the statement even on an empty table.
    pub(super) refused: Option<String>,
    pub(super) answers: Vec<Answer>,
    /// Reason why nothing is known yet.
    pub(super) open: Option<String>,
}

impl Altered {
    /// The table before and after, where both definitions can be read.
    pub(super) fn tables(&self, dialect: Dialect) -> Option<(Table, Table)> {
        let (before, after) = self.definitions.as_ref()?;
        Some((Table::parse(before, dialect).ok()?, Table::parse(after, dialect).ok()?))
    }

    /// True if every row is written anew, beside the table as it was.
    pub(super) fn rewrites(&self) -> bool {
        self.rebuilds == Some(true) || self.means.is_some_and(|means| means.algorithm == "COPY")
    }
}
