//! Events as rows, both ways.

use super::{Result, Store, StoreError};
use crate::database::{Row, Session, Value};
use crate::model::{BatchId, Event, EventKind, Millis, Seq};

/// The columns of `migration_events` in the order of [`values`].
pub(super) const COLUMNS: [&str; 9] =
    ["batch_id", "seq", "kind", "file_id", "statement_index", "payload", "at_ms", "operator", "token"];

/// Number of events that are read at once when a whole batch is replayed.
pub(super) const CHUNK: usize = 4_000;

/// An event's row, its last value the token.
pub(super) fn values(event: &Event, token: i64) -> Result<Vec<Value>> {
    let payload = event.kind.to_payload().map_err(|error| StoreError::corrupt(place(event.batch, event.seq), error))?;
    Ok(vec![
        event.batch.0.into(),
        event.seq.0.into(),
        event.kind.name().into(),
        event.kind.file().map(|file| file.0).into(),
        event.kind.statement().into(),
        payload.into(),
        event.at.0.into(),
        event.operator.as_deref().into(),
        token.into(),
    ])
}

/// Reads (batch, seq, time, operator, payload), beginning at a column.
pub(super) fn event(row: &Row, first: usize) -> Result<Event> {
    let (batch, seq) = (BatchId(row.get_i64(first)), Seq(row.get_i64(first + 1)));
    let kind = EventKind::from_payload(&row.get_text(first + 4))
        .map_err(|error| StoreError::corrupt(place(batch, seq), error))?;
    Ok(Event { batch, seq, at: Millis(row.get_i64(first + 2)), operator: row.opt_text(first + 3), kind })
}

fn place(batch: BatchId, seq: Seq) -> String {
    format!("migration_events, batch {batch}, seq {seq}")
}

/// A batch's events beyond a number, in order, as far as there is no gap.
pub(super) async fn after(
    store: &Store,
    session: &mut dyn Session,
    batch: BatchId,
    after: Seq,
    limit: usize,
) -> Result<Vec<Event>> {
    // As one text: who reads once has no use for a prepared statement, which takes two round trips.
    let sql = store.fill(&format!(
        "SELECT batch_id, seq, at_ms, operator, payload FROM {{orchestration.migration_events}} WHERE batch_id = {batch} \
         AND seq > {} ORDER BY seq LIMIT {}",
        after.0,
        i64::try_from(limit).unwrap_or(i64::MAX)
    ))?;
    let rows = session.query_text(&sql).await?;
    let events = rows.iter().map(|row| event(row, 0));
    gapless(after, events)
}

/// The events up to the first gap: what is beyond it is not to be seen before what is missing.
pub(super) fn gapless(after: Seq, events: impl Iterator<Item = Result<Event>>) -> Result<Vec<Event>> {
    let mut last = after;
    let mut seen = Vec::new();
    for event in events {
        let event = event?;
        if event.seq != last.next() {
            break;
        }
        last = event.seq;
        seen.push(event);
    }
    Ok(seen)
}

/// Gives every event of a batch to `take`, in chunks. The last number, 0 when there is no event.
///
/// # Errors
/// [`StoreError::Corrupt`] where numbers are missing: in the tables of one server a committed journal has no gap.
pub(super) async fn replay(
    store: &Store,
    session: &mut dyn Session,
    batch: BatchId,
    mut take: impl FnMut(Event) + Send,
) -> Result<Seq> {
    let mut last = Seq(0);
    // The last number that there was when nothing more could be read.
    let mut beyond = Seq(0);
    loop {
        let events = after(store, session, batch, last, CHUNK).await?;
        let count = events.len();
        if count == 0 && beyond > last {
            return Err(StoreError::corrupt(
                format!("the journal of batch {batch}"),
                format!("event {} is missing, and there are events up to {beyond}", last.next()),
            ));
        }
        last = events.last().map_or(last, |event| event.seq);
        events.into_iter().for_each(&mut take);
        if count < CHUNK {
            beyond = last_seq(store, session, batch).await?;
            // What a live worker has appended meanwhile is read as well: it is no gap.
            if beyond <= last {
                return Ok(last);
            }
        }
    }
}

/// Gives every event of some batches to `take`, in their order, batch after batch; those that cannot be read as an error.
pub(super) async fn every(
    store: &Store,
    session: &mut dyn Session,
    batches: &[BatchId],
    mut take: impl FnMut(BatchId, Result<Event>) + Send,
) -> Result<()> {
    let sql = store.fill(&format!(
        "SELECT batch_id, seq, at_ms, operator, payload FROM {{orchestration.migration_events}} WHERE batch_id IN ({})",
        numbers(batches)
    ))?;
    let (mut batch, mut seq) = (-1, 0);
    loop {
        let beyond = format!("AND (batch_id > {batch} OR batch_id = {batch} AND seq > {seq})");
        let rows = session.query_text(&format!("{sql} {beyond} ORDER BY batch_id, seq LIMIT {CHUNK}")).await?;
        for row in &rows {
            (batch, seq) = (row.get_i64(0), row.get_i64(1));
            take(BatchId(batch), event(row, 0));
        }
        if rows.len() < CHUNK {
            return Ok(());
        }
    }
}

/// Batches as a list for IN, which is never empty.
pub(super) fn numbers(batches: &[BatchId]) -> String {
    let numbers: Vec<String> = batches.iter().map(|batch| batch.0.to_string()).collect();
    if numbers.is_empty() { "NULL".to_owned() } else { numbers.join(", ") }
}

/// The last number given in a batch.
pub(super) async fn last_seq(store: &Store, session: &mut dyn Session, batch: BatchId) -> Result<Seq> {
    let sql =
        store.fill(&format!("SELECT MAX(seq) FROM {{orchestration.migration_events}} WHERE batch_id = {batch}"))?;
    let rows = session.query_text(&sql).await?;
    Ok(Seq(rows.first().map_or(0, |row| row.get_i64(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(seqs: &[i64]) -> impl Iterator<Item = Result<Event>> + use<'_> {
        seqs.iter().map(|seq| {
            let kind = EventKind::BatchStarted;
            Ok(Event { batch: BatchId(1), seq: Seq(*seq), at: Millis(0), operator: None, kind })
        })
    }

    #[test]
    fn a_reader_stops_at_a_gap() {
        let seen = |seqs: &[i64]| gapless(Seq(4), numbered(seqs)).expect("events").len();
        assert_eq!(seen(&[5, 6, 8, 9]), 2);
        assert_eq!(seen(&[6, 7]), 0);
        assert_eq!(seen(&[5, 6, 7]), 3);
    }
}
