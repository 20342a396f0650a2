//! The columns in an `ALTER TABLE`.

use crate::plan::schema::key::{long_name, missing_column};
use crate::plan::schema::names::same;
use crate::plan::schema::read::Change;
use crate::plan::schema::table::{Column, Has, Place, Table};
use crate::plan::schema::walk::Walk;

/// The names of columns that the operations give.
pub(super) fn brought(changes: &[Change]) -> Vec<String> {
    let name = |change: &Change| match change {
        Change::AddColumn { column, .. } => Some(column.name.clone()),
        Change::Redefine { column, from, .. } if !same(from, &column.name) => Some(column.name.clone()),
        Change::RenameColumn { to, .. } => Some(to.clone()),
        _ => None,
    };
    changes.iter().filter_map(name).collect()
}

/// The names of columns that the operations take away.
pub(super) fn taken(changes: &[Change]) -> Vec<String> {
    let name = |change: &Change| match change {
        Change::DropColumn { name, .. } => Some(name.clone()),
        Change::Redefine { from, column, .. } if !same(from, &column.name) => Some(from.clone()),
        Change::RenameColumn { from, .. } => Some(from.clone()),
        _ => None,
    };
    changes.iter().filter_map(name).collect()
}

/// Looks at the columns that the operations need, and those that they give.
pub(super) fn check(walk: &mut Walk<'_>, at: &str, table: &Table, changes: &[Change], brought: &[String]) {
    let taken = taken(changes);
    let is_in = |names: &[String], name: &str| names.iter().any(|other| same(other, name));
    for change in changes {
        let (needs, verb) = match change {
            Change::DropColumn { name, lenient: false } => (Some(name), "it drops"),
            Change::Redefine { from, lenient: false, .. } => (Some(from), "it changes"),
            Change::RenameColumn { from, lenient: false, .. } => (Some(from), "it renames"),
            Change::Column { name, lenient: false } => (Some(name), "it changes"),
            _ => (None, ""),
        };
        if let Some(name) = needs.filter(|name| table.has_column(name) == Has::No && !is_in(brought, name)) {
            missing_column(walk, &table.name, name, verb);
        }
        if let Change::AddColumn { place: Some(Place::After(name)), lenient: false, .. }
        | Change::Redefine { place: Some(Place::After(name)), lenient: false, .. } = change
            && table.has_column(name) == Has::No
            && !is_in(brought, name)
        {
            missing_column(walk, &table.name, name, "it puts a column after");
        }
        let gives = match change {
            Change::AddColumn { column, lenient: false, .. } => Some(column.name.as_str()),
            Change::Redefine { from, column, .. } if !same(from, &column.name) => Some(column.name.as_str()),
            Change::RenameColumn { from, to, .. } if !same(from, to) => Some(to.as_str()),
            _ => None,
        };
        let Some(name) = gives else { continue };
        if table.column(name).is_some() && !is_in(&taken, name) {
            let message = format!("it gives {} the column {name}, which it has already", table.name);
            let why = "the server will say that the name is taken";
            walk.fails("exists_already", message, why, "leave it out, or use another name");
        } else if walk.schema.names.is_too_long(name) {
            long_name(walk, name);
        }
    }
    drops(walk, at, table, changes);
}

/// Columns that go: somebody may need them.
fn drops(walk: &mut Walk<'_>, at: &str, table: &Table, changes: &[Change]) {
    let dropped = changes.iter().filter_map(|change| match change {
        Change::DropColumn { name, .. } => Some(name.as_str()),
        _ => None,
    });
    let dropped: Vec<&str> = dropped.filter(|name| table.column(name).is_some()).collect();
    let adds = changes.iter().any(|change| matches!(change, Change::AddColumn { .. }));
    if !dropped.is_empty() && dropped.len() == table.columns.len() && !table.more_columns && !adds {
        let message = format!("it drops every column of {}", table.name);
        walk.fails("last_column", message, "a table has at least one column", "drop the table instead");
    }
    let goes = |name: &Option<String>| {
        changes.iter().any(|change| match change {
            Change::DropForeignKey { name: gone, .. } | Change::DropConstraint { name: gone } => {
                name.as_ref().is_none_or(|name| same(name, gone))
            }
            _ => false,
        })
    };
    for name in dropped {
        // Whether keys are checked is none of this.
        if walk.dialect().is_mysql_family() {
            let own = table.foreign_keys.iter().any(|f| !goes(&f.name) && f.columns.iter().any(|c| same(c, name)));
            let child = if own { Some(table.name.clone()) } else { child_on(walk, at, name) };
            if let Some(child) = child {
                let message = format!("it drops {}.{name}, on which a foreign key of {child} stands", table.name);
                let why = "the server drops no column that a foreign key needs";
                walk.fails("referenced", message, why, "drop the foreign key first");
            }
        }
        breaks_views(walk, at, name);
    }
}

fn child_on(walk: &Walk<'_>, at: &str, column: &str) -> Option<String> {
    let refers = |child: &Table| {
        child.foreign_keys.iter().any(|foreign| {
            walk.schema.own(&foreign.parent).as_deref() == Some(at)
                && foreign.parent_columns.iter().any(|c| same(c, column))
        })
    };
    walk.schema.children(at).into_iter().find(|(_, child)| refers(child)).map(|(name, _)| name.to_owned())
}

/// Views that name a column which goes, and read no other table that has one of that name.
pub(super) fn breaks_views(walk: &mut Walk<'_>, at: &str, column: &str) {
    let word = column.to_lowercase();
    let mut broken = Vec::new();
    for (name, view) in walk.schema.readers(at) {
        let mut others = view.reads.iter().filter_map(|read| walk.schema.own(read)).filter(|other| other != at);
        let elsewhere = view.reads.iter().any(|read| walk.schema.own(read).is_none());
        let another = others.any(|other| walk.schema.table(&other).is_none_or(|t| t.has_column(column) != Has::No));
        if view.words.contains(&word) && !elsewhere && !another {
            broken.push(name.to_owned());
        }
    }
    broken.into_iter().for_each(|view| walk.breaks(view, at, Some(column)));
}

/// The columns after one operation.
pub(super) fn change(table: &mut Table, change: &Change) {
    match change {
        Change::AddColumn { column, keys, references, place, lenient } => {
            if *lenient && table.column(&column.name).is_some() {
                return;
            }
            table.columns.retain(|old| !same(&old.name, &column.name));
            put(table, column, place.as_ref());
            keys.iter().for_each(|key| table.add_key(key.clone()));
            table.more_foreign_keys |= references;
            table.more_keys |= references;
        }
        Change::Redefine { from, column, keys, place, lenient } => {
            if *lenient && table.has_column(from) != Has::Yes {
                return;
            }
            table.rename_column(from, &column.name);
            match table.columns.iter_mut().find(|old| same(&old.name, &column.name)) {
                Some(old) if place.is_none() => old.clone_from(column),
                _ => {
                    table.columns.retain(|old| !same(&old.name, &column.name));
                    put(table, column, place.as_ref());
                }
            }
            keys.iter().for_each(|key| table.add_key(key.clone()));
        }
        Change::DropColumn { name, .. } => table.drop_column(name),
        Change::RenameColumn { from, to, .. } => table.rename_column(from, to),
        Change::Charset => {
            table.charset = Some("?".to_owned());
            let texts = table.columns.iter_mut();
            texts.for_each(|column| column.charset = column.charset.take().map(|_| "?".to_owned()));
        }
        _ => {}
    }
}

fn put(table: &mut Table, column: &Column, place: Option<&Place>) {
    let at = match place {
        Some(Place::First) => 0,
        Some(Place::After(name)) => {
            table.columns.iter().position(|old| same(&old.name, name)).map_or(table.columns.len(), |at| at + 1)
        }
        None => table.columns.len(),
    };
    table.columns.insert(at, column.clone());
}
