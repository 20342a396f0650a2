//! Rows of the driver become rows of ours.

use crate::database::{Row, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{Column, Row as _, TypeInfo, ValueRef};
use std::sync::Arc;

/// Reads the rows of one answer; they share their column names.
#[derive(Default)]
pub(super) struct Reader {
    names: Option<Arc<[String]>>,
}

impl Reader {
    /// One row.
    pub(super) fn read(&mut self, row: &SqliteRow) -> Row {
        let same = self.names.as_ref().filter(|names| names.len() == row.len()).cloned();
        let names = same.unwrap_or_else(|| row.columns().iter().map(|c| c.name().to_owned()).collect());
        self.names = Some(Arc::clone(&names));
        Row::new(names, (0..row.len()).map(|index| value(row, index)).collect())
    }
}

/// A value by its own type: in SQLite a column's type is only a hint.
fn value(row: &SqliteRow, index: usize) -> Value {
    let Ok(raw) = row.try_get_raw(index) else {
        return Value::Null;
    };
    if raw.is_null() {
        return Value::Null;
    }
    let name = raw.type_info().name().to_owned();
    let found = match name.as_str() {
        "INTEGER" => row.try_get_unchecked(index).map(Value::Int),
        "REAL" => row.try_get_unchecked(index).map(Value::Real),
        "TEXT" => row.try_get_unchecked(index).map(Value::Text),
        _ => row.try_get_unchecked(index).map(Value::Bytes),
    };
    // Text that is not UTF-8 is given as it is.
    found.or_else(|_| row.try_get_unchecked(index).map(Value::Bytes)).unwrap_or(Value::Null)
}
