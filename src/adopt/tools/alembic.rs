//! Alembic: `alembic_version`, the last revision of each branch.

use crate::adopt::key;
use crate::adopt::table::{HistoryTable, applied_up_to, text};
use crate::source::SourceFile;

pub(super) const ALEMBIC: HistoryTable = HistoryTable {
    columns: &["version_num"],
    read: |row| Some(applied_up_to(text(row, "version_num")?)),
    keys,
    ..HistoryTable::new("Alembic", "alembic", "alembic_version")
};

/// The revision that printed SQL leads to (`-- Running upgrade a -> b`), else the parts of the file's name.
fn keys(file: &SourceFile) -> Vec<String> {
    let said = file.up.text.lines().filter_map(|line| line.strip_prefix("-- Running upgrade ")).next_back();
    let revision = said.and_then(|line| line.rsplit("-> ").next()).map(|revision| revision.trim().to_owned());
    let stem = key::stem(file);
    let parts = stem.split('_').map(str::to_owned).collect::<Vec<_>>();
    revision.into_iter().chain(parts).collect()
}
