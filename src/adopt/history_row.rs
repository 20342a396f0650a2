//! The row that a tool would have written of a file.

use crate::database::Value;

/// A file, as far as a row about it needs to know.
#[derive(Debug, Clone)]
pub struct RanFile {
    /// Relative to the migration directory.
    pub path: String,
    pub text: String,
    pub ms: u64,
    /// The account that ran it.
    pub by: String,
}

impl RanFile {
    /// A file of which nothing but the path matters.
    pub(super) fn named(path: &str) -> RanFile {
        RanFile { path: path.to_owned(), text: String::new(), ms: 0, by: String::new() }
    }
}

/// A row: its columns, of which the first tell it from others.
pub struct HistoryRow {
    pub(super) columns: Vec<(&'static str, Value)>,
    /// How many of them tell it from others.
    pub(super) known_by: usize,
}

impl HistoryRow {
    /// A row that is known by its first column.
    pub(super) fn new(columns: Vec<(&'static str, Value)>) -> HistoryRow {
        HistoryRow { columns, known_by: 1 }
    }

    /// The column and the value by which its table knows the file.
    pub(super) fn name(&self) -> Option<(&'static str, String)> {
        self.columns.first().and_then(|(column, value)| Some((*column, value.as_text()?)))
    }

    /// The time of a row that is written now, in UTC, as every server's columns for times take it.
    pub(super) fn now() -> Value {
        Value::Text(chrono::Utc::now().format("%Y-%m-%d %H:%M:%S").to_string())
    }
}

/// How a tool's table is kept in step.
#[derive(Debug, Clone, Copy)]
pub enum Writes {
    /// A row for each file; `None` for a file that is none of the tool's. `rank` counts them. `apart` tells rows about one
    /// file from each other, of which the last counts; without it there is one.
    Rows { row: fn(&RanFile) -> Option<HistoryRow>, rank: Option<&'static str>, apart: Option<&'static str> },
    /// One row, which holds the last version alone.
    Last { version: fn(&str) -> Option<u64> },
}
