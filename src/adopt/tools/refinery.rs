//! refinery: `refinery_schema_history`, with a SipHash of name, version and text.

use crate::adopt::table::{HistoryTable, applied, text};
use crate::adopt::{Entry, key};
use crate::database::Row;
use crate::source::SourceFile;
use siphasher::sip::SipHasher13;
use std::hash::{Hash, Hasher};

pub(super) const REFINERY: HistoryTable = HistoryTable {
    columns: &["version", "name", "applied_on", "checksum"],
    order: "version",
    read,
    keys: key::numbers,
    checksum: Some(checksum),
    ..HistoryTable::new("refinery", "refinery", "refinery_schema_history")
};

fn read(row: &Row) -> Option<Entry> {
    Some(Entry { checksum: text(row, "checksum"), ..applied(row, "version", "applied_on")? })
}

fn checksum(file: &SourceFile, bytes: &[u8]) -> Option<String> {
    let version = i32::try_from(*file.version.numbers.first()?).ok()?;
    let (_, name) = key::stem(file).split_once("__").map(|(version, name)| (version.to_owned(), name.to_owned()))?;
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    version.hash(&mut hasher);
    std::str::from_utf8(bytes).ok()?.hash(&mut hasher);
    Some(hasher.finish().to_string())
}
