//! The columns that `INSERT` and `UPDATE` name.

use super::tokens::{find, skip};
use crate::sql::{Cursor, Dialect, ObjectKind, ObjectName};

/// A table and the columns of it that a statement names.
#[derive(Debug)]
pub(in crate::plan::schema) struct Named {
    pub(in crate::plan::schema) table: ObjectName,
    pub(in crate::plan::schema) columns: Vec<String>,
}

/// `INSERT INTO t (a, b)`, `REPLACE INTO t SET a = …`; `None` where no column is named, or it is not understood.
pub(in crate::plan::schema) fn inserted_columns(sql: &str, dialect: Dialect) -> Option<Named> {
    let mut cursor = Cursor::new(sql, dialect);
    if !cursor.at_any(&["INSERT", "REPLACE"]) {
        return None; // WITH, SET STATEMENT
    }
    cursor.next();
    if cursor.eat("OR") {
        cursor.next();
    }
    while cursor.eat_any(&["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE"]).is_some() {}
    cursor.eat("INTO");
    let table = cursor.object(ObjectKind::Table)?;
    if cursor.eat("PARTITION") {
        cursor.skip_parentheses();
    }
    if cursor.eat("AS") {
        cursor.name()?;
    }
    if cursor.eat("SET") {
        return Some(Named { table, columns: assigned(&mut cursor)? });
    }
    cursor.eat_symbol("(").then_some(())?;
    if cursor.at_any(&["SELECT", "WITH", "VALUES", "TABLE"]) {
        return None;
    }
    let mut columns = Vec::new();
    while !cursor.eat_symbol(")") {
        let mut name = cursor.name()?;
        while cursor.eat_symbol(".") {
            name = cursor.name()?;
        }
        columns.push(name);
        if !cursor.at_symbol(")") {
            cursor.eat_symbol(",").then_some(())?;
        }
    }
    Some(Named { table, columns })
}

/// `INSERT INTO t … ON DUPLICATE KEY UPDATE a = …`, `ON CONFLICT … DO UPDATE SET a = …`: the columns that a row which is
/// there gets.
pub(in crate::plan::schema) fn upserted_columns(sql: &str, dialect: Dialect) -> Option<Named> {
    let mut cursor = Cursor::new(sql, dialect);
    if !cursor.at("INSERT") {
        return None;
    }
    while !cursor.eat("INTO") {
        cursor.next()?;
    }
    let table = cursor.object(ObjectKind::Table)?;
    let mut columns = Vec::new();
    while cursor.peek(0).is_some() {
        if cursor.eat_all(&["DUPLICATE", "KEY", "UPDATE"]) || cursor.eat_all(&["DO", "UPDATE", "SET"]) {
            columns.extend(assigned(&mut cursor)?);
        } else {
            skip(&mut cursor)?;
        }
    }
    Some(Named { table, columns })
}

/// `UPDATE t SET a = …` of one table.
pub(in crate::plan::schema) fn updated_columns(sql: &str, dialect: Dialect) -> Option<Named> {
    let mut cursor = Cursor::new(sql, dialect);
    if !cursor.at("UPDATE") {
        return None;
    }
    find(&mut cursor, "UPDATE")?;
    cursor.eat("LOW_PRIORITY");
    cursor.eat("IGNORE");
    if cursor.eat("OR") {
        cursor.next();
    }
    let table = cursor.object(ObjectKind::Table)?;
    if cursor.eat("AS") || !cursor.at("SET") {
        cursor.name()?;
    }
    cursor.eat("SET").then_some(())?;
    Some(Named { table, columns: assigned(&mut cursor)? })
}

/// `a = …, t.b = …`, up to what follows.
fn assigned(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut columns = Vec::new();
    loop {
        let mut name = cursor.name()?;
        while cursor.eat_symbol(".") {
            name = cursor.name()?;
        }
        cursor.eat_symbol("=").then_some(())?;
        columns.push(name);
        while let Some(code) = cursor.peek(0).filter(|code| !code.is_symbol(",")) {
            let ends =
                ["WHERE", "ORDER", "LIMIT", "FROM", "RETURNING", "ON", "AS"].iter().any(|word| code.is_word(word));
            if ends {
                return Some(columns);
            }
            skip(cursor)?;
        }
        if !cursor.eat_symbol(",") {
            return Some(columns);
        }
    }
}
