//! The operations of an `ALTER TABLE`, with what they say of columns and keys.

use super::items::{self, ColumnItem, Constraint};
use super::tokens::{find, skip_item};
use crate::plan::schema::table::{Column, ForeignKey, Key, Place};
use crate::sql::{Cursor, Dialect, ObjectKind, ObjectName};

/// One operation. `lenient`: it says `IF EXISTS` or `IF NOT EXISTS`.
#[derive(Debug)]
pub(in crate::plan::schema) enum Change {
    AddColumn {
        column: Column,
        keys: Vec<Key>,
        references: bool,
        place: Option<Place>,
        lenient: bool,
    },
    /// `MODIFY`, `CHANGE`.
    Redefine {
        from: String,
        column: Column,
        keys: Vec<Key>,
        place: Option<Place>,
        lenient: bool,
    },
    DropColumn {
        name: String,
        lenient: bool,
    },
    RenameColumn {
        from: String,
        to: String,
        lenient: bool,
    },
    /// A column's default or visibility.
    Column {
        name: String,
        lenient: bool,
    },
    AddKey {
        key: Key,
        lenient: bool,
    },
    DropKey {
        name: String,
        lenient: bool,
    },
    RenameKey {
        from: String,
        to: String,
        lenient: bool,
    },
    /// A key's visibility.
    Key {
        name: String,
        lenient: bool,
    },
    DropPrimaryKey {
        lenient: bool,
    },
    AddForeignKey {
        key: ForeignKey,
        lenient: bool,
    },
    DropForeignKey {
        name: String,
        lenient: bool,
    },
    /// A key, a foreign key or a check.
    DropConstraint {
        name: String,
    },
    RenameTo(ObjectName),
    Engine(String),
    /// Other character sets; the columns may get other types.
    Charset,
    /// Anything that concerns neither columns nor keys.
    Else,
}

/// Reads an `ALTER TABLE`; `None` where it is not understood to its end.
pub(in crate::plan::schema) fn alter(sql: &str, dialect: Dialect) -> Option<Vec<Change>> {
    let mut cursor = Cursor::new(sql, dialect);
    find(&mut cursor, "ALTER")?;
    find(&mut cursor, "TABLE")?;
    cursor.eat_all(&["IF", "EXISTS"]);
    cursor.object(ObjectKind::Table)?;
    if cursor.eat("WAIT") {
        cursor.next();
    }
    cursor.eat("NOWAIT");
    let mut changes = Vec::new();
    while cursor.peek(0).is_some() {
        if !cursor.eat_symbol(",") {
            operation(&mut cursor, dialect, &mut changes)?;
            rest(&mut cursor, &mut changes);
        }
    }
    Some(changes)
}

/// Up to the comma outside parentheses; an engine may be written there without one.
fn rest(cursor: &mut Cursor<'_>, changes: &mut Vec<Change>) {
    while !cursor.at_symbol(",") {
        if cursor.at_symbol("(") {
            cursor.skip_parentheses();
            continue;
        }
        let Some(code) = cursor.next() else { return };
        if code.is_word("ENGINE") && cursor.eat_symbol("=") {
            changes.extend(cursor.name().map(Change::Engine));
        }
    }
}

fn operation(cursor: &mut Cursor<'_>, dialect: Dialect, changes: &mut Vec<Change>) -> Option<()> {
    let word = cursor.next()?.text.to_ascii_uppercase();
    let change = match word.as_str() {
        "ADD" => return add(cursor, dialect, changes),
        "DROP" => drop_part(cursor)?,
        "MODIFY" | "CHANGE" => redefine(cursor, dialect, word == "CHANGE")?,
        "ALTER" => alter_part(cursor)?,
        "RENAME" => rename(cursor)?,
        "ENGINE" => {
            cursor.eat_symbol("=");
            Change::Engine(cursor.name()?)
        }
        "CONVERT" | "CHARACTER" | "CHARSET" | "COLLATE" | "DEFAULT" => Change::Charset,
        "EXCHANGE" | "IMPORT" | "DISCARD" => return None,
        _ => Change::Else,
    };
    changes.push(change);
    Some(())
}

fn add(cursor: &mut Cursor<'_>, dialect: Dialect, changes: &mut Vec<Change>) -> Option<()> {
    if cursor.at_all(&["SYSTEM", "VERSIONING"]) || cursor.at_all(&["PERIOD", "FOR"]) {
        return None;
    }
    if cursor.at("PARTITION") {
        changes.push(Change::Else);
        return Some(());
    }
    if let Some(constraint) = items::constraint(cursor, dialect)? {
        changes.push(constraint.into());
        return Some(());
    }
    let column = cursor.eat("COLUMN");
    let lenient = cursor.eat_all(&["IF", "NOT", "EXISTS"]);
    if !cursor.at_symbol("(") || (!column && !dialect.is_mysql_family()) {
        changes.push(added(items::column(cursor, dialect)?, lenient));
        return Some(());
    }
    cursor.next();
    loop {
        match items::constraint(cursor, dialect)? {
            Some(constraint) => changes.push(constraint.into()),
            None => changes.push(added(items::column(cursor, dialect)?, lenient)),
        }
        skip_item(cursor)?;
        if !cursor.eat_symbol(",") {
            return cursor.eat_symbol(")").then_some(());
        }
    }
}

fn added(item: ColumnItem, lenient: bool) -> Change {
    let ColumnItem { column, keys, references, place } = item;
    Change::AddColumn { column, keys, references, place, lenient }
}

impl From<Constraint> for Change {
    fn from(constraint: Constraint) -> Change {
        match constraint {
            Constraint::Key { key, if_not_exists } => Change::AddKey { key, lenient: if_not_exists },
            Constraint::Foreign { key, if_not_exists } => Change::AddForeignKey { key, lenient: if_not_exists },
            Constraint::Check => Change::Else,
        }
    }
}

fn if_exists(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_all(&["IF", "EXISTS"])
}

fn drop_part(cursor: &mut Cursor<'_>) -> Option<Change> {
    if cursor.eat_all(&["PRIMARY", "KEY"]) {
        return Some(Change::DropPrimaryKey { lenient: if_exists(cursor) });
    }
    if cursor.at("PARTITION") {
        return Some(Change::Else);
    }
    if cursor.at_all(&["SYSTEM", "VERSIONING"]) || cursor.at_all(&["PERIOD", "FOR"]) {
        return None;
    }
    if cursor.eat_all(&["FOREIGN", "KEY"]) {
        let lenient = if_exists(cursor);
        return Some(Change::DropForeignKey { name: cursor.name()?, lenient });
    }
    let part = cursor.eat_any(&["INDEX", "KEY", "CONSTRAINT", "CHECK", "COLUMN"]).unwrap_or("COLUMN");
    let lenient = if_exists(cursor);
    let name = cursor.name()?;
    Some(match part.to_ascii_uppercase().as_str() {
        "INDEX" | "KEY" => Change::DropKey { name, lenient },
        "CONSTRAINT" | "CHECK" => Change::DropConstraint { name },
        _ => Change::DropColumn { name, lenient },
    })
}

fn redefine(cursor: &mut Cursor<'_>, dialect: Dialect, renames: bool) -> Option<Change> {
    cursor.eat("COLUMN");
    let lenient = if_exists(cursor);
    let old = if renames { Some(cursor.name()?) } else { None };
    let ColumnItem { column, keys, place, .. } = items::column(cursor, dialect)?;
    let from = old.unwrap_or_else(|| column.name.clone());
    Some(Change::Redefine { from, column, keys, place, lenient })
}

fn alter_part(cursor: &mut Cursor<'_>) -> Option<Change> {
    if cursor.eat_any(&["INDEX", "KEY"]).is_some() {
        let lenient = if_exists(cursor);
        return Some(Change::Key { name: cursor.name()?, lenient });
    }
    if cursor.eat_any(&["CHECK", "CONSTRAINT"]).is_some() {
        return Some(Change::Else);
    }
    cursor.eat("COLUMN");
    let lenient = if_exists(cursor);
    Some(Change::Column { name: cursor.name()?, lenient })
}

fn rename(cursor: &mut Cursor<'_>) -> Option<Change> {
    if cursor.eat_any(&["INDEX", "KEY"]).is_some() {
        let lenient = if_exists(cursor);
        let from = cursor.name()?;
        cursor.eat("TO").then_some(())?;
        return Some(Change::RenameKey { from, to: cursor.name()?, lenient });
    }
    // SQLite lets COLUMN be left out.
    let bare = cursor.peek(1).is_some_and(|code| code.is_word("TO")) && !cursor.at("TO");
    if cursor.eat("COLUMN") || bare {
        let lenient = if_exists(cursor);
        let from = cursor.name()?;
        cursor.eat("TO").then_some(())?;
        return Some(Change::RenameColumn { from, to: cursor.name()?, lenient });
    }
    if cursor.eat_any(&["TO", "AS"]).is_none() {
        cursor.eat_symbol("=");
    }
    cursor.object(ObjectKind::Table).map(Change::RenameTo)
}
