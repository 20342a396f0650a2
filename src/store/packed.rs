//! Many rows as one (SQLite): there a row is read on a thread of its own, and each that is handed over wakes whoever waits
//! for it, which costs more than reading it.

use super::{Result, StoreError};
use crate::database::{Row, ServerKind, Session, Value};
use serde_json::Value as Json;
use std::sync::Arc;

/// The rows of a query without values, whose columns hold text and whole numbers only. `tail` is what stands behind the
/// columns: FROM, WHERE, ORDER BY.
pub(super) async fn rows(session: &mut dyn Session, columns: &[String], tail: &str) -> Result<Vec<Row>> {
    if session.kind() != ServerKind::Sqlite {
        return Ok(session.query_text(&format!("SELECT {} {tail}", columns.join(", "))).await?);
    }
    let named: Vec<String> = columns.iter().enumerate().map(|(n, column)| format!("{column} AS c{n}")).collect();
    let names: Vec<String> = (0..columns.len()).map(|n| format!("c{n}")).collect();
    let sql =
        format!("SELECT json_group_array(json_array({})) FROM (SELECT {} {tail})", names.join(", "), named.join(", "));
    let packed = session.query_text(&sql).await?;
    let text = packed.first().map_or_else(|| "[]".to_owned(), |row| row.get_text(0));
    let place = || tail.trim_start_matches("FROM ").to_owned();
    let all: Vec<Vec<Json>> = serde_json::from_str(&text).map_err(|error| StoreError::corrupt(place(), error))?;
    let names: Arc<[String]> = names.into();
    Ok(all.into_iter().map(|row| Row::new(names.clone(), row.into_iter().map(value).collect())).collect())
}

fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::String(text) => Value::Text(text),
        Json::Bool(is_true) => Value::from(is_true),
        Json::Number(number) => number.as_i64().map_or_else(|| Value::from(number.as_f64()), Value::Int),
        other => Value::Text(other.to_string()),
    }
}
