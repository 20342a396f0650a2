//! yoyo: `_yoyo_migration`, by the files' names without extension.

use crate::adopt::key;
use crate::adopt::table::{HistoryTable, applied};

pub(super) const YOYO: HistoryTable = HistoryTable {
    columns: &["migration_hash", "migration_id", "applied_at_utc"],
    order: "applied_at_utc, migration_id",
    read: |row| applied(row, "migration_id", "applied_at_utc"),
    keys: |file| vec![key::stem(file)],
    ..HistoryTable::new("yoyo", "yoyo", "_yoyo_migration")
};
