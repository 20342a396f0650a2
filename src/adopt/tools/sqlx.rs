//! sqlx: `_sqlx_migrations`, with SHA-384 of each file.

use crate::adopt::hexadecimal::hexadecimal;
use crate::adopt::history_row::{HistoryRow, RanFile, Writes};
use crate::adopt::table::{HistoryTable, applied, is_true};
use crate::adopt::{Entry, EntryState, key};
use crate::database::{Row, Value};
use sha2::{Digest, Sha384};

pub(super) const SQLX: HistoryTable = HistoryTable {
    columns: &["version", "description", "success", "checksum"],
    order: "version",
    read,
    keys: key::numbers,
    writes: Some(Writes::Rows { row, rank: None, apart: None }),
    checksum: Some(|_, bytes| Some(hexadecimal(&Sha384::digest(bytes)))),
    mend: "undo by hand what the failed migration left, then delete its row from _sqlx_migrations",
    ..HistoryTable::new("sqlx", "sqlx", "_sqlx_migrations")
};

/// The time that it took is in nanoseconds there.
fn row(file: &RanFile) -> Option<HistoryRow> {
    let (version, title) = key::leading(&file.path)?;
    let version: i64 = version.parse().ok()?;
    Some(HistoryRow::new(vec![
        ("version", Value::Int(version)),
        ("description", Value::Text(title.replace('_', " "))),
        ("success", Value::Int(1)),
        ("checksum", Value::Bytes(Sha384::digest(file.text.as_bytes()).to_vec())),
        ("execution_time", Value::Int(i64::try_from(file.ms).ok()?.saturating_mul(1_000_000))),
    ]))
}

fn read(row: &Row) -> Option<Entry> {
    let entry = applied(row, "version", "installed_on")?;
    let checksum = row.named("checksum").and_then(crate::database::Value::as_bytes);
    let state = match is_true(row, "success") {
        true => EntryState::Applied,
        false => EntryState::Failed(format!("version {} has not succeeded", entry.name())),
    };
    Some(Entry { state, checksum: checksum.map(|bytes| hexadecimal(&bytes)), ..entry })
}
