//! sql-migrate: `gorp_migrations`, by file names.

use crate::adopt::history_row::{HistoryRow, RanFile, Writes};
use crate::adopt::key;
use crate::adopt::table::{HistoryTable, applied};
use crate::database::Value;

pub(super) const SQL_MIGRATE: HistoryTable = HistoryTable {
    columns: &["id", "applied_at"],
    order: "applied_at, id",
    read: |row| applied(row, "id", "applied_at"),
    keys: |file| vec![key::file_name(&file.path)],
    writes: Some(Writes::Rows { row, rank: None, apart: None }),
    ..HistoryTable::new("sql-migrate", "sql-migrate", "gorp_migrations")
};

fn row(file: &RanFile) -> Option<HistoryRow> {
    let name = Value::Text(key::file_name(&file.path));
    Some(HistoryRow::new(vec![("id", name), ("applied_at", HistoryRow::now())]))
}
