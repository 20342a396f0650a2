//! Keys that a server refuses.

use super::names::same;
use super::table::{Column, Has, Key, KeyClass, Kind, Table};
use super::walk::Walk;
use crate::sql::Dialect;

/// The longest key of InnoDB, in bytes, whatever the row format.
const LONGEST: u32 = 3072;

/// Finds faults of a key in a table as it will be. Names that the statement takes away or gives are `spared`.
pub(super) fn check(walk: &mut Walk<'_>, table: &Table, key: &Key, spared: &[String]) {
    let what = match (&key.name, key.class) {
        (_, KeyClass::Primary) => "the primary key".to_owned(),
        (Some(name), _) => format!("the key {name}"),
        (None, _) => "a key".to_owned(),
    };
    for part in &key.parts {
        let Some(name) = &part.column else { continue };
        if spared.iter().any(|spared| same(spared, name)) {
            continue;
        }
        match table.has_column(name) {
            Has::No if part.may_be_text => {}
            Has::No => missing_column(walk, &table.name, name, &format!("{what} names")),
            _ => {
                if let Some(column) = table.column(name).filter(|_| !part.prefix) {
                    too_long(walk, table, key, (&what, &column.clone()));
                }
            }
        }
    }
    let name = key.name.as_deref().filter(|name| walk.schema.names.is_too_long(name));
    if let Some(name) = name {
        super::key::long_name(walk, name);
    }
}

/// A name that is too long for the server.
pub(super) fn long_name(walk: &mut Walk<'_>, name: &str) {
    let length = name.chars().count();
    let message = format!("the name {name} has {length} characters");
    walk.fails("name_too_long", message, "the server takes 64 characters", "shorten it");
}

/// A column that is not there where a statement needs it.
pub(super) fn missing_column(walk: &mut Walk<'_>, table: &str, column: &str, verb: &str) {
    let message = format!("{verb} the column {column}, which {table} will not have");
    let why = "the server will say that there is no such column";
    walk.fails("missing_column", message, why, "add it first, or correct the name");
}

fn too_long(walk: &mut Walk<'_>, table: &Table, key: &Key, (what, column): (&str, &Column)) {
    let dialect = walk.dialect();
    // MariaDB shortens other keys by itself, or makes a hash of them.
    let strict = match dialect {
        Dialect::MySql => key.class != KeyClass::Special,
        Dialect::MariaDb => key.class == KeyClass::Primary,
        Dialect::Sqlite => false,
    };
    if !strict {
        return;
    }
    if column.kind == Kind::Long {
        let message = format!("{what} takes the whole of {}, which is {}", column.name, column.written);
        let why = "the server wants to know how much of such a column a key takes";
        walk.fails("key_without_length", message, why, &format!("name a length: {}(100)", column.name));
        return;
    }
    let engine = table.engine.clone().or_else(|| walk.engine.clone());
    let known = engine.is_some_and(|engine| ["innodb", "myisam"].contains(&engine.as_str()));
    let charset = column.charset.clone().or_else(|| table.charset.clone()).or_else(|| walk.known.charset.clone());
    let width = match charset.as_deref() {
        Some("utf8mb4") => 4,
        Some("utf8" | "utf8mb3") => 3,
        Some("latin1" | "latin2" | "ascii" | "binary") => 1,
        _ => return,
    };
    let Kind::Text { length: Some(length) } = column.kind else { return };
    let bytes = length.saturating_mul(width);
    if known && key.class != KeyClass::Plain && bytes > LONGEST {
        let message = format!("{what} takes the whole of {}, which may have {bytes} bytes", column.name);
        let why = "the server takes 3072 bytes in a key";
        walk.fails("key_too_long", message, why, "shorten the column, or let the key take a part of it");
    }
}
