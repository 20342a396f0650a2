//! The journal's replay against the rows that stand there: equal, or somebody wrote what is not theirs.

use super::mismatch::Mismatch;
use super::projection::{self, Cell, ColumnKind, Row, Table, Tables};
use super::{Reader, Result, StoreError, compare_jobs, events, tables};
use crate::database::Value;
use crate::model::{BatchId, Event, Seq, World};
use std::collections::BTreeMap;

/// Replays a batch's journal and compares. Nothing is compared for a batch without a journal.
///
/// # Errors
/// [`StoreError::Corrupt`](super::StoreError::Corrupt) when the journal itself cannot be read.
pub async fn compare(reader: &mut Reader, batch: BatchId) -> Result<Vec<Mismatch>> {
    let compared = compare_all(reader, &[batch]).await?;
    compared.into_iter().next().map_or_else(|| Ok(Vec::new()), |(_, differences)| differences)
}

/// The same for several batches, with no more questions than for one. Each has its own answer, in their order.
///
/// # Errors
/// When the database cannot be asked.
pub async fn compare_all(reader: &mut Reader, batches: &[BatchId]) -> Result<Vec<(BatchId, Result<Vec<Mismatch>>)>> {
    let mut replays: BTreeMap<BatchId, Replay> = BTreeMap::new();
    let store = reader.store().clone();
    events::every(&store, reader.session.as_mut(), batches, |batch, event| {
        replays.entry(batch).or_default().take(batch, event);
    })
    .await?;
    let told: Vec<BatchId> = replays.keys().copied().collect();
    let mut rows = BTreeMap::new();
    for table in Table::ALL.into_iter().filter(|_| !told.is_empty()) {
        rows.insert(table, reader.raw_rows(table, &told).await?);
    }
    let jobs = if told.is_empty() { BTreeMap::new() } else { reader.job_rows(&told).await? };
    let differences = |batch: &BatchId| {
        let Some(replay) = replays.remove(batch) else { return Ok(Vec::new()) };
        let of_batch = |table| rows.get(&table).and_then(|rows| rows.get(batch)).cloned().unwrap_or_default();
        replay.against(of_batch, &jobs.get(batch).cloned().unwrap_or_default())
    };
    let differences: Vec<_> = batches.iter().map(differences).collect();
    Ok(batches.iter().copied().zip(differences).collect())
}

/// Replay of a batch's journal: the rows that it makes.
#[derive(Default)]
struct Replay {
    world: World,
    rows: Tables,
    jobs: compare_jobs::Replayed,
    last: Seq,
    broken: Option<StoreError>,
}

impl Replay {
    fn take(&mut self, batch: BatchId, event: Result<Event>) {
        match event {
            _ if self.broken.is_some() => {}
            Ok(event) if event.seq == self.last.next() => {
                self.last = event.seq;
                self.jobs.take(&event);
                let changes = self.world.apply(&event);
                self.rows.put(projection::rows(&self.world, &event, &changes));
            }
            Ok(event) => {
                let missing = format!("event {} is missing, and there is event {}", self.last.next(), event.seq);
                self.broken = Some(StoreError::corrupt(format!("the journal of batch {batch}"), missing));
            }
            Err(error) => self.broken = Some(error),
        }
    }

    fn against(
        self,
        rows: impl Fn(Table) -> BTreeMap<i64, Row>,
        jobs: &BTreeMap<i64, compare_jobs::JobRow>,
    ) -> Result<Vec<Mismatch>> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        let mut differences = Vec::new();
        for table in Table::ALL {
            let of_table = self.rows.0.iter().filter(|((t, _), _)| *t == table);
            let journal: BTreeMap<i64, Row> = of_table.map(|((_, key), row)| (*key, row.clone())).collect();
            compare_table(table, &rows(table), &journal, &mut differences);
        }
        self.jobs.against(jobs, &mut differences);
        Ok(differences)
    }
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
    /// The rows of batches in one of the eight tables, whole, by batch and key.
    async fn raw_rows(&mut self, table: Table, batches: &[BatchId]) -> Result<BTreeMap<BatchId, BTreeMap<i64, Row>>> {
        let columns = std::iter::once(table.key()).chain(table.columns().map(|c| c.name));
        let columns: Vec<String> = columns.map(|column| format!("r.{column}")).collect();
        let name = self.store.fill(&format!("{{orchestration.{}}}", table.name()))?;
        let (batch, from) = match table {
            Table::Dependencies => {
                let files = self.store.sql("{orchestration.migration_files}")?;
                ("f.batch_id", format!("{name} r JOIN {files} f ON f.file_id = r.file_id"))
            }
            _ => ("r.batch_id", format!("{name} r")),
        };
        let sql = format!(
            "SELECT {}, {batch} FROM {from} WHERE {batch} IN ({})",
            columns.join(", "),
            events::numbers(batches)
        );
        let found = self.session.query_text(&sql).await?;
        let row = |r: &crate::database::Row| {
            let cells = table.columns().enumerate().map(|(index, column)| match (r.get(index + 1), column.kind) {
                (Value::Null, _) => Cell::Null,
                (value, ColumnKind::Int) => value.as_i64().map_or(Cell::Null, Cell::Int),
                (value, _) => Cell::Text(value.as_text().unwrap_or_default()),
            });
            (r.get_i64(0), Row { table, key: r.get_i64(0), cells: cells.collect() })
        };
        let mut by_batch: BTreeMap<BatchId, BTreeMap<i64, Row>> = BTreeMap::new();
        for found in &found {
            by_batch.entry(BatchId(found.get_i64(columns.len()))).or_default().extend([row(found)]);
        }
        Ok(by_batch)
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
