//! Prisma: `_prisma_migrations`, by the folders' names, with SHA-256 of each script.

use crate::adopt::hexadecimal::hexadecimal;
use crate::adopt::table::{HistoryTable, applied, text};
use crate::adopt::{Entry, EntryState, key};
use crate::database::Row;
use sha2::{Digest, Sha256};

pub(super) const PRISMA: HistoryTable = HistoryTable {
    columns: &["migration_name", "checksum", "started_at", "finished_at", "rolled_back_at"],
    order: "started_at",
    read,
    keys: |file| vec![key::stem(file)],
    checksum: Some(|_, bytes| Some(hexadecimal(&Sha256::digest(bytes)))),
    mend: "`prisma migrate resolve --rolled-back NAME` or `--applied NAME` says how it stands",
    ..HistoryTable::new("Prisma", "prisma", "_prisma_migrations")
};

fn read(row: &Row) -> Option<Entry> {
    let entry = applied(row, "migration_name", "finished_at")?;
    let state = match (text(row, "rolled_back_at"), text(row, "finished_at")) {
        (Some(_), _) => EntryState::Undone,
        (None, Some(_)) => EntryState::Applied,
        (None, None) => EntryState::Failed(format!("{} has not finished", entry.name())),
    };
    Some(Entry { state, checksum: text(row, "checksum"), ..entry })
}
