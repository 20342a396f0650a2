//! Tools whose table is a list of versions: dbmate and Rails (`schema_migrations`), popx and soda (`schema_migration`).

use crate::adopt::history_row::{HistoryRow, Writes};
use crate::adopt::table::{HistoryTable, text};
use crate::adopt::{Entry, key};
use crate::database::{Row, Value};

pub(super) const DBMATE: HistoryTable = HistoryTable {
    columns: &["version"],
    unless: &["dirty", OF_RAILS],
    order: "version",
    read,
    keys: key::numbers,
    writes: BY_LEADING_DIGITS,
    ..HistoryTable::new("dbmate", "dbmate", "schema_migrations")
};

pub(super) const RAILS: HistoryTable = HistoryTable {
    columns: &["version"],
    beside: &[OF_RAILS],
    order: "version",
    read,
    keys: key::numbers,
    writes: Some(Writes::Rows {
        row: |file| versioned(key::number(&key::leading(&file.path)?.0)),
        rank: None,
        apart: None,
    }),
    ..HistoryTable::new("Rails", "rails", "schema_migrations")
};

/// The table that only Rails puts beside its own.
const OF_RAILS: &str = "ar_internal_metadata";

pub(super) const POP: HistoryTable = HistoryTable {
    columns: &["version"],
    order: "version",
    read,
    keys: key::numbers,
    writes: BY_LEADING_DIGITS,
    ..HistoryTable::new("pop", "pop", "schema_migration")
};

const BY_LEADING_DIGITS: Option<Writes> =
    Some(Writes::Rows { row: |file| versioned(key::leading(&file.path)?.0), rank: None, apart: None });

fn versioned(version: String) -> Option<HistoryRow> {
    Some(HistoryRow::new(vec![("version", Value::Text(version))]))
}

fn read(row: &Row) -> Option<Entry> {
    Some(Entry::applied(key::number(&text(row, "version")?)))
}
