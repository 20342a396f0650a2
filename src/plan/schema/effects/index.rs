//! `CREATE INDEX` and `DROP INDEX`: on SQLite their names are those of the schema, elsewhere those of a table.

use super::touched::touched;
use crate::plan::schema::foreign::leads;
use crate::plan::schema::key;
use crate::plan::schema::names::same;
use crate::plan::schema::read;
use crate::plan::schema::state::Found;
use crate::plan::schema::table::{ForeignKey, Has, Key, Table};
use crate::plan::schema::walk::Walk;
use crate::sql::{How, ObjectName, Statement};

pub(super) fn create(walk: &mut Walk<'_>, statement: &Statement) {
    let (Some(index), Some(on)) = (touched(statement, How::Creates).next(), touched(statement, How::Alters).next())
    else {
        return;
    };
    let Some(at) = walk.key(on) else { return };
    let flags = statement.analysis.flags;
    let made = read::create_index(statement.plain(), walk.dialect());
    let table = match walk.find(&at) {
        Found::Table(table) => table.clone(),
        Found::Nothing(gone) => return walk.missing_table("makes an index on", on, gone),
        Found::View(_) => {
            let message = format!("it makes an index on {on}, which is a view");
            return walk.fails("wrong_kind", message, "views have no indexes", "make it on the table");
        }
        Found::Other | Found::Untold | Found::Unknown(_) => return note(walk, index, &at),
    };
    if exists(walk, &table, index, made.as_ref()) {
        if flags.if_not_exists || flags.or_replace {
            return;
        }
        let message = format!("it makes the index {}, which will be there already", index.name);
        let why = "the server will say that it is there already";
        walk.fails("duplicate_key", message, why, "drop it first, or use another name");
        return;
    }
    if let Some(made) = &made {
        key::check(walk, &table, made, &[]);
    }
    note(walk, index, &at);
    if let Some(table) = walk.schema.table_mut(&at) {
        match made {
            Some(made) => table.add_key(made),
            None => table.more_keys = true,
        }
    }
}

fn note(walk: &mut Walk<'_>, index: &ObjectName, table: &str) {
    if !walk.dialect().is_mysql_family() {
        let key = walk.schema.names.table(&index.name);
        walk.schema.indexes.insert(key, Some(table.to_owned()));
    }
}

/// True if an index of the name is there for certain.
fn exists(walk: &Walk<'_>, table: &Table, index: &ObjectName, made: Option<&Key>) -> bool {
    if walk.dialect().is_mysql_family() {
        return table.key(&index.name).is_some_and(|old| !is_replaced(table, old, made));
    }
    let key = walk.schema.names.table(&index.name);
    walk.schema.has_index(&key) == Has::Yes || matches!(walk.schema.find(&key), Found::Table(_) | Found::View(_))
}

/// A key that the server has made for a foreign key gives way to one of the author's that does the same.
pub(super) fn is_replaced(table: &Table, old: &Key, new: Option<&Key>) -> bool {
    let columns: Vec<String> = old.columns().map(str::to_owned).collect();
    let serves = table.more_foreign_keys || table.foreign_keys.iter().any(|foreign| old.leads_with(&foreign.columns));
    serves && new.is_none_or(|new| new.leads_with(&columns))
}

pub(super) fn drop_index(walk: &mut Walk<'_>, statement: &Statement) {
    let Some(index) = touched(statement, How::Drops).next() else { return };
    let lenient = statement.analysis.flags.if_exists;
    let Some(on) = touched(statement, How::Alters).next() else { return drop_of_schema(walk, index, lenient) };
    let Some(at) = walk.key(on) else { return };
    let table = match walk.find(&at) {
        Found::Table(table) => table.clone(),
        Found::Nothing(_) if lenient => return,
        Found::Nothing(gone) => return walk.missing_table("drops an index of", on, gone),
        _ => return,
    };
    match table.has_key(&index.name) {
        Has::No if lenient => return,
        Has::No => return missing(walk, &index.name, &table.name),
        Has::Yes | Has::Unsure => needed(walk, &table, &at, &index.name, &[]),
    }
    if let Some(table) = walk.schema.table_mut(&at) {
        remove(table, &index.name);
    }
}

/// Takes a key away.
pub(super) fn remove(table: &mut Table, name: &str) {
    let is = |key: &Key| key.name.as_deref().is_some_and(|own| same(own, name));
    match table.keys.iter().position(is) {
        Some(at) => drop(table.keys.remove(at)),
        // One of those that the server has named.
        None => table.more_keys = true,
    }
}

pub(super) fn missing(walk: &mut Walk<'_>, index: &str, table: &str) {
    let message = format!("it names the key {index}, which {table} will not have");
    let why = "the server will say that there is no such key";
    walk.fails("missing_key", message, why, "correct the name, or leave it out");
}

/// SQLite: indexes are the schema's.
fn drop_of_schema(walk: &mut Walk<'_>, index: &ObjectName, lenient: bool) {
    let Some(key) = walk.key(index) else { return };
    let there = walk.schema.has_index(&key);
    walk.schema.indexes.remove(&key);
    if there != Has::No || lenient {
        return;
    }
    let message = format!("it drops the index {index}, which will not be there");
    let why = "the server will say that there is no such index";
    walk.fails("missing_key", message, why, "correct the name, or say IF EXISTS");
}

/// A key that a foreign key stands on must not go, unless another serves as well. `gone`: foreign keys that go too.
pub(super) fn needed(walk: &mut Walk<'_>, table: &Table, at: &str, name: &str, gone: &[String]) {
    let Some(key) = table.key(name).filter(|_| walk.guards_keys() && !table.more_keys) else { return };
    let goes = |foreign: &Option<String>| foreign.as_ref().is_none_or(|own| gone.iter().any(|other| same(own, other)));
    let others: Vec<&Key> = table.keys.iter().filter(|other| *other != key).collect();
    let only = |columns: &[String]| {
        key.leads_with(columns) && !columns.is_empty() && !others.iter().any(|other| leads(table, other, columns))
    };
    let own = table.foreign_keys.iter().any(|foreign| !goes(&foreign.name) && only(&foreign.columns));
    let children = walk.schema.children(at);
    let of_this = |foreign: &&ForeignKey| walk.schema.own(&foreign.parent).as_deref() == Some(at);
    let child = children
        .iter()
        .find(|(_, child)| child.foreign_keys.iter().filter(of_this).any(|foreign| only(&foreign.parent_columns)))
        .map(|(name, _)| (*name).to_owned());
    let by = match (own, child) {
        (true, _) => format!("a foreign key of {}", table.name),
        (false, Some(child)) => format!("a foreign key of {child}"),
        (false, None) => return,
    };
    let message = format!("it drops the key {name} of {}, which {by} needs", table.name);
    walk.fails(
        "referenced",
        message,
        "the server drops no key that a foreign key stands on",
        "drop the foreign key first",
    );
}
