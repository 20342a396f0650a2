//! Tools whose table is a list of names: Laravel (`migrations`), knex (`knex_migrations`), Doctrine
//! (`doctrine_migration_versions`), Phinx (`phinxlog`).

use crate::adopt::table::{HistoryTable, applied, text};
use crate::adopt::{Entry, key};
use crate::database::Row;
use crate::source::SourceFile;

pub(super) const LARAVEL: HistoryTable = HistoryTable {
    columns: &["migration", "batch"],
    order: "id",
    read: |row| applied(row, "migration", ""),
    keys: |file| vec![key::stem(file)],
    ..HistoryTable::new("Laravel", "laravel", "migrations")
};

pub(super) const KNEX: HistoryTable = HistoryTable {
    columns: &["name", "batch", "migration_time"],
    order: "id",
    read: knex,
    keys: |file| vec![key::stem(file)],
    mend: "`knex migrate:unlock` once nobody migrates",
    ..HistoryTable::new("Knex", "knex", "knex_migrations")
};

pub(super) const DOCTRINE: HistoryTable = HistoryTable {
    columns: &["version", "executed_at", "execution_time"],
    order: "executed_at, version",
    read: doctrine,
    keys: by_digits,
    ..HistoryTable::new("Doctrine Migrations", "doctrine-migrations", "doctrine_migration_versions")
};

pub(super) const PHINX: HistoryTable = HistoryTable {
    columns: &["version", "migration_name", "start_time", "breakpoint"],
    order: "version",
    read: |row| applied(row, "version", "end_time"),
    keys: by_digits,
    ..HistoryTable::new("Phinx", "phinx", "phinxlog")
};

/// Knex writes the file's name with the extension of its script.
fn knex(row: &Row) -> Option<Entry> {
    let name = text(row, "name")?;
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).to_owned();
    Some(Entry { at: text(row, "migration_time"), ..Entry::applied(stem) })
}

/// Doctrine writes a class: `DoctrineMigrations\\Version20260101120000`.
fn doctrine(row: &Row) -> Option<Entry> {
    let class = text(row, "version")?;
    let name = class.rsplit('\\').next().unwrap_or(&class);
    let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    Some(Entry { at: text(row, "executed_at"), ..Entry::applied(digits) })
}

/// The digits with which the name begins, behind letters.
fn by_digits(file: &SourceFile) -> Vec<String> {
    let stem = key::stem(file);
    let rest = stem.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    if digits.is_empty() { Vec::new() } else { vec![digits] }
}
