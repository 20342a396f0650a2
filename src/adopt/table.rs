//! A history table of another tool, as a value.

use super::history_row::Writes;
use super::{Entry, Reach};
use crate::database::Row;
use crate::source::SourceFile;

/// The place of a history table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// In the schema that the tool migrates.
    Core,
    /// In a schema of its own; on SQLite the file of that name beside the migrated one.
    Own(&'static str),
}

/// The checksum that a tool makes of a file's bytes; `None` where these are not what it reads.
type ChecksumOf = fn(&SourceFile, &[u8]) -> Option<String>;

/// A tool's history table: how it is told from others, and read.
#[derive(Debug)]
pub struct HistoryTable {
    /// The tool's name for people.
    pub tool: &'static str,
    /// Its name in commands.
    pub name: &'static str,
    pub home: Home,
    pub table: &'static str,
    /// Columns that it has.
    pub columns: &'static [&'static str],
    /// Tables that stand beside it.
    pub beside: &'static [&'static str],
    /// Columns and tables beside it that would make it another tool's.
    pub unless: &'static [&'static str],
    /// Columns that order its rows as they were written.
    pub order: &'static str,
    /// Reads a row; `None` for one that is about no file.
    pub read: fn(&Row) -> Option<Entry>,
    /// Names by which a file can stand in the table, the best first.
    pub keys: fn(&SourceFile) -> Vec<String>,
    /// The checksum that the tool makes of a file's bytes; `None` where it keeps none that can be made from the file
    /// alone.
    pub checksum: Option<ChecksumOf>,
    /// How it is kept in step; `None` where its rows cannot be made from the file alone.
    pub writes: Option<Writes>,
    /// The way out of a failed state, in the tool's own commands.
    pub mend: &'static str,
}

impl HistoryTable {
    /// A table in core with the columns that most have, for the tools to start from.
    pub(super) const fn new(tool: &'static str, name: &'static str, table: &'static str) -> HistoryTable {
        HistoryTable {
            tool,
            name,
            home: Home::Core,
            table,
            columns: &[],
            beside: &[],
            unless: &[],
            order: "",
            read: |_| None,
            keys: |_| Vec::new(),
            checksum: None,
            writes: None,
            mend: "finish or undo it with that tool",
        }
    }
}

/// Text of a column; `None` for NULL and for a column that is not there.
pub(super) fn text(row: &Row, column: &str) -> Option<String> {
    row.named(column).and_then(crate::database::Value::as_text)
}

/// True for any number but 0; also for the words of SQLite's and Python's booleans.
pub(super) fn is_true(row: &Row, column: &str) -> bool {
    text(row, column).is_some_and(|text| !matches!(text.as_str(), "" | "0" | "false" | "False" | "FALSE" | "\0"))
}

/// An entry of a file that has run, known by one column, with the time in another.
pub(super) fn applied(row: &Row, key: &str, at: &str) -> Option<Entry> {
    Some(Entry { at: text(row, at), ..Entry::applied(text(row, key)?) })
}

/// The same for all files up to it.
pub(super) fn applied_up_to(key: String) -> Entry {
    Entry { reach: Reach::UpTo, ..Entry::applied(key) }
}
