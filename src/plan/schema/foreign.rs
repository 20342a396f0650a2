//! Foreign keys that a server refuses, on InnoDB. Where its session does not check them, it lets them wait for a table that
//! is not there yet, and looks at all else.

use super::key::missing_column;
use super::names::same;
use super::state::Found;
use super::table::{Column, ForeignKey, Has, Key, KeyClass, Kind, Table};
use super::walk::Walk;
use crate::sql::ObjectName;

/// True if foreign keys of a table are kept for certain.
pub(super) fn are_kept(walk: &Walk<'_>, table: &Table) -> bool {
    let engine = table.engine.as_deref().or(walk.engine.as_deref());
    walk.dialect().is_mysql_family() && engine == Some("innodb")
}

/// Foreign keys, with their tables, that lead to a name.
pub(super) fn leading_to(walk: &Walk<'_>, key: &str) -> Vec<(Table, ForeignKey)> {
    let leads = |foreign: &&ForeignKey| walk.schema.own(&foreign.parent).as_deref() == Some(key);
    let children = walk.schema.children(key).into_iter().map(|(_, child)| child).filter(|child| are_kept(walk, child));
    let of = |child: &Table| {
        child.foreign_keys.iter().filter(leads).map(|key| (child.clone(), key.clone())).collect::<Vec<_>>()
    };
    children.flat_map(of).collect()
}

/// A table takes a name for which foreign keys waited: they have to fit it.
pub(super) fn waited_for(walk: &mut Walk<'_>, parent: &Table, waiting: &[(Table, ForeignKey)]) {
    if are_kept(walk, parent) {
        waiting.iter().for_each(|(child, foreign)| check_parent(walk, child, foreign, parent));
    }
}

/// Finds faults of a foreign key in a table as it will be. Names that the statement takes away or gives are `spared`.
pub(super) fn check(walk: &mut Walk<'_>, child: &Table, foreign: &ForeignKey, spared: &[String]) {
    let is_spared = |name: &String| spared.iter().any(|spared| same(spared, name));
    for column in foreign.columns.iter().filter(|column| !is_spared(column)) {
        if child.has_column(column) == Has::No {
            missing_column(walk, &child.name, column, "a foreign key names");
            return;
        }
    }
    if let Some(name) = foreign.name.as_deref().filter(|name| walk.schema.names.is_too_long(name)) {
        super::key::long_name(walk, name);
    }
    if !are_kept(walk, child) || foreign.columns.iter().any(is_spared) {
        return;
    }
    if foreign.sets_null
        && let Some(column) = foreign.columns.iter().find_map(|name| child.column(name).filter(|c| c.not_null))
    {
        let message = format!("a foreign key would set {} to NULL, which is NOT NULL", column.name);
        let why = "the server refuses such a foreign key";
        walk.fails("foreign_key", message, why, "let the column take NULL, or use another action");
        return;
    }
    let Some(key) = walk.key(&foreign.parent) else { return };
    if key == walk.schema.names.table(&child.name) {
        if spared.is_empty() {
            check_parent(walk, child, foreign, child);
        }
        return;
    }
    let is_wanted = walk.checks_keys();
    match walk.find(&key) {
        Found::Table(parent) => {
            let parent = parent.clone();
            check_parent(walk, child, foreign, &parent);
        }
        Found::Nothing(gone) if is_wanted => missing_parent(walk, &foreign.parent, &key, gone),
        Found::Nothing(_) | Found::View(_) | Found::Other | Found::Untold | Found::Unknown(_) => {}
    }
}

fn missing_parent(walk: &mut Walk<'_>, parent: &ObjectName, key: &str, gone: Option<super::state::At>) {
    let remedy = match (walk.maker(key), gone) {
        (Some(maker), _) => {
            format!("{} makes it: let that come first, or add the foreign key after it", walk.place(maker))
        }
        (None, Some(gone)) => format!("{} takes it away: let that come later", walk.place(gone)),
        (None, None) => "create it first, or correct the name".to_owned(),
    };
    let message = format!("a foreign key refers to {parent}, which will not be there");
    walk.fails("foreign_key", message, "the server wants the table that a foreign key refers to", &remedy);
}

fn check_parent(walk: &mut Walk<'_>, child: &Table, foreign: &ForeignKey, parent: &Table) {
    for column in &foreign.parent_columns {
        if parent.has_column(column) == Has::No {
            missing_column(walk, &parent.name, column, "a foreign key refers to");
            return;
        }
    }
    if foreign.parent_columns.len() != foreign.columns.len() {
        return;
    }
    for (own, other) in foreign.columns.iter().zip(&foreign.parent_columns) {
        let (Some(own), Some(other)) = (child.column(own), parent.column(other)) else { return };
        if are_different(own, other) {
            let (mine, theirs) = (&own.written, &other.written);
            let message =
                format!("a foreign key joins {} ({mine}) to {}.{} ({theirs})", own.name, parent.name, other.name);
            let why = "the server wants both to have the same type";
            walk.fails("foreign_key", message, why, &format!("make {} {theirs}", own.name));
            return;
        }
    }
    let unsure = parent.more_keys || parent.more_columns;
    if !unsure && !parent.keys.iter().any(|key| leads(parent, key, &foreign.parent_columns)) {
        let columns = foreign.parent_columns.join(", ");
        let message =
            format!("a foreign key refers to {}({columns}), which no key of {} begins with", parent.name, parent.name);
        let why = "the server wants a key on the columns that a foreign key refers to";
        walk.fails("foreign_key", message, why, &format!("add a unique key on {}({columns}) first", parent.name));
    }
}

/// True if a key, with the primary key that InnoDB puts behind every other, begins with these columns.
pub(super) fn leads(table: &Table, key: &Key, columns: &[String]) -> bool {
    let mut whole = key.clone();
    let primary = table.keys.iter().find(|key| key.class == KeyClass::Primary && *key != &whole);
    whole.parts.extend(primary.into_iter().flat_map(|primary| primary.parts.clone()));
    whole.leads_with(columns) || key.parts.iter().any(|part| part.column.is_none())
}

/// True if InnoDB takes the columns for different ones: whole numbers of another size or sign, or a whole number and a
/// text.
fn are_different(one: &Column, other: &Column) -> bool {
    let is_text = |kind: &Kind| matches!(kind, Kind::Text { .. } | Kind::Binary);
    match (&one.kind, &other.kind) {
        (Kind::Integer { .. }, Kind::Integer { .. }) => one.kind != other.kind,
        (Kind::Integer { .. }, kind) | (kind, Kind::Integer { .. }) => is_text(kind),
        _ => false,
    }
}
