//! Contents of the undo schema, by name, and what `migration_undo` knows of it.

use crate::database::{Row, Session};
use crate::model::{BatchId, KeptKind, Millis, Place};
use crate::store::{Result, Store};
use std::collections::BTreeMap;

/// A table of the undo schema, as `migration_undo` knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    pub place: String,
    pub batch: BatchId,
    /// True if its data are still kept; otherwise they were put back or let go.
    pub kept: bool,
    /// Time when it expires.
    pub expires: Millis,
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
        let found = super::parked_places(store, session).await?;
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

/// True if a table that keeps holds no row.
///
/// # Errors
/// The database's.
pub async fn leftovers(store: &Store, session: &mut dyn Session, place: &str) -> Result<bool> {
    let table = super::place_name(store, place)?;
    Ok(session.query(&format!("SELECT 1 FROM {table} LIMIT 1"), &[]).await?.is_empty())
}
