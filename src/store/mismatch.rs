//! Differences between a table and the replay of the journal.

use super::projection::Table;
use serde::Serialize;

/// The table of what is due when, which is no projection of the eight but compared like them.
pub(super) const JOBS: &str = "migration_jobs";

/// A value that differs. Both texts empty and the column empty: a whole row is missing on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    pub table: String,
    pub key: i64,
    /// `None`: the whole row.
    pub column: Option<String>,
    /// Value that stands in the table; `None` for NULL or no row.
    pub row: Option<String>,
    /// Value that the journal gives; `None` for NULL or no row.
    pub journal: Option<String>,
}

impl Mismatch {
    /// A row that no event of the journal has made.
    pub(super) fn not_in_journal(table: Table, key: i64) -> Mismatch {
        let row = Some("a row".to_owned());
        Mismatch { table: table.name().to_owned(), key, column: None, row, journal: None }
    }

    /// True if it is about what is due when, and not about one of the eight tables.
    pub fn is_about_jobs(&self) -> bool {
        self.table == JOBS
    }
}
