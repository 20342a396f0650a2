//! diesel: `__diesel_schema_migrations`, by the folders' names up to the first `_`, without hyphens.

use crate::adopt::key;
use crate::adopt::table::{HistoryTable, applied};
use crate::source::SourceFile;

pub(super) const DIESEL: HistoryTable = HistoryTable {
    columns: &["version", "run_on"],
    order: "version",
    read: |row| applied(row, "version", "run_on"),
    keys,
    ..HistoryTable::new("diesel", "diesel", "__diesel_schema_migrations")
};

fn keys(file: &SourceFile) -> Vec<String> {
    let stem = key::stem(file);
    vec![stem.split('_').next().unwrap_or_default().replace('-', "")]
}
