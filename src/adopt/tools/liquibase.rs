//! Liquibase: `DATABASECHANGELOG`, a row for each change set.

use crate::adopt::table::{HistoryTable, applied, text};
use crate::adopt::{Entry, EntryState};
use crate::database::Row;
use crate::source::SourceFile;

pub(super) const LIQUIBASE: HistoryTable = HistoryTable {
    columns: &["id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum"],
    order: "orderexecuted",
    read,
    keys,
    ..HistoryTable::new("Liquibase", "liquibase", "DATABASECHANGELOG")
};

/// A change set is known by its file, id and author; the file by its path from where Liquibase was started, or its name.
fn read(row: &Row) -> Option<Entry> {
    let (file, id, author) = (text(row, "filename")?, text(row, "id")?, text(row, "author")?);
    let state = match text(row, "exectype")?.as_str() {
        "FAILED" => EntryState::Failed(format!("change set {file}::{id}::{author} has failed")),
        "SKIPPED" => return None,
        _ => EntryState::Applied,
    };
    let keys = [file.as_str(), last(&file)].map(|file| format!("{file}::{id}::{author}")).to_vec();
    Some(Entry { keys, state, ..applied(row, "filename", "dateexecuted")? })
}

fn keys(file: &SourceFile) -> Vec<String> {
    match file.path.split_once("::") {
        Some((path, change)) => [path, last(path)].map(|path| format!("{path}::{change}")).to_vec(),
        None => vec![file.path.clone()],
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
