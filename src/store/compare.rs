//! The journal's replay against the rows that stand there: equal, or somebody wrote what is not theirs.

use super::{Reader, Result, compare_jobs, events, tables};
use crate::database::Value;
use crate::model::{BatchId, Cell, ColumnKind, Row, Table, Tables, World};
use serde::Serialize;
use std::collections::BTreeMap;

/// A value that differs. Both texts empty and the column empty: a whole row is missing on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    pub table: String,
    pub key: i64,
    /// `None`: the whole row.
    pub column: Option<String>,
    /// What stands in the table; `None` for NULL or no row.
    pub row: Option<String>,
    /// What the journal says.
    pub journal: Option<String>,
}

impl Mismatch {
    /// Whether it is about what is due when, and not about one of the eight tables.
    pub fn is_about_jobs(&self) -> bool {
        self.table == compare_jobs::TABLE
    }
}

/// Replays a batch's journal and compares. Nothing is compared for a batch without a journal.
///
/// # Errors
/// [`StoreError::Corrupt`](super::StoreError::Corrupt) when the journal itself cannot be read.
pub async fn compare(reader: &mut Reader, batch: BatchId) -> Result<Vec<Mismatch>> {
    let (mut world, mut replayed) = (World::default(), Tables::default());
    let store = reader.store().clone();
    let mut jobs = compare_jobs::Replayed::default();
    let put = |event| {
        jobs.take(&event);
        replayed.put(world.apply(&event));
    };
    let last = events::replay(&store, reader.session.as_mut(), batch, put).await?;
    let mut differences = Vec::new();
    if last.0 == 0 {
        return Ok(differences);
    }
    for table in Table::ALL {
        let journal: BTreeMap<i64, Row> =
            replayed.0.iter().filter(|((t, _), _)| *t == table).map(|((_, key), row)| (*key, row.clone())).collect();
        let rows = reader.raw_rows(table, batch).await?;
        compare_table(table, &rows, &journal, &mut differences);
    }
    jobs.against(&reader.job_rows(batch).await?, &mut differences);
    Ok(differences)
}

fn compare_table(
    table: Table,
    rows: &BTreeMap<i64, Row>,
    journal: &BTreeMap<i64, Row>,
    differences: &mut Vec<Mismatch>,
) {
    let mut differs = |key: i64, column: Option<&str>, row: Option<String>, journal: Option<String>| {
        let column = column.map(str::to_owned);
        differences.push(Mismatch { table: table.name().to_owned(), key, column, row, journal });
    };
    for key in rows.keys().filter(|key| !journal.contains_key(key)) {
        differs(*key, None, Some("a row".to_owned()), None);
    }
    for (key, told) in journal {
        let Some(row) = rows.get(key) else {
            differs(*key, None, None, Some("a row".to_owned()));
            continue;
        };
        for (index, column) in table.columns().enumerate() {
            let stands = row.cells.get(index).map(|cell| canonical(cell, column.kind, column.name));
            let said = told.cells.get(index).map(|cell| canonical(cell, column.kind, column.name));
            if stands != said {
                differs(*key, Some(column.name), stands.flatten(), said.flatten());
            }
        }
    }
}

/// A value in the one form in which it is compared: servers order and space JSON as they like.
fn canonical(cell: &Cell, kind: ColumnKind, column: &str) -> Option<String> {
    match (cell, kind) {
        (Cell::Null, _) => None,
        (Cell::Int(number), _) => Some(number.to_string()),
        (Cell::Text(text), ColumnKind::Json) => {
            let parsed = serde_json::from_str::<serde_json::Value>(text);
            Some(parsed.map_or_else(|_| text.clone(), |json| json.to_string()))
        }
        (Cell::Text(text), ColumnKind::Decimal) => {
            Some(text.parse::<f64>().map_or_else(|_| text.clone(), |number| format!("{number:.2}")))
        }
        (Cell::Text(text), _) => Some(tables::fitted(column, text).to_owned()),
    }
}

impl Reader {
    /// The rows of a batch in one of the eight tables, whole, by key.
    async fn raw_rows(&mut self, table: Table, batch: BatchId) -> Result<BTreeMap<i64, Row>> {
        let columns: Vec<&str> = std::iter::once(table.key()).chain(table.columns().map(|c| c.name)).collect();
        let name = self.store.fill(&format!("{{orchestration.{}}}", table.name()))?;
        let of_batch = match table {
            Table::Dependencies => format!(
                "file_id IN (SELECT file_id FROM {} WHERE batch_id = ?)",
                self.store.sql("{orchestration.migration_files}")?
            ),
            _ => "batch_id = ?".to_owned(),
        };
        let sql = format!("SELECT {} FROM {name} WHERE {of_batch}", columns.join(", "));
        let found = self.session.query(&sql, &[Value::Int(batch.0)]).await?;
        let row = |r: &crate::database::Row| {
            let cells = table.columns().enumerate().map(|(index, column)| match (r.get(index + 1), column.kind) {
                (Value::Null, _) => Cell::Null,
                (value, ColumnKind::Int) => value.as_i64().map_or(Cell::Null, Cell::Int),
                (value, _) => Cell::Text(value.as_text().unwrap_or_default()),
            });
            (r.get_i64(0), Row { table, key: r.get_i64(0), cells: cells.collect() })
        };
        Ok(found.iter().map(row).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_compared_by_meaning_and_decimals_by_value() {
        let json = |text: &str| canonical(&Cell::text(text), ColumnKind::Json, "properties");
        assert_eq!(json(r#"{"a": 1, "b": [2]}"#), json(r#"{"b":[2],"a":1}"#));
        assert_ne!(json(r#"{"a": 1}"#), json(r#"{"a": 2}"#));
        let decimal = |text: &str| canonical(&Cell::text(text), ColumnKind::Decimal, "percentage_complete");
        assert_eq!(decimal("12.5"), decimal("12.50"));
    }
}
