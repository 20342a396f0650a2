//! `CREATE TABLE` and `CREATE INDEX`.

use super::items::{self, Constraint};
use super::tokens::{find, skip, skip_item};
use super::types;
use crate::plan::schema::table::{Key, KeyClass, Table};
use crate::sql::lexer::TokenKind;
use crate::sql::{Cursor, Dialect, ObjectKind, ObjectName};

/// Product of a `CREATE TABLE`.
#[derive(Debug)]
pub(in crate::plan::schema) enum Created {
    /// A table with these columns and keys.
    Table(Box<Table>),
    /// One like another.
    Like(ObjectName),
    /// A table of which the text does not tell the columns.
    Untold,
}

/// Reads a `CREATE TABLE`.
pub(in crate::plan::schema) fn create_table(sql: &str, dialect: Dialect) -> Created {
    read_table(&mut Cursor::new(sql, dialect), dialect).unwrap_or(Created::Untold)
}

fn read_table(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<Created> {
    find(cursor, "CREATE")?;
    let mut special = false;
    while !cursor.at("TABLE") {
        special |= cursor.at("VIRTUAL");
        cursor.next()?;
    }
    cursor.next();
    cursor.eat_all(&["IF", "NOT", "EXISTS"]);
    let name = cursor.object(ObjectKind::Table)?.name;
    if special {
        return None;
    }
    if cursor.eat("LIKE") {
        return cursor.object(ObjectKind::Table).map(Created::Like);
    }
    let mut table = Table { name, ..Table::default() };
    if cursor.eat_symbol("(") {
        if cursor.eat("LIKE") {
            return cursor.object(ObjectKind::Table).map(Created::Like);
        }
        if cursor.at_any(&["SELECT", "WITH", "VALUES"]) {
            return None;
        }
        while !cursor.eat_symbol(")") {
            item(cursor, &mut table, dialect)?;
            if !cursor.eat_symbol(",") {
                cursor.at_symbol(")").then_some(())?;
            }
        }
    }
    options(cursor, &mut table);
    // Some engines find the columns by themselves.
    table.more_columns |= table.columns.is_empty();
    Some(Created::Table(Box::new(table)))
}

fn item(cursor: &mut Cursor<'_>, table: &mut Table, dialect: Dialect) -> Option<()> {
    if cursor.at_all(&["PERIOD", "FOR"]) {
        table.more_columns = true;
        return skip_item(cursor);
    }
    match items::constraint(cursor, dialect)? {
        Some(Constraint::Key { key, .. }) => table.add_key(key),
        Some(Constraint::Foreign { key, .. }) => table.foreign_keys.push(key),
        Some(Constraint::Check) => {}
        None => {
            let item = items::column(cursor, dialect)?;
            table.columns.push(item.column);
            item.keys.into_iter().for_each(|key| table.add_key(key));
            // Some versions make a foreign key of it, and a key for that.
            table.more_foreign_keys |= item.references;
            table.more_keys |= item.references;
            return Some(());
        }
    }
    // Options of a key; NOT ENFORCED.
    while !cursor.at_symbol(",") && !cursor.at_symbol(")") {
        // SQLite lets constraints follow each other without a comma.
        if !dialect.is_mysql_family() && cursor.at_any(&["CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"]) {
            return item(cursor, table, dialect);
        }
        skip(cursor)?;
    }
    Some(())
}

/// Reads what follows the parentheses.
fn options(cursor: &mut Cursor<'_>, table: &mut Table) {
    let mut collation = None;
    while let Some(code) = cursor.next() {
        if code.kind != TokenKind::Word && !code.is_symbol("(") {
            continue;
        }
        match code.text.to_ascii_uppercase().as_str() {
            "ENGINE" => table.engine = value(cursor),
            "CHARSET" => table.charset = value(cursor),
            "CHARACTER" if cursor.eat("SET") => table.charset = value(cursor),
            "COLLATE" => collation = value(cursor),
            "COMMENT" => drop(value(cursor)),
            "AS" | "SELECT" | "VALUES" | "TABLE" | "(" => {
                table.more_columns = true;
                break;
            }
            "WITH" => table.more_columns |= cursor.eat_all(&["SYSTEM", "VERSIONING"]),
            "PARTITION" => break,
            _ => {}
        }
    }
    if table.charset.is_none() {
        table.charset = collation.map(|collation| types::charset_of(&collation).unwrap_or(collation));
    }
}

fn value(cursor: &mut Cursor<'_>) -> Option<String> {
    cursor.eat_symbol("=");
    cursor.next().map(|code| code.text.trim_matches(['\'', '"', '`']).to_lowercase())
}

/// Reads a `CREATE INDEX`: the key that it makes.
pub(in crate::plan::schema) fn create_index(sql: &str, dialect: Dialect) -> Option<Key> {
    let mut cursor = Cursor::new(sql, dialect);
    find(&mut cursor, "CREATE")?;
    let mut class = KeyClass::Plain;
    while !cursor.at("INDEX") {
        class = match () {
            () if cursor.at("UNIQUE") => KeyClass::Unique,
            () if cursor.at_any(&["FULLTEXT", "SPATIAL", "VECTOR"]) => KeyClass::Special,
            () => class,
        };
        cursor.next()?;
    }
    cursor.next();
    cursor.eat_all(&["IF", "NOT", "EXISTS"]);
    let name = cursor.object(ObjectKind::Index)?.name;
    if cursor.eat_any(&["USING", "TYPE"]).is_some() {
        cursor.next();
    }
    cursor.eat("ON").then_some(())?;
    cursor.object(ObjectKind::Table)?;
    let parts = items::parts(&mut cursor, dialect)?;
    Some(Key { name: Some(name), class, parts })
}
