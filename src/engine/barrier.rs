//! The barrier that keeps a new worker from looking while statements of the old one still run on the server.

use super::EngineError;
use crate::database::{Session, barrier_holder, barrier_name, take_barrier};
use crate::store::{Lease, Store};
use std::time::Duration;

/// Takes the session lock of the files' session for the holder of the lease. Whoever else has it is a worker that is gone: its
/// connection is killed, and its end awaited.
pub(super) async fn take(
    store: &Store,
    lease: &Lease,
    session: &mut dyn Session,
    patience: Duration,
) -> Result<(), EngineError> {
    let database = store.database();
    let name = barrier_name("files", &database.schemas().orchestration);
    if take_barrier(session, &name, Duration::ZERO).await? {
        return Ok(());
    }
    // It may as well be the successor of this worker, which slept through the end of its lease.
    let current = Lease::current(store, session).await?;
    if current.as_ref().is_none_or(|row| row.token != lease.token) {
        return Err(EngineError::LeaseLost(lease.lost(current)));
    }
    let holder = barrier_holder(session, &name).await?;
    if let Some(connection) = holder {
        tracing::warn!(connection, "a statement of an earlier worker is still on the server; ending its connection");
        database.kill(connection).await?;
    }
    if take_barrier(session, &name, patience).await? {
        return Ok(());
    }
    Err(EngineError::StillRunning { connection: holder, waited: patience })
}
