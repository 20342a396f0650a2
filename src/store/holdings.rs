//! `migration_undo`: what is kept of what statements destroyed, where, for which statement, until when. A projection of the
//! journal, written in the same transaction as the events.

use super::{Result, Store, kept};
use crate::database::{Row, Session, Value};
use crate::model::{BatchId, Event, EventKind, FileId, Held, KeptKind, Millis, Place, World};
use std::collections::BTreeMap;

/// What an event changes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
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

/// A table of the undo schema, as `migration_undo` knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    pub place: String,
    pub batch: BatchId,
    /// Whether its data are still kept; otherwise they were put back or let go.
    pub kept: bool,
    /// When its time is over.
    pub expires: Millis,
}

fn of(world: &World, event: &Event) -> Vec<Held> {
    let file = event.kind.file().and_then(|file| world.file(event.batch, file));
    file.map(|file| file.held.clone()).unwrap_or_default()
}

/// What the event's file held before it.
pub(super) fn before(world: &World, event: &Event) -> Vec<Held> {
    match event.kind {
        EventKind::StatementFinished { .. }
        | EventKind::StatementFailed { .. }
        | EventKind::StatementDecided { .. }
        | EventKind::TransactionUndone { .. }
        | EventKind::FileMoved { .. }
        | EventKind::KeptDiscarded { .. } => of(world, event),
        _ => Vec::new(),
    }
}

/// What it changes: the difference to what the file holds now.
pub(super) fn changes(world: &World, event: &Event, before: Vec<Held>) -> Vec<Change> {
    let (Some(file), now) = (event.kind.file(), of(world, event)) else { return Vec::new() };
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
pub(super) async fn write(store: &Store, session: &mut dyn Session, changes: &[Change]) -> Result<()> {
    for change in changes {
        match change {
            Change::Kept { batch, file, held, at } => insert(store, session, (*batch, *file), held, *at).await?,
            Change::Gone { place, status, details } => {
                let sql = store.sql(
                    "UPDATE {orchestration.migration_undo} SET undo_status = ?, details = ? WHERE kept_object = ?",
                )?;
                session.execute(&sql, &[(*status).into(), details.into(), place.into()]).await?;
            }
        }
    }
    Ok(())
}

async fn insert(
    store: &Store,
    session: &mut dyn Session,
    (batch, file): (BatchId, FileId),
    held: &Held,
    at: Millis,
) -> Result<()> {
    let expires = Place::read(&held.place).and_then(|(place, _)| place.until.to_millis()).unwrap_or_default();
    let sql = store.sql(
        "INSERT INTO {orchestration.migration_undo} (kept_object, batch_id, file_id, statement_index, kept_kind, \
         original_object, row_count, byte_count, expires_ms, undo_status, details, created_ms) VALUES (?, ?, ?, ?, ?, \
         ?, ?, ?, ?, 'kept', '{}', ?)",
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
    ];
    session.execute(&sql, &values).await?;
    Ok(())
}

/// The tables of the undo schema that are Caribou's by name, and the columns that are parked, with what is known of each:
/// `None` for a table that no finished statement has filled.
///
/// # Errors
/// The database's.
pub async fn holdings(store: &Store, session: &mut dyn Session) -> Result<Vec<(String, Option<Holding>)>> {
    let relations = session.relations(&store.schemas().undo).await?;
    let names: Vec<String> =
        relations.into_iter().map(|object| object.name).filter(|name| Place::read(name).is_some()).collect();
    let sql = store
        .sql("SELECT kept_object, batch_id, undo_status, expires_ms, kept_kind FROM {orchestration.migration_undo}")?;
    let rows = session.query(&sql, &[]).await?;
    let known: BTreeMap<String, Holding> = rows.iter().map(holding).map(|one| (one.place.clone(), one)).collect();
    let of = |name: String| {
        let place = name.trim_end_matches('t').to_owned();
        let holding = known.get(&place).cloned();
        (name, holding)
    };
    let mut all: Vec<(String, Option<Holding>)> = names.into_iter().map(of).collect();
    // One whose time is over goes by the journal's word, wherever it is by now; others as long as they are found.
    let parked: Vec<Holding> =
        rows.iter().filter(|row| row.get_text(4) == KeptKind::ColumnParked.as_str()).map(holding).collect();
    if !parked.is_empty() {
        let found = kept::parked_places(store, session).await?;
        let there = parked.into_iter().filter(|one| one.kept || found.contains(&one.place));
        all.extend(there.map(|one| (one.place.clone(), Some(one))));
    }
    Ok(all)
}

fn holding(row: &Row) -> Holding {
    Holding {
        place: row.get_text(0),
        batch: BatchId(row.get_i64(1)),
        kept: row.get_text(2) == "kept",
        expires: Millis(row.get_i64(3)),
    }
}

/// Whether a table that keeps holds no row.
///
/// # Errors
/// The database's.
pub async fn leftovers(store: &Store, session: &mut dyn Session, place: &str) -> Result<bool> {
    let table = super::kept::place_name(store, place)?;
    Ok(session.query(&format!("SELECT 1 FROM {table} LIMIT 1"), &[]).await?.is_empty())
}
