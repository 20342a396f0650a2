//! goose and micrate: `goose_db_version` and `micrate_db_version`, a row for each way up and down.

use crate::adopt::history_row::{HistoryRow, RanFile, Writes};
use crate::adopt::table::{HistoryTable, applied, is_true, text};
use crate::adopt::{Entry, EntryState, key};
use crate::database::{Row, Value};

pub(super) const GOOSE: HistoryTable = HistoryTable {
    columns: &["version_id", "is_applied"],
    order: "id",
    read,
    keys: key::numbers,
    writes: Some(Writes::Rows { row, rank: None, apart: Some("id") }),
    ..HistoryTable::new("goose", "goose", "goose_db_version")
};

pub(super) const MICRATE: HistoryTable =
    HistoryTable { tool: "micrate", name: "micrate", table: "micrate_db_version", ..GOOSE };

fn row(file: &RanFile) -> Option<HistoryRow> {
    let version: i64 = key::leading(&file.path)?.0.parse().ok()?;
    Some(HistoryRow::new(vec![("version_id", Value::Int(version)), ("is_applied", Value::Int(1))]))
}

fn read(row: &Row) -> Option<Entry> {
    let entry = applied(row, "version_id", "tstamp")?;
    let state = if is_true(row, "is_applied") { EntryState::Applied } else { EntryState::Undone };
    // Version 0 is the table itself.
    (text(row, "version_id")? != "0").then_some(Entry { state, ..entry })
}
