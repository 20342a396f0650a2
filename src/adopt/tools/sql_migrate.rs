//! sql-migrate: `gorp_migrations`, by file names.

use crate::adopt::key;
use crate::adopt::table::{HistoryTable, applied};

pub(super) const SQL_MIGRATE: HistoryTable = HistoryTable {
    columns: &["id", "applied_at"],
    order: "applied_at, id",
    read: |row| applied(row, "id", "applied_at"),
    keys: |file| vec![key::file_name(file)],
    ..HistoryTable::new("sql-migrate", "sql-migrate", "gorp_migrations")
};
