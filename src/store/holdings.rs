//! `migration_undo`: what is kept of what statements destroyed, where, for which statement, until when. A projection of
//! the journal, written in the same transaction as the events.

use crate::database::{Packet, Value};
use crate::model::{BatchId, Event, EventKind, FileId, Held, Millis, Place, World};
use crate::store::{Result, Store};

/// Change that an event makes in `migration_undo`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    Kept {
        batch: BatchId,
        file: FileId,
        held: Held,
        at: Millis,
    },
    /// It is `used`, or `discarded`.
    Gone {
        place: String,
        status: &'static str,
        details: String,
    },
}

fn held_by(world: &World, event: &Event) -> Vec<Held> {
    let file = event.kind.file().and_then(|file| world.file(event.batch, file));
    file.map(|file| file.held.clone()).unwrap_or_default()
}

/// Gives what the event's file held before it; empty for events that change nothing here.
pub(crate) fn before(world: &World, event: &Event) -> Vec<Held> {
    match event.kind {
        EventKind::StatementFinished { .. }
        | EventKind::StatementFailed { .. }
        | EventKind::StatementDecided { .. }
        | EventKind::TransactionUndone { .. }
        | EventKind::FileMoved { .. }
        | EventKind::KeptDiscarded { .. } => held_by(world, event),
        _ => Vec::new(),
    }
}

/// Gives the changes that it makes: the difference to what the file holds now.
pub(crate) fn changes(world: &World, event: &Event, before: Vec<Held>) -> Vec<Change> {
    let (Some(file), now) = (event.kind.file(), held_by(world, event)) else { return Vec::new() };
    if before.is_empty() && now.is_empty() {
        return Vec::new();
    }
    let (status, details) = match &event.kind {
        EventKind::KeptDiscarded { reason, .. } => ("discarded", serde_json::json!({ "reason": reason }).to_string()),
        EventKind::TransactionUndone { evidence, .. } => {
            ("discarded", serde_json::json!({ "reason": evidence }).to_string())
        }
        EventKind::FileMoved { .. } => ("used", "{}".to_owned()),
        EventKind::StatementFinished { .. }
        | EventKind::StatementFailed { .. }
        | EventKind::StatementDecided { .. } => ("kept", String::new()),
        _ => return Vec::new(),
    };
    let is_in = |all: &[Held], one: &Held| all.iter().any(|held| held.place == one.place);
    let gone = before.iter().filter(|held| !is_in(&now, held));
    let gone = gone.map(|held| Change::Gone { place: held.place.clone(), status, details: details.clone() });
    let new = now.iter().filter(|held| !is_in(&before, held));
    let new = new.map(|held| Change::Kept { batch: event.batch, file, held: held.clone(), at: event.at });
    gone.chain(new).collect()
}

/// Writes the changes.
pub(crate) fn write(store: &Store, packet: &mut Packet, changes: &[Change]) -> Result<()> {
    for change in changes {
        match change {
            Change::Kept { batch, file, held, at } => insert(store, packet, (*batch, *file), held, *at)?,
            Change::Gone { place, status, details } => {
                let sql = store.sql(
                    "UPDATE {orchestration.migration_undo} SET undo_status = ?, details = ? WHERE kept_object = ?",
                )?;
                packet.add(&*sql, [(*status).into(), details.into(), place.into()]);
            }
        }
    }
    Ok(())
}

/// Notes what is kept. In a place that was let go it is kept again: a transaction was lost, and what kept in it runs once
/// more. A place in which something is kept takes nothing else: the key refuses it.
fn insert(store: &Store, packet: &mut Packet, (batch, file): (BatchId, FileId), held: &Held, at: Millis) -> Result<()> {
    let expires = Place::read(&held.place).and_then(|(place, _)| place.until.to_millis()).unwrap_or_default();
    let again = store.sql(
        "UPDATE {orchestration.migration_undo} SET undo_status = 'kept', details = '{}', row_count = ?, byte_count = ?, \
         created_ms = ? WHERE kept_object = ? AND undo_status <> 'kept'",
    )?;
    packet.add(&*again, [held.rows.into(), held.bytes.into(), at.0.into(), held.place.as_str().into()]);
    let sql = store.sql(
        "INSERT INTO {orchestration.migration_undo} (kept_object, batch_id, file_id, statement_index, kept_kind, \
         original_object, row_count, byte_count, expires_ms, undo_status, details, created_ms) SELECT ?, ?, ?, ?, ?, \
         ?, ?, ?, ?, 'kept', '{}', ? FROM (SELECT 1 AS one) AS single WHERE NOT EXISTS (SELECT 1 FROM \
         {orchestration.migration_undo} WHERE kept_object = ? AND created_ms = ?)",
    )?;
    let values: Vec<Value> = vec![
        held.place.as_str().into(),
        batch.0.into(),
        file.0.into(),
        held.statement.into(),
        held.kind.as_str().into(),
        held.table.as_str().into(),
        held.rows.into(),
        held.bytes.into(),
        expires.0.into(),
        at.0.into(),
        held.place.as_str().into(),
        at.0.into(),
    ];
    packet.add(&*sql, values);
    Ok(())
}
