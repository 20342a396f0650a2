//! The statements that rows stand for.

use super::Data;
use super::data::{Row, Value};
use super::node::Cell;
use crate::handlers::Fault;
use crate::sql::{Dialect, ObjectKind, ObjectName, quote_identifier, quote_name, quote_text};

/// The most rows that one statement brings. What a statement changes is kept as a whole, so that few are better than many.
const MOST: usize = 1_000;

/// The statements, in pieces: each with the line that it stands for, the rows on their own.
///
/// # Errors
/// A name that cannot be quoted.
pub(in crate::handlers) fn pieces(data: &Data, dialect: Dialect) -> Result<Vec<(u32, String)>, Fault> {
    let mut pieces = Vec::new();
    let mut rest = data.rows.as_slice();
    while let Some(first) = rest.first() {
        let is_alike = |row: &&Row| columns(row).eq(columns(first));
        let count = rest.iter().take_while(is_alike).take(MOST).count();
        let (together, others) = rest.split_at(count);
        statement(data, together, dialect, &mut pieces)?;
        rest = others;
    }
    Ok(pieces)
}

fn columns(row: &Row) -> impl Iterator<Item = &str> {
    row.values.iter().map(|(name, _)| name.as_str())
}

/// One statement: `INSERT …` before the first row, and what is to become of rows that are there behind the last.
fn statement(data: &Data, rows: &[Row], dialect: Dialect, pieces: &mut Vec<(u32, String)>) -> Result<(), Fault> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(()) };
    let line = first.line;
    let quoted = |name: &str| match name.contains("--") || name.contains(char::is_control) {
        true => Err(Fault::new(line, format!("{name:?} can be no name here: correct it"))),
        false => quote_identifier(name, dialect).map_err(|error| Fault::new(line, error.to_string())),
    };
    let names: Vec<String> = columns(first).map(quoted).collect::<Result<_, _>>()?;
    let object = match &data.schema {
        Some(schema) => ObjectName::qualified(ObjectKind::Table, schema.clone(), data.table.clone()),
        None => ObjectName::new(ObjectKind::Table, data.table.clone()),
    };
    if [Some(&data.table), data.schema.as_ref()].into_iter().flatten().any(|name| quoted(name).is_err()) {
        return Err(Fault::new(data.table_line, format!("{:?} can be no name of a table: correct it", data.table)));
    }
    let table = quote_name(&object, dialect).map_err(|error| Fault::new(line, error.to_string()))?;
    for (at, row) in rows.iter().enumerate() {
        let head =
            if at == 0 { format!("INSERT INTO {table} ({}) VALUES ", names.join(", ")) } else { ", ".to_owned() };
        let values: Vec<String> =
            row.values.iter().map(|(_, value)| literal(value, dialect)).collect::<Result<_, _>>()?;
        pieces.push((row.line, format!("{head}({})", values.join(", "))));
    }
    let is_key = |name: &str| data.key.iter().any(|column| column.eq_ignore_ascii_case(name));
    let others: Vec<String> = columns(first).filter(|name| !is_key(name)).map(quoted).collect::<Result<_, _>>()?;
    let keys: Vec<String> = data.key.iter().map(|name| quoted(name)).collect::<Result<_, _>>()?;
    pieces.push((last.line, format!("{};", on_conflict(&keys, &others, dialect))));
    Ok(())
}

fn on_conflict(keys: &[String], others: &[String], dialect: Dialect) -> String {
    let set = |value: &dyn Fn(&str) -> String| -> String {
        others.iter().map(|name| format!("{name} = {}", value(name))).collect::<Vec<_>>().join(", ")
    };
    let first = keys.first().map_or("", String::as_str);
    match dialect {
        Dialect::Sqlite if others.is_empty() => format!("ON CONFLICT ({}) DO NOTHING", keys.join(", ")),
        Dialect::Sqlite => {
            format!("ON CONFLICT ({}) DO UPDATE SET {}", keys.join(", "), set(&|name| format!("excluded.{name}")))
        }
        // VALUES() is on its way out there (MySQL manual, "INSERT ... ON DUPLICATE KEY UPDATE Statement").
        Dialect::MySql if !others.is_empty() => {
            format!("AS brought ON DUPLICATE KEY UPDATE {}", set(&|name| format!("brought.{name}")))
        }
        Dialect::MariaDb if !others.is_empty() => {
            format!("ON DUPLICATE KEY UPDATE {}", set(&|name| format!("VALUES({name})")))
        }
        Dialect::MySql | Dialect::MariaDb => format!("ON DUPLICATE KEY UPDATE {first} = {first}"),
    }
}

fn literal(value: &Value, dialect: Dialect) -> Result<String, Fault> {
    Ok(match &value.cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Bool(is) => i64::from(*is).to_string(),
        Cell::Int(number) => number.to_string(),
        Cell::UInt(number) => number.to_string(),
        Cell::Real(number) => format!("{number:?}"),
        Cell::Text(text) => quote_text(text, dialect).map_err(|error| Fault::new(value.line, error.to_string()))?,
    })
}

/// The columns that the rows say, each with the line where it is first said.
pub(in crate::handlers) fn said(data: &Data) -> Vec<(&str, u32)> {
    let mut said: Vec<(&str, u32)> = data.key.iter().map(|name| (name.as_str(), data.key_line)).collect();
    for (name, value) in data.rows.iter().flat_map(|row| &row.values) {
        if !said.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            said.push((name, value.line));
        }
    }
    said
}
