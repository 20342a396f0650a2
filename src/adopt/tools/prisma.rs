//! Prisma: `_prisma_migrations`, by the folders' names, with SHA-256 of each script.

use crate::adopt::hexadecimal::hexadecimal;
use crate::adopt::history_row::{HistoryRow, RanFile, Writes};
use crate::adopt::table::{HistoryTable, applied, text};
use crate::adopt::{Entry, EntryState, key};
use crate::database::{Row, Value};
use sha2::{Digest, Sha256};

pub(super) const PRISMA: HistoryTable = HistoryTable {
    columns: &["migration_name", "checksum", "started_at", "finished_at", "rolled_back_at"],
    // One that was rolled back says nothing once another has finished.
    order: "rolled_back_at IS NULL, started_at",
    read,
    keys: |file| vec![key::stem(file)],
    checksum: Some(|_, bytes| Some(sum(bytes))),
    writes: Some(Writes::Rows { row, rank: None, apart: Some("id") }),
    mend: "`prisma migrate resolve --rolled-back NAME` or `--applied NAME` says how it stands",
    ..HistoryTable::new("Prisma", "prisma", "_prisma_migrations")
};

fn sum(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The key is any text of 36 characters: Prisma makes a random one, here it is made of what the row says.
fn row(file: &RanFile) -> Option<HistoryRow> {
    let (name, checksum, now) = (key::stem_of(&file.path), sum(file.text.as_bytes()), HistoryRow::now());
    let mut id = sum(format!("{name} {checksum} {now:?}").as_bytes());
    for hyphen in [8, 13, 18, 23] {
        id.insert(hyphen, '-');
    }
    id.truncate(36);
    Some(HistoryRow::new(vec![
        ("migration_name", Value::Text(name)),
        ("id", Value::Text(id)),
        ("checksum", Value::Text(checksum)),
        ("started_at", now.clone()),
        ("finished_at", now),
        ("applied_steps_count", Value::Int(1)),
    ]))
}

fn read(row: &Row) -> Option<Entry> {
    let entry = applied(row, "migration_name", "finished_at")?;
    let state = match (text(row, "rolled_back_at"), text(row, "finished_at")) {
        (Some(_), _) => EntryState::Undone,
        (None, Some(_)) => EntryState::Applied,
        (None, None) => EntryState::Failed(format!("{} has not finished", entry.name())),
    };
    Some(Entry { state, checksum: text(row, "checksum"), ..entry })
}
