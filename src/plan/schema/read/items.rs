//! Items between the commas of a table's definition: columns, keys, constraints.

use super::tokens::{skip, skip_item};
use super::types;
use crate::plan::schema::table::{Column, ForeignKey, Key, KeyClass, Part, Place};
use crate::sql::lexer::TokenKind;
use crate::sql::{Cursor, Dialect, ObjectKind};

/// A column, with what its definition says beside it.
#[derive(Debug)]
pub(super) struct ColumnItem {
    pub(super) column: Column,
    pub(super) keys: Vec<Key>,
    /// `REFERENCES`, which not every version obeys here.
    pub(super) references: bool,
    pub(super) place: Option<Place>,
}

/// A key or constraint.
#[derive(Debug)]
pub(super) enum Constraint {
    Key { key: Key, if_not_exists: bool },
    Foreign { key: ForeignKey, if_not_exists: bool },
    Check,
}

/// Reads a column from its name on, up to the comma or parenthesis behind it.
pub(super) fn column(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<ColumnItem> {
    let name = cursor.name()?;
    let word = cursor.peek(0).filter(|code| code.kind == TokenKind::Word).map_or("", |code| code.text).to_owned();
    let sized = cursor.peek(1).is_some_and(|code| code.is_symbol("("));
    let length = if sized { cursor.peek(2).and_then(|code| code.text.parse().ok()) } else { None };
    let mut item = ColumnItem {
        column: Column {
            name,
            kind: types::kind("", None, false, dialect),
            written: word.to_lowercase(),
            charset: None,
            not_null: false,
            hidden: false,
        },
        keys: Vec::new(),
        references: false,
        place: None,
    };
    let mut unsigned = false;
    while let Some(code) = cursor.peek(0) {
        if code.is_symbol(",") || code.is_symbol(")") {
            break;
        }
        if code.is_symbol("(") {
            cursor.skip_parentheses();
            continue;
        }
        cursor.next();
        if code.kind == TokenKind::Word {
            unsigned |= ["UNSIGNED", "ZEROFILL"].iter().any(|word| code.is_word(word));
            attribute(cursor, code.text, &mut item)?;
        }
    }
    item.column.kind = types::kind(&word, length, unsigned, dialect);
    if unsigned {
        item.column.written.push_str(" unsigned");
    }
    Some(item)
}

/// One word of a column's definition, which has been taken.
fn attribute(cursor: &mut Cursor<'_>, word: &str, item: &mut ColumnItem) -> Option<()> {
    match word.to_ascii_uppercase().as_str() {
        "NOT" if cursor.eat("NULL") => item.column.not_null = true,
        "INVISIBLE" => item.column.hidden = true,
        "DEFAULT" | "COMMENT" => skip(cursor).unwrap_or_default(),
        "PRIMARY" => {
            cursor.eat("KEY");
            item.column.not_null = true;
            item.keys.push(of_column(KeyClass::Primary, &item.column.name));
        }
        // SERIAL DEFAULT VALUE, and the type.
        "UNIQUE" | "SERIAL" => {
            cursor.eat("KEY");
            item.keys.push(of_column(KeyClass::Unique, &item.column.name));
        }
        "KEY" => item.keys.push(of_column(KeyClass::Primary, &item.column.name)),
        "CHARACTER" if cursor.eat("SET") => item.column.charset = cursor.name().map(|name| name.to_lowercase()),
        "CHARSET" => item.column.charset = cursor.name().map(|name| name.to_lowercase()),
        "COLLATE" => {
            let collation = cursor.name()?;
            let charset = item.column.charset.take();
            // One that cannot be told is none that is known.
            item.column.charset = charset.or_else(|| types::charset_of(&collation)).or(Some(collation));
        }
        "REFERENCES" => item.references = true,
        "CONSTRAINT" if cursor.is_name(0) && !cursor.at_any(&["CHECK", "PRIMARY", "UNIQUE", "NOT"]) => skip(cursor)?,
        "FIRST" => item.place = Some(Place::First),
        "AFTER" => item.place = Some(Place::After(cursor.name()?)),
        _ => {}
    }
    Some(())
}

fn of_column(class: KeyClass, column: &str) -> Key {
    let part = Part { column: Some(column.to_owned()), prefix: false, may_be_text: false };
    Key { name: None, class, parts: vec![part] }
}

/// Reads a key or constraint, if one is next: up to what follows its columns. The outer `None`: it is not understood.
pub(super) fn constraint(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<Option<Constraint>> {
    let (mut name, mut if_not_exists) = (None, false);
    let named = cursor.eat("CONSTRAINT");
    if named {
        if_not_exists |= cursor.eat_all(&["IF", "NOT", "EXISTS"]);
        if !cursor.at_any(&["PRIMARY", "UNIQUE", "FOREIGN", "CHECK"]) {
            name = Some(cursor.name()?);
        }
    }
    let Some(class) = class(cursor, dialect) else {
        if cursor.eat_all(&["FOREIGN", "KEY"]) {
            if_not_exists |= cursor.eat_all(&["IF", "NOT", "EXISTS"]);
            let key = foreign_key(cursor, name, dialect)?;
            return Some(Some(Constraint::Foreign { key, if_not_exists }));
        }
        if cursor.at("CHECK") && cursor.peek(1).is_some_and(|code| code.is_symbol("(")) {
            cursor.next();
            cursor.skip_parentheses();
            return Some(Some(Constraint::Check));
        }
        return if named { None } else { Some(None) };
    };
    if_not_exists |= cursor.eat_all(&["IF", "NOT", "EXISTS"]);
    let own = if cursor.at_symbol("(") || cursor.at_any(&["USING", "TYPE"]) { None } else { cursor.name() };
    if cursor.eat_any(&["USING", "TYPE"]).is_some() {
        cursor.next();
    }
    let parts = parts(cursor, dialect)?;
    let name = if class == KeyClass::Primary { None } else { own.or(name) };
    Some(Some(Constraint::Key { key: Key { name, class, parts }, if_not_exists }))
}

/// The class of a key, its words taken.
fn class(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<KeyClass> {
    if cursor.eat_all(&["PRIMARY", "KEY"]) {
        return Some(KeyClass::Primary);
    }
    if cursor.eat("UNIQUE") {
        if dialect.is_mysql_family() {
            cursor.eat_any(&["INDEX", "KEY"]);
        }
        return Some(KeyClass::Unique);
    }
    if !dialect.is_mysql_family() {
        return None;
    }
    if cursor.eat_any(&["FULLTEXT", "SPATIAL"]).is_some() || (is_vector(cursor) && cursor.eat("VECTOR")) {
        cursor.eat_any(&["INDEX", "KEY"]);
        return Some(KeyClass::Special);
    }
    cursor.eat_any(&["INDEX", "KEY"]).map(|_| KeyClass::Plain)
}

fn is_vector(cursor: &mut Cursor<'_>) -> bool {
    cursor.at_all(&["VECTOR", "INDEX"]) || cursor.at_all(&["VECTOR", "KEY"])
}

/// `(a, b(10) DESC, (a + b))`.
pub(super) fn parts(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<Vec<Part>> {
    cursor.eat_symbol("(").then_some(())?;
    let mut parts = Vec::new();
    loop {
        parts.push(part(cursor, dialect)?);
        // ASC, COLLATE and the like.
        skip_item(cursor)?;
        if !cursor.eat_symbol(",") {
            cursor.eat_symbol(")").then_some(())?;
            return Some(parts);
        }
    }
}

fn part(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<Part> {
    let expression = Part { column: None, prefix: false, may_be_text: false };
    if !cursor.is_name(0) {
        return Some(expression);
    }
    let mysql = dialect.is_mysql_family();
    let behind = cursor.peek(1)?;
    let ends = behind.is_symbol(",") || behind.is_symbol(")");
    let directed = ["ASC", "DESC", "COLLATE"].iter().any(|word| behind.is_word(word));
    let prefix = mysql && behind.is_symbol("(");
    if !ends && !directed && !prefix {
        return Some(expression);
    }
    let may_be_text = !mysql && cursor.peek(0).is_some_and(|code| code.text.starts_with(['"', '\'']));
    let column = cursor.name()?;
    if prefix {
        cursor.skip_parentheses();
    }
    Some(Part { column: Some(column), prefix, may_be_text })
}

/// From behind `FOREIGN KEY` on.
fn foreign_key(cursor: &mut Cursor<'_>, name: Option<String>, dialect: Dialect) -> Option<ForeignKey> {
    let index = if cursor.at_symbol("(") { None } else { cursor.name() };
    let columns = columns(cursor, dialect)?;
    cursor.eat("REFERENCES").then_some(())?;
    let parent = cursor.object(ObjectKind::Table)?;
    let parent_columns = if cursor.at_symbol("(") { self::columns(cursor, dialect)? } else { Vec::new() };
    let mut sets_null = false;
    while let Some(code) = cursor.peek(0).filter(|code| !code.is_symbol(",") && !code.is_symbol(")")) {
        cursor.next();
        sets_null |= code.is_word("SET") && cursor.at("NULL");
    }
    // MySQL takes the name of the index for the constraint's where that has none; MariaDB makes up one.
    let name = name.or(index.filter(|_| dialect == Dialect::MySql));
    Some(ForeignKey { name, columns, parent, parent_columns, sets_null })
}

/// Plain columns in parentheses.
fn columns(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<Vec<String>> {
    parts(cursor, dialect)?.into_iter().map(|part| part.column).collect()
}
