//! refinery: `refinery_schema_history`, with a SipHash of name, version and text.

use crate::adopt::history_row::{HistoryRow, RanFile, Writes};
use crate::adopt::table::{HistoryTable, applied, text};
use crate::adopt::{Entry, key};
use crate::database::{Row, Value};
use crate::source::SourceFile;
use siphasher::sip::SipHasher13;
use std::hash::{Hash, Hasher};

pub(super) const REFINERY: HistoryTable = HistoryTable {
    columns: &["version", "name", "applied_on", "checksum"],
    order: "version",
    read,
    keys: key::numbers,
    checksum: Some(checksum),
    writes: Some(Writes::Rows { row, rank: None, apart: None }),
    ..HistoryTable::new("refinery", "refinery", "refinery_schema_history")
};

fn read(row: &Row) -> Option<Entry> {
    Some(Entry { checksum: text(row, "checksum"), ..applied(row, "version", "applied_on")? })
}

fn checksum(file: &SourceFile, bytes: &[u8]) -> Option<String> {
    let version = i32::try_from(*file.version.numbers.first()?).ok()?;
    let (_, name) = key::stem(file).split_once("__").map(|(version, name)| (version.to_owned(), name.to_owned()))?;
    Some(sum(&name, version, std::str::from_utf8(bytes).ok()?))
}

fn row(file: &RanFile) -> Option<HistoryRow> {
    let stem = key::stem_of(&file.path);
    let (version, name) = stem.strip_prefix(['V', 'U'])?.split_once("__")?;
    let version: i32 = version.parse().ok()?;
    Some(HistoryRow::new(vec![
        ("version", Value::Int(version.into())),
        ("name", Value::Text(name.to_owned())),
        ("applied_on", Value::Text(chrono::Utc::now().to_rfc3339())),
        ("checksum", Value::Text(sum(name, version, &file.text))),
    ]))
}

fn sum(name: &str, version: i32, text: &str) -> String {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    version.hash(&mut hasher);
    text.hash(&mut hasher);
    hasher.finish().to_string()
}
