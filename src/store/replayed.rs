//! The journal of a batch, replayed: the rows that it makes, against those that stand there.

use super::mismatch::Mismatch;
use super::projection::{self, Cell, Changed, ColumnKind, Row, Table, Tables};
use super::{Reader, Result, StoreError, compare_jobs, events, tables};
use crate::database::Value;
use crate::model::{BatchId, Event, Seq, World};
use std::collections::BTreeMap;

/// Replay of a batch's journal: the rows that it makes.
#[derive(Default)]
pub(super) struct Replay {
    pub(super) world: World,
    pub(super) rows: Tables,
    changed: Changed,
    jobs: compare_jobs::Replayed,
    last: Seq,
    broken: Option<StoreError>,
}

impl Replay {
    pub(super) fn take(&mut self, batch: BatchId, event: Result<Event>) {
        match event {
            _ if self.broken.is_some() => {}
            Ok(event) if event.seq == self.last.next() => {
                self.last = event.seq;
                self.jobs.take(&event);
                self.apply(&event);
            }
            Ok(event) => {
                let missing = format!("event {} is missing, and there is event {}", self.last.next(), event.seq);
                self.broken = Some(StoreError::corrupt(format!("the journal of batch {batch}"), missing));
            }
            Err(error) => self.broken = Some(error),
        }
    }

    /// Takes in an event, wherever it stands.
    pub(super) fn apply(&mut self, event: &Event) {
        let changes = self.world.apply(event);
        let changes = self.changed.note(event.batch, changes);
        self.rows.put(projection::rows(&self.world, event, &changes));
    }

    /// Makes the rows of batches and files.
    pub(super) fn finish(&mut self) {
        for table in [Table::Batches, Table::Files] {
            self.rows.put(self.changed.rows(&self.world, table));
        }
        self.changed.clear();
    }

    pub(super) fn against(
        mut self,
        mut rows: impl FnMut(Table) -> BTreeMap<i64, Row>,
        jobs: &BTreeMap<i64, compare_jobs::JobRow>,
    ) -> Result<Vec<Mismatch>> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        self.finish();
        let mut differences = Vec::new();
        for table in Table::ALL {
            let of_table = self.rows.0.iter().filter(|((t, _), _)| *t == table);
            let journal: BTreeMap<i64, &Row> = of_table.map(|((_, key), row)| (*key, row)).collect();
            compare_table(table, &rows(table), &journal, &mut differences);
        }
        self.jobs.against(jobs, &mut differences);
        Ok(differences)
    }
}

pub(super) fn compare_table(
    table: Table,
    rows: &BTreeMap<i64, Row>,
    journal: &BTreeMap<i64, &Row>,
    differences: &mut Vec<Mismatch>,
) {
    let others = rows.keys().filter(|key| !journal.contains_key(key));
    differences.extend(others.map(|key| Mismatch::not_in_journal(table, *key)));
    let mut differs = |key: i64, column: Option<&str>, row: Option<String>, journal: Option<String>| {
        let column = column.map(str::to_owned);
        differences.push(Mismatch { table: table.name().to_owned(), key, column, row, journal });
    };
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
    /// The rows of batches in one of the eight tables, whole, by batch and key.
    pub(super) async fn raw_rows(
        &mut self,
        table: Table,
        batches: &[BatchId],
    ) -> Result<BTreeMap<BatchId, BTreeMap<i64, Row>>> {
        let (batch, from) = self.rows_of_batches(table)?;
        let condition = format!("{batch} IN ({})", events::numbers(batches));
        let mut by_batch: BTreeMap<BatchId, BTreeMap<i64, Row>> = BTreeMap::new();
        for (batch, row) in self.raw(table, (batch, &from), &condition).await? {
            by_batch.entry(batch).or_default().insert(row.key, row);
        }
        Ok(by_batch)
    }

    /// The column of the batch, and the table with what it is joined with to have one.
    pub(super) fn rows_of_batches(&self, table: Table) -> Result<(&'static str, String)> {
        let name = self.store.fill(&format!("{{orchestration.{}}}", table.name()))?;
        Ok(match table {
            Table::Dependencies => {
                let files = self.store.sql("{orchestration.migration_files}")?;
                ("f.batch_id", format!("{name} r JOIN {files} f ON f.file_id = r.file_id"))
            }
            _ => ("r.batch_id", format!("{name} r")),
        })
    }

    /// The rows for which a condition holds, each with its batch.
    pub(super) async fn raw(
        &mut self,
        table: Table,
        (batch, from): (&str, &str),
        condition: &str,
    ) -> Result<Vec<(BatchId, Row)>> {
        let columns = std::iter::once(table.key()).chain(table.columns().map(|c| c.name));
        let columns: Vec<String> = columns.map(|column| format!("r.{column}")).collect();
        let sql = format!("SELECT {}, {batch} FROM {from} WHERE {condition}", columns.join(", "));
        let found = self.session.query_text(&sql).await?;
        let row = |r: &crate::database::Row| {
            let cells = table.columns().enumerate().map(|(index, column)| match (r.get(index + 1), column.kind) {
                (Value::Null, _) => Cell::Null,
                (value, ColumnKind::Int) => value.as_i64().map_or(Cell::Null, Cell::Int),
                (value, _) => Cell::Text(value.as_text().unwrap_or_default()),
            });
            (BatchId(r.get_i64(columns.len())), Row { table, key: r.get_i64(0), cells: cells.collect() })
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
