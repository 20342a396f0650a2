//! Sqitch: the table `changes` of its registry, with SHA-1 of each deploy script.

use crate::adopt::hexadecimal::hexadecimal;
use crate::adopt::table::{HistoryTable, Home, applied, text};
use crate::adopt::{Entry, key};
use crate::database::Row;
use sha1::{Digest, Sha1};

pub(super) const SQITCH: HistoryTable = HistoryTable {
    home: Home::Own("sqitch"),
    columns: &["change_id", "script_hash", "change", "project"],
    order: "committed_at",
    read,
    keys: |file| vec![key::stem(file)],
    checksum: Some(|_, bytes| Some(hexadecimal(&Sha1::digest(bytes)))),
    ..HistoryTable::new("Sqitch", "sqitch", "changes")
};

fn read(row: &Row) -> Option<Entry> {
    Some(Entry { checksum: text(row, "script_hash"), ..applied(row, "change", "committed_at")? })
}
