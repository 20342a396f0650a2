//! Reads of the journal's schema, and its rows as the console takes them.

use super::faults::{from_database, from_store};
use crate::console::{BatchSummary, FeedError, RECENT_EVENTS, Server, Worker};
use crate::database::{Database, ServerKind};
use crate::model::{BatchId, Event, Seq, World, Ymdhis};
use crate::store::{BatchRow, LeaseRow, Reader, Store};

/// Number of events that are read at once when a batch is opened.
const CHUNK: usize = 4_000;

/// The server as the console shows it.
pub(super) fn server(database: &dyn Database, environment: String) -> Server {
    Server {
        label: database.label(),
        kind: database.kind().to_string(),
        version: database.version().to_owned(),
        core: database.schemas().core.clone(),
        environment,
    }
}

/// Reads a whole journal into a world; the newest events are kept. The last number.
pub(super) async fn replay(
    reader: &mut Reader,
    batch: BatchId,
    world: &mut World,
    recent: &mut Vec<Event>,
) -> Result<Seq, FeedError> {
    let mut last = Seq(0);
    loop {
        let events = reader.events(batch, last, CHUNK).await.map_err(from_store)?;
        let Some(end) = events.last() else { return Ok(last) };
        last = end.seq;
        for event in &events {
            world.apply(event);
        }
        recent.extend(events);
        let surplus = recent.len().saturating_sub(RECENT_EVENTS);
        recent.drain(..surplus);
    }
}

/// True if the account may call a procedure of ours. A server shows a routine only to those who may run it.
pub(super) async fn may_call(store: &Store, reader: &mut Reader, procedure: &str) -> Result<bool, FeedError> {
    if store.database().kind() == ServerKind::Sqlite {
        return Ok(true);
    }
    let sql = "SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? AND ROUTINE_NAME = ?";
    let name = format!("{}{procedure}", store.prefix());
    let values = [store.schemas().orchestration.as_str().into(), name.as_str().into()];
    let rows = reader.session().query(sql, &values).await.map_err(from_database)?;
    Ok(rows.first().is_some_and(|row| row.get_i64(0) > 0))
}

pub(super) fn worker(lease: &LeaseRow) -> Worker {
    Worker { holder: lease.holder.clone(), alive: lease.is_held(), age_ms: lease.age_ms }
}

pub(super) fn summary(row: BatchRow) -> BatchSummary {
    BatchSummary {
        id: row.batch_id,
        name: row.name,
        status: row.status,
        epoch_from: row.epoch_from,
        epoch_to: row.epoch_to,
        total_files: row.total_files,
        completed_files: row.processed_files,
        failed_files: row.failed_files,
        started_at: Ymdhis::to_millis(row.started),
        completed_at: Ymdhis::to_millis(row.completed),
    }
}
