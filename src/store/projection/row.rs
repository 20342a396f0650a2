//! Rows of the eight tables, whole.

use super::table::Table;
use crate::model::{Millis, Ymdhis};
use std::collections::BTreeMap;

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Null,
    Int(i64),
    Text(String),
}

impl Cell {
    /// A copy of a text.
    pub fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    /// A number that the column, an INT, can hold; larger ones stand at its limit.
    pub fn int(n: u64) -> Cell {
        Cell::Int(n.min(i32::MAX as u64) as i64)
    }
}

/// One row of one of the eight tables, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub table: Table,
    pub key: i64,
    /// In the order of [`Table::columns`].
    pub cells: Vec<Cell>,
}

impl Row {
    /// A row from its own cells and the common ones.
    pub(super) fn new(
        table: Table,
        key: i64,
        mut cells: Vec<Cell>,
        properties: &serde_json::Value,
        created: Millis,
        updated: Millis,
    ) -> Row {
        debug_assert_eq!(cells.len(), table.own_columns().len(), "{table:?}");
        cells.extend([
            Cell::Text(properties.to_string()),
            Cell::Int(Ymdhis::from(created).0),
            Cell::Int(Ymdhis::from(updated).0),
            Cell::Int(0),
            Cell::Int(0),
        ]);
        Row { table, key, cells }
    }

    /// The same row, softly deleted.
    pub(super) fn deleted(mut self, at: Millis) -> Row {
        let end = self.cells.len().saturating_sub(2);
        self.cells.truncate(end);
        self.cells.extend([Cell::Int(1), Cell::Int(Ymdhis::from(at).0)]);
        self
    }

    /// The cell of a column, by name.
    #[cfg(test)]
    pub fn get(&self, column: &str) -> Option<&Cell> {
        self.table.columns().position(|c| c.name == column).and_then(|i| self.cells.get(i))
    }
}

/// The eight tables as a replay of the journal leaves them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables(pub BTreeMap<(Table, i64), Row>);

impl Tables {
    /// Puts rows in, each in place of its earlier version.
    pub fn put(&mut self, rows: impl IntoIterator<Item = Row>) {
        for row in rows {
            self.0.insert((row.table, row.key), row);
        }
    }
}
