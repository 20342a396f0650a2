//! `CREATE TABLE`.

use super::touched::touched;
use crate::plan::schema::names::same;
use crate::plan::schema::read::{self, Created};
use crate::plan::schema::state::{Entry, Found};
use crate::plan::schema::table::{Has, Table};
use crate::plan::schema::walk::Walk;
use crate::plan::schema::{foreign, key};
use crate::sql::{How, ObjectName, Statement};

pub(super) fn apply(walk: &mut Walk<'_>, statement: &Statement) {
    let Some(table) = touched(statement, How::Creates).next() else { return };
    let Some(at) = walk.key(table) else { return };
    let flags = statement.analysis.flags;
    let replaces = match walk.find(&at) {
        Found::Nothing(_) => false,
        Found::Unknown(_) if flags.if_not_exists => return,
        Found::Unknown(_) => true,
        _ if flags.if_not_exists => return,
        _ if flags.or_replace => true,
        _ => {
            exists_already(walk, table);
            walk.put(at, Entry::Unknown(None));
            return;
        }
    };
    if walk.schema.names.is_too_long(&table.name) {
        key::long_name(walk, &table.name);
    }
    if walk.schema.has_index(&at) == Has::Yes && !replaces {
        let message = format!("it creates the table {table}, but an index of that name is there");
        walk.fails("exists_already", message, "tables and indexes share their names", "use another name");
    }
    let made = match read::create_table(statement.plain(), walk.dialect()) {
        Created::Table(made) => {
            let made = checked(walk, *made);
            if walk.guards_keys() && !replaces {
                let waiting = foreign::leading_to(walk, &at);
                foreign::waited_for(walk, &made, &waiting);
            }
            Entry::Table(Box::new(made))
        }
        Created::Like(model) => like(walk, &model, &table.name),
        Created::Untold => Entry::Untold,
    };
    walk.put(at, made);
}

fn exists_already(walk: &mut Walk<'_>, table: &ObjectName) {
    let message = format!("it creates the table {table}, which will be there already");
    let why = "the server will say that it is there already";
    walk.fails("exists_already", message, why, "drop it first, or say IF NOT EXISTS");
}

/// The table, looked at; foreign keys belong to engines that have them.
fn checked(walk: &mut Walk<'_>, mut table: Table) -> Table {
    for (index, column) in table.columns.iter().enumerate() {
        if table.columns[..index].iter().any(|other| same(&other.name, &column.name)) {
            let message = format!("it names the column {} twice", column.name);
            walk.fails("exists_already", message, "the server gives a name once", "take one of them out");
        }
        if walk.schema.names.is_too_long(&column.name) {
            key::long_name(walk, &column.name);
        }
    }
    let mysql = walk.dialect().is_mysql_family();
    for (index, own) in table.keys.iter().enumerate().filter(|_| mysql) {
        key::check(walk, &table, own, &[]);
        let name = own.name.as_deref();
        let is_same = |other: &&str| name.is_some_and(|name| same(other, name));
        if table.keys[..index].iter().filter_map(|other| other.name.as_deref()).any(|other| is_same(&other)) {
            let message = format!("it names the key {} twice", name.unwrap_or_default());
            walk.fails("duplicate_key", message, "the server gives a name once in a table", "use another name");
        }
    }
    if mysql {
        table.foreign_keys.iter().for_each(|foreign| foreign::check(walk, &table, foreign, &[]));
        for mut foreign in std::mem::take(&mut table.foreign_keys) {
            foreign.parent = walk.placed(foreign.parent);
            table.add_foreign_key(foreign);
        }
    }
    let engine = table.engine.as_deref().or(walk.engine.as_deref());
    if engine != Some("innodb") && mysql {
        table.more_foreign_keys |= !table.foreign_keys.is_empty();
        table.foreign_keys.clear();
    }
    table
}

/// `LIKE`: the columns and keys of another table, without its foreign keys.
fn like(walk: &mut Walk<'_>, model: &ObjectName, name: &str) -> Entry {
    let Some(key) = walk.key(model) else { return Entry::Untold };
    match walk.find(&key) {
        Found::Table(table) => {
            let table = Table { name: name.to_owned(), foreign_keys: Vec::new(), ..table.clone() };
            Entry::Table(Box::new(table))
        }
        Found::Nothing(gone) => {
            walk.missing_table("copies", model, gone);
            Entry::Untold
        }
        _ => Entry::Untold,
    }
}
