//! yoyo: `_yoyo_migration`, by the files' names without extension; its key is SHA-256 of that name.

use crate::adopt::hexadecimal::hexadecimal;
use crate::adopt::history_row::{HistoryRow, RanFile, Writes};
use crate::adopt::key;
use crate::adopt::table::{HistoryTable, applied};
use crate::database::Value;
use sha2::{Digest, Sha256};

pub(super) const YOYO: HistoryTable = HistoryTable {
    columns: &["migration_hash", "migration_id", "applied_at_utc"],
    order: "applied_at_utc, migration_id",
    read: |row| applied(row, "migration_id", "applied_at_utc"),
    keys: |file| vec![key::stem(file)],
    writes: Some(Writes::Rows { row, rank: None, apart: None }),
    ..HistoryTable::new("yoyo", "yoyo", "_yoyo_migration")
};

fn row(file: &RanFile) -> Option<HistoryRow> {
    let name = key::stem_of(&file.path);
    let hash = hexadecimal(&Sha256::digest(name.as_bytes()));
    Some(HistoryRow::new(vec![
        ("migration_id", Value::Text(name)),
        ("migration_hash", Value::Text(hash)),
        ("applied_at_utc", HistoryRow::now()),
    ]))
}
