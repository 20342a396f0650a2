//! Events as lines of a block: a JSON array of batch, number, milliseconds since the line before, account and event.

use crate::model::{BatchId, Event, EventKind, Millis, Seq};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Written<'a>(BatchId, Seq, i64, Option<&'a str>, &'a EventKind);

#[derive(Deserialize)]
struct Read(BatchId, Seq, i64, Option<String>, EventKind);

/// First line of a block of events: the number of its first event, and the time that the others are counted from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct First(pub u64, pub Millis);

/// Appends an event's line.
pub(super) fn append(out: &mut Vec<u8>, event: &Event, before: Millis) -> Result<(), serde_json::Error> {
    let line = Written(event.batch, event.seq, event.at.0 - before.0, event.operator.as_deref(), &event.kind);
    serde_json::to_writer(&mut *out, &line)?;
    out.push(b'\n');
    Ok(())
}

/// The first line of a block and its events.
pub(super) fn read(bytes: &[u8]) -> Result<(First, Vec<Event>), serde_json::Error> {
    let mut lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let first: First = serde_json::from_slice(lines.next().unwrap_or_default())?;
    let mut at = first.1;
    let event = |line: &[u8]| {
        let Read(batch, seq, ms, operator, kind) = serde_json::from_slice(line)?;
        at = Millis(at.0.saturating_add(ms));
        Ok(Event { batch, seq, at, operator, kind })
    };
    Ok((first, lines.map(event).collect::<Result<_, _>>()?))
}
