//! Flyway: `flyway_schema_history`.

use crate::adopt::history_row::{HistoryRow, RanFile, Writes};
use crate::adopt::table::{HistoryTable, is_true, text};
use crate::adopt::{Entry, EntryState, Reach, key};
use crate::database::{Row, Value};
use crate::source::SourceFile;
use crc::{CRC_32_ISO_HDLC, Crc};

pub(super) const FLYWAY: HistoryTable = HistoryTable {
    columns: &["installed_rank", "version", "description", "type", "script", "checksum", "success"],
    order: "installed_rank",
    read,
    keys,
    checksum: Some(checksum),
    writes: Some(Writes::Rows { row, rank: Some("installed_rank"), apart: Some("installed_rank") }),
    mend: "`flyway repair` removes the failed row once what it left is cleaned up",
    ..HistoryTable::new("Flyway", "flyway", "flyway_schema_history")
};

fn read(row: &Row) -> Option<Entry> {
    let kind = text(row, "type")?;
    let script = text(row, "script").unwrap_or_default();
    let version = text(row, "version");
    let key = version.as_deref().map_or_else(|| repeatable(&script), key::number);
    let state = match (kind.as_str(), is_true(row, "success")) {
        (_, false) => EntryState::Failed(format!("{script} has failed")),
        (undo, true) if undo.starts_with("UNDO") || undo == "DELETE" => EntryState::Undone,
        _ => EntryState::Applied,
    };
    match kind.as_str() {
        // Made the schema itself.
        "SCHEMA" => None,
        _ => Some(Entry {
            keys: vec![key],
            state,
            reach: if kind.ends_with("BASELINE") { Reach::UpTo } else { Reach::One },
            checksum: text(row, "checksum"),
            at: text(row, "installed_on"),
        }),
    }
}

fn keys(file: &SourceFile) -> Vec<String> {
    let versions = key::numbers(file);
    if versions.is_empty() { vec![repeatable(&file.path)] } else { versions }
}

/// A repeatable migration is known by its script, whatever the folder.
fn repeatable(script: &str) -> String {
    script.rsplit('/').next().unwrap_or(script).to_owned()
}

/// `V1_2__some_words` is version 1.2, "some words"; `R__some_words` has none, and is known by its text, too.
fn row(file: &RanFile) -> Option<HistoryRow> {
    let stem = key::stem_of(&file.path);
    let (head, words) = stem.split_once("__")?;
    let (script, sum) = (Value::Text(file.path.clone()), Value::Int(crc(&file.text).into()));
    let mut columns = match head.split_at_checked(1)? {
        ("V", version) => {
            vec![("version", Value::Text(version.replace('_', "."))), ("script", script), ("checksum", sum)]
        }
        ("R", "") => vec![("script", script), ("checksum", sum), ("version", Value::Null)],
        _ => return None,
    };
    columns.extend([
        ("description", Value::Text(words.replace('_', " "))),
        ("type", "SQL".into()),
        ("installed_by", Value::Text(file.by.clone())),
        ("execution_time", Value::Int(i64::try_from(file.ms).ok()?)),
        ("success", Value::Int(1)),
    ]);
    let known_by = if head == "R" { 2 } else { 1 };
    Some(HistoryRow { columns, known_by })
}

/// CRC-32 over the lines without their ends, as a signed number; a mark of the byte order is no part of the first.
fn checksum(_: &SourceFile, bytes: &[u8]) -> Option<String> {
    Some(crc(std::str::from_utf8(bytes).ok()?).to_string())
}

fn crc(text: &str) -> i32 {
    let algorithm = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    let mut crc = algorithm.digest();
    for line in text.trim_start_matches('\u{feff}').split(['\n', '\r']) {
        // An end of two characters leaves an empty line, which adds nothing.
        crc.update(line.as_bytes());
    }
    crc.finalize().cast_signed()
}
