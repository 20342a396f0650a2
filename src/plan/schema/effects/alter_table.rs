//! `ALTER TABLE`: all its operations meet the table as it stands before them, and see what the others bring.

use super::alter_columns as columns;
use super::index::{self, is_replaced, needed};
use super::rename;
use super::touched::touched;
use crate::plan::schema::names::same;
use crate::plan::schema::read::{self, Change};
use crate::plan::schema::state::{Entry, Found};
use crate::plan::schema::table::{ForeignKey, Has, Key, KeyClass, Table};
use crate::plan::schema::walk::Walk;
use crate::plan::schema::{foreign, key};
use crate::sql::{Dialect, How, ObjectName, Statement};

pub(super) fn apply(walk: &mut Walk<'_>, statement: &Statement) {
    let flags = statement.analysis.flags;
    let named = touched(statement, How::Alters).next().or_else(|| touched(statement, How::RenamesFrom).next());
    let Some(name) = named else { return };
    // The other table of an exchange of partitions, and the like.
    for object in touched(statement, How::Writes) {
        if let Some(key) = walk.key(object) {
            walk.forget(key, "what is exchanged cannot be told");
        }
    }
    let Some(at) = walk.key(name) else { return renamed_elsewhere(walk, statement) };
    let table = match walk.find(&at) {
        Found::Table(table) => table.clone(),
        // The analysis has one flag for the table and for its parts.
        Found::Nothing(_) if flags.if_exists => return,
        Found::Nothing(gone) => return walk.missing_table("alters", name, gone),
        Found::View(_) => return views_only_get_other_names(walk, statement, name),
        Found::Other | Found::Untold | Found::Unknown(_) => {
            if let Some(to) = touched(statement, How::RenamesTo).next() {
                rename::rename(walk, name, to, true);
            }
            return;
        }
    };
    let changes = read::alter(statement.plain(), walk.dialect()).filter(|_| !flags.partial);
    let Some(changes) = changes else {
        return walk.forget(at, "what it does to the table cannot be told");
    };
    let altered = alter(walk, &at, table, &changes);
    walk.put(at, Entry::Table(Box::new(altered)));
    for change in &changes {
        match change {
            Change::RenameTo(to) => rename::rename(walk, name, to, true),
            Change::RenameColumn { from, to, .. } => renamed_column(walk, name, from, to),
            Change::Redefine { from, column, .. } => renamed_column(walk, name, from, &column.name),
            _ => {}
        }
    }
}

fn renamed_elsewhere(walk: &mut Walk<'_>, statement: &Statement) {
    if let (Some(from), Some(to)) =
        (touched(statement, How::RenamesFrom).next(), touched(statement, How::RenamesTo).next())
    {
        rename::rename(walk, from, to, true);
    }
}

fn views_only_get_other_names(walk: &mut Walk<'_>, statement: &Statement, name: &ObjectName) {
    let only_renamed = touched(statement, How::Alters).next().is_none();
    match touched(statement, How::RenamesTo).next().filter(|_| only_renamed && walk.dialect().is_mysql_family()) {
        Some(to) => rename::rename(walk, name, to, true),
        None => {
            let message = format!("it alters {name}, which is a view");
            walk.fails("wrong_kind", message, "ALTER TABLE is for tables", "make the view anew");
        }
    }
}

fn renamed_column(walk: &mut Walk<'_>, table: &ObjectName, from: &str, to: &str) {
    if let Some(at) = walk.key(table).filter(|_| !same(from, to)) {
        walk.schema.rename_parent_column(&at, from, to);
        match walk.dialect() {
            Dialect::Sqlite => walk.schema.rename_word(&at, from, to),
            Dialect::MySql | Dialect::MariaDb => columns::breaks_views(walk, &at, from),
        }
    }
}

/// Looks at the operations, and gives the table as it is after them.
fn alter(walk: &mut Walk<'_>, at: &str, table: Table, changes: &[Change]) -> Table {
    let brought = columns::brought(changes);
    columns::check(walk, at, &table, changes, &brought);
    check_keys(walk, at, &table, changes);
    let mut after = table.clone();
    changes.iter().for_each(|change| columns::change(&mut after, change));
    changes.iter().for_each(|change| change_keys(&mut after, &table, change));
    // Names that other operations take away or give: a key may name either.
    let mut spared = brought;
    spared.extend(columns::taken(changes));
    if walk.dialect().is_mysql_family() {
        for change in changes {
            match change {
                Change::AddKey { key, lenient: false } => key::check(walk, &after, key, &spared),
                Change::AddForeignKey { key, lenient: false } => foreign::check(walk, &after, key, &spared),
                _ => {}
            }
        }
    }
    for foreign in &mut after.foreign_keys {
        foreign.parent = walk.placed(foreign.parent.clone());
    }
    after
}

/// Names of the foreign keys that go; `None` among them is one that has no name.
fn gone(changes: &[Change]) -> Vec<String> {
    let name = |change: &Change| match change {
        Change::DropForeignKey { name, .. } | Change::DropConstraint { name } => Some(name.clone()),
        _ => None,
    };
    changes.iter().filter_map(name).collect()
}

fn check_keys(walk: &mut Walk<'_>, at: &str, table: &Table, changes: &[Change]) {
    let gone = gone(changes);
    let adds = changes.iter().any(|change| matches!(change, Change::AddKey { .. }));
    let goes = |name: &str| {
        changes.iter().any(|change| match change {
            Change::DropKey { name: gone, .. } | Change::DropConstraint { name: gone } => same(gone, name),
            Change::RenameKey { from, .. } => same(from, name),
            _ => false,
        })
    };
    let comes = |name: &str| {
        changes.iter().any(|change| match change {
            Change::AddKey { key, .. } => key.name.as_deref().is_none_or(|own| same(own, name)),
            Change::RenameKey { to, .. } => same(to, name),
            Change::AddColumn { keys, .. } | Change::Redefine { keys, .. } => !keys.is_empty(),
            Change::AddForeignKey { .. } => true,
            _ => false,
        })
    };
    let drops_primary = changes.iter().any(|change| matches!(change, Change::DropPrimaryKey { .. }));
    let mut primary = table.has_primary_key() == Has::Yes && !drops_primary;
    for change in changes {
        match change {
            Change::AddKey { key: Key { class: KeyClass::Primary, .. }, lenient: false } => {
                let is_second = std::mem::replace(&mut primary, true);
                if is_second && !goes("PRIMARY") {
                    second_primary_key(walk, table);
                }
            }
            Change::AddKey { key: added, lenient: false } => {
                let Some(name) = &added.name else { continue };
                let stands = table.key(name).is_some_and(|old| !goes(name) && !is_replaced(table, old, Some(added)));
                if stands {
                    let message = format!("it adds the key {name}, which {} has already", table.name);
                    let why = "the server will say that the name is taken";
                    walk.fails("duplicate_key", message, why, "leave it out, or use another name");
                }
            }
            Change::DropKey { name, lenient: false }
            | Change::RenameKey { from: name, lenient: false, .. }
            | Change::Key { name, lenient: false } => match table.has_key(name) {
                Has::No if !comes(name) => index::missing(walk, name, &table.name),
                Has::Yes if !adds && matches!(change, Change::DropKey { .. }) => needed(walk, table, at, name, &gone),
                _ => {}
            },
            Change::DropPrimaryKey { lenient: false } if table.has_primary_key() == Has::No => {
                index::missing(walk, "PRIMARY", &table.name);
            }
            _ => {}
        }
    }
    check_foreign_keys(walk, table, changes, &gone);
}

fn second_primary_key(walk: &mut Walk<'_>, table: &Table) {
    let message = format!("it adds a primary key to {}, which has one already", table.name);
    walk.fails("duplicate_key", message, "a table has one primary key", "drop the old one in the same statement");
}

fn check_foreign_keys(walk: &mut Walk<'_>, table: &Table, changes: &[Change], gone: &[String]) {
    if !foreign::are_kept(walk, table) {
        return;
    }
    let is_gone = |name: &str| gone.iter().any(|gone| same(gone, name));
    for change in changes {
        match change {
            Change::DropForeignKey { name, lenient: false } if table.has_foreign_key(name) == Has::No => {
                let message = format!("it drops the foreign key {name}, which {} will not have", table.name);
                let why = "the server will say that there is no such foreign key";
                walk.fails("missing_key", message, why, "correct the name, or leave it out");
            }
            Change::AddForeignKey { key: ForeignKey { name: Some(name), .. }, lenient: false }
                if table.has_foreign_key(name) == Has::Yes && !is_gone(name) =>
            {
                let message = format!("it adds the foreign key {name}, which {} has already", table.name);
                let why = "the server will say that the name is taken";
                walk.fails("duplicate_key", message, why, "leave it out, or use another name");
            }
            _ => {}
        }
    }
}

/// The keys after one operation.
fn change_keys(after: &mut Table, before: &Table, change: &Change) {
    match change {
        Change::AddKey { key, lenient } => {
            let stands = key.name.as_deref().is_some_and(|name| before.key(name).is_some());
            if !(*lenient && stands) {
                after.add_key(key.clone());
            }
        }
        Change::DropKey { name, .. } => index::remove(after, name),
        Change::RenameKey { from, to, .. } => {
            match after.keys.iter_mut().find(|key| key.name.as_deref().is_some_and(|own| same(own, from))) {
                Some(key) => key.name = Some(to.clone()),
                None => after.more_keys = true,
            }
        }
        Change::DropPrimaryKey { .. } => after.keys.retain(|key| key.class != KeyClass::Primary),
        Change::AddForeignKey { key, lenient } => {
            let stands = key.name.as_deref().is_some_and(|name| before.has_foreign_key(name) != Has::No);
            if !(*lenient && stands) {
                after.add_foreign_key(key.clone());
            }
        }
        Change::DropForeignKey { name, .. } => drop_foreign_key(after, name),
        Change::DropConstraint { name } => {
            after.keys.retain(|key| !key.name.as_deref().is_some_and(|own| same(own, name)));
            drop_foreign_key(after, name);
        }
        Change::Engine(engine) => {
            after.engine = Some(engine.to_lowercase());
            if after.engine.as_deref() != Some("innodb") {
                after.foreign_keys.clear();
                after.more_foreign_keys = true;
            }
        }
        _ => {}
    }
}

/// The server keeps the key that it has made for a foreign key, and may replace it later.
fn drop_foreign_key(table: &mut Table, name: &str) {
    let is = |key: &ForeignKey| key.name.as_deref().is_some_and(|own| same(own, name));
    match table.foreign_keys.iter().position(is) {
        Some(at) => {
            table.foreign_keys.remove(at);
            table.more_foreign_keys = true;
        }
        None => table.foreign_keys.retain(|key| key.name.is_some()),
    }
}
