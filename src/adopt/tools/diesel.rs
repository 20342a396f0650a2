//! diesel: `__diesel_schema_migrations`, by the folders' names up to the first `_`, without hyphens.

use crate::adopt::history_row::{HistoryRow, Writes};
use crate::adopt::key;
use crate::adopt::table::{HistoryTable, applied};
use crate::database::Value;
use crate::source::SourceFile;

pub(super) const DIESEL: HistoryTable = HistoryTable {
    columns: &["version", "run_on"],
    order: "version",
    read: |row| applied(row, "version", "run_on"),
    keys,
    writes: Some(Writes::Rows {
        row: |file| Some(HistoryRow::new(vec![("version", Value::Text(version(&file.path)?))])),
        rank: None,
        apart: None,
    }),
    ..HistoryTable::new("diesel", "diesel", "__diesel_schema_migrations")
};

fn keys(file: &SourceFile) -> Vec<String> {
    version(&file.path).into_iter().collect()
}

fn version(path: &str) -> Option<String> {
    Some(key::stem_of(path).split('_').next()?.replace('-', ""))
}
