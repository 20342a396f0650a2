//! Drizzle: `__drizzle_migrations`, which knows a file by SHA-256 of its text alone.

use crate::adopt::Entry;
use crate::adopt::hexadecimal::hexadecimal;
use crate::adopt::table::{HistoryTable, applied, text};
use sha2::{Digest, Sha256};

pub(super) const DRIZZLE: HistoryTable = HistoryTable {
    columns: &["id", "hash", "created_at"],
    order: "id",
    read: |row| Some(Entry { checksum: text(row, "hash"), ..applied(row, "hash", "created_at")? }),
    keys: |file| vec![file.up.sha256.clone()],
    checksum: Some(|_, bytes| Some(hexadecimal(&Sha256::digest(bytes)))),
    ..HistoryTable::new("Drizzle", "drizzle", "__drizzle_migrations")
};
