//! golang-migrate: `schema_migrations` with one row, the version and whether it is dirty.

use crate::adopt::history_row::Writes;
use crate::adopt::table::{HistoryTable, applied_up_to, is_true, text};
use crate::adopt::{Entry, EntryState, key};
use crate::database::Row;

pub(super) const GOLANG_MIGRATE: HistoryTable = HistoryTable {
    columns: &["version", "dirty"],
    read,
    keys: key::numbers,
    writes: Some(Writes::Last { version: |path| key::leading(path)?.0.parse().ok() }),
    mend: "mend the database by hand, then `migrate force VERSION` says where it stands",
    ..HistoryTable::new("golang-migrate", "golang-migrate", "schema_migrations")
};

fn read(row: &Row) -> Option<Entry> {
    let version = text(row, "version")?;
    let entry = applied_up_to(key::number(&version));
    Some(match is_true(row, "dirty") {
        true => Entry { state: EntryState::Failed(format!("version {version} is dirty")), ..entry },
        false => entry,
    })
}
