//! Liquibase: `DATABASECHANGELOG`, a row for each change set.

use crate::adopt::table::{HistoryTable, applied, text};
use crate::adopt::{Entry, EntryState, key};
use crate::database::Row;

pub(super) const LIQUIBASE: HistoryTable = HistoryTable {
    columns: &["id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum"],
    order: "orderexecuted",
    read,
    keys: |file| vec![key::file_name(file)],
    ..HistoryTable::new("Liquibase", "liquibase", "DATABASECHANGELOG")
};

/// Its file has run as far as its change sets have.
fn read(row: &Row) -> Option<Entry> {
    let file = text(row, "filename")?;
    let entry = applied(row, "filename", "dateexecuted")?;
    let state = match text(row, "exectype")?.as_str() {
        "FAILED" => EntryState::Failed(format!("change set {} has failed", text(row, "id")?)),
        "SKIPPED" => return None,
        _ => EntryState::Applied,
    };
    let name = file.rsplit('/').next().unwrap_or(&file).to_owned();
    Some(Entry { keys: vec![name], state, ..entry })
}
