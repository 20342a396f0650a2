//! A recording of a batch, gathered from the database.

use crate::model::{BatchId, Event, Millis, Seq, World};
use crate::recording::{Facts, Origin, Parts};
use crate::store::{Reader, StoreError};
use std::collections::BTreeSet;

/// Number of events that are read at once.
const CHUNK: usize = 4_000;

/// Reads a batch's journal, that of the system meanwhile, and the texts of its files. `None` where there is no such batch,
/// or one without a journal.
///
/// # Errors
/// The database's, and those of a journal that cannot be read.
pub(crate) async fn gather(reader: &mut Reader, batch: BatchId) -> Result<Option<Parts>, StoreError> {
    let own = all(reader, batch).await?;
    let (Some(first), Some(last)) = (own.first().map(|event| event.at), own.last().map(|event| event.at)) else {
        return Ok(None);
    };
    let system = all(reader, BatchId::SYSTEM).await?;
    let mut begin = World::default();
    let (before, after): (Vec<Event>, Vec<Event>) = system.into_iter().partition(|event| event.at < first);
    before.iter().for_each(|event| drop(begin.apply(event)));
    let meanwhile = after.into_iter().take_while(|event| event.at <= last).collect();
    let events = merged(own, meanwhile);

    let mut world = begin.clone();
    events.iter().for_each(|event| drop(world.apply(event)));
    let Some(row) = world.batch(batch) else { return Ok(None) };
    let facts = Facts {
        caribou: env!("CARGO_PKG_VERSION").to_owned(),
        recorded_at: reader.now().await?,
        origin: origin(reader).await?,
        batch,
        batch_name: row.name.clone(),
        batch_ended: row.status.is_final() && row.active.is_empty(),
        ..Facts::default()
    };
    let keys: BTreeSet<_> = row.files.values().map(|file| file.source.clone()).collect();
    let mut sources = Vec::new();
    for key in keys {
        sources.extend(reader.source(&key).await?);
    }
    Ok(Some(Parts { facts, begin, sources, events, marks: Vec::new() }))
}

async fn origin(reader: &mut Reader) -> Result<Origin, StoreError> {
    let environment = reader.settings().await?.get("environment").cloned().unwrap_or_default();
    let database = reader.store().database();
    Ok(Origin {
        label: database.label(),
        kind: database.kind().to_string(),
        version: database.version().to_owned(),
        core: database.schemas().core.clone(),
        environment,
        sql_mode: database.globals().sql_mode,
        account: database.account().to_owned(),
    })
}

async fn all(reader: &mut Reader, batch: BatchId) -> Result<Vec<Event>, StoreError> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(Seq(0), |event| event.seq);
        let more = reader.events(batch, after, CHUNK).await?;
        if more.is_empty() {
            return Ok(events);
        }
        events.extend(more);
    }
}

/// Both journals by time, each in its own order; what the system did in the same millisecond comes first. A clock that
/// was put back stands still until it has caught up.
fn merged(own: Vec<Event>, system: Vec<Event>) -> Vec<Event> {
    let mut events = Vec::with_capacity(own.len() + system.len());
    let (mut own, mut system) = (forward(own).peekable(), forward(system).peekable());
    loop {
        let from_system = match (own.peek(), system.peek()) {
            (Some(batch), Some(system)) => system.at <= batch.at,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        match if from_system { system.next() } else { own.next() } {
            Some(event) => events.push(event),
            None => return events,
        }
    }
}

/// The same events, none earlier than the one before.
fn forward(events: Vec<Event>) -> impl Iterator<Item = Event> {
    let mut last = Millis(i64::MIN);
    events.into_iter().map(move |event| {
        last = last.max(event.at);
        Event { at: last, ..event }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EventKind;

    fn event(batch: i64, seq: i64, at: i64) -> Event {
        Event { batch: BatchId(batch), seq: Seq(seq), at: Millis(at), operator: None, kind: EventKind::BatchStarted }
    }

    #[test]
    fn both_journals_stand_in_the_order_of_their_times() {
        let own = vec![event(7, 1, 10), event(7, 2, 30), event(7, 3, 20), event(7, 4, 40)];
        let all = merged(own, vec![event(0, 5, 10), event(0, 6, 35)]);
        let order: Vec<(i64, i64, i64)> = all.iter().map(|e| (e.batch.0, e.seq.0, e.at.0)).collect();
        assert_eq!(order, [(0, 5, 10), (7, 1, 10), (7, 2, 30), (7, 3, 30), (0, 6, 35), (7, 4, 40)]);
    }
}
