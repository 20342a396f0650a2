//! The barrier that keeps a new worker from looking while statements of the old one still run on the server: a session
//! lock for each place in which a file session of the old one may have been (`sessions`).

use super::EngineError;
use crate::database::{Session, barrier_holder, barrier_holders, barrier_name, release_barrier, take_barrier};
use crate::store::{Lease, Store};
use std::time::Duration;

/// More places than a worker ever has: `workers.parallel` goes up to 64, and undoing takes no more.
const PLACES: usize = 128;

fn name_of(store: &Store, slot: usize) -> String {
    let purpose = if slot == 0 { "files".to_owned() } else { format!("files.{slot}") };
    barrier_name(&purpose, &store.database().schemas().orchestration)
}

/// Takes the session lock of a place for the holder of the lease. Whoever else has it is a worker that is gone: its
/// connection is killed, and its end awaited.
pub(super) async fn take(
    store: &Store,
    lease: &Lease,
    session: &mut dyn Session,
    slot: usize,
    patience: Duration,
) -> Result<(), EngineError> {
    let database = store.database();
    let name = name_of(store, slot);
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

/// Waits until no session of an earlier worker is left, in any place. To be done before its statements are looked at:
/// one that still runs in another place could change what is being looked at.
pub(super) async fn clear(
    store: &Store,
    lease: &Lease,
    session: &mut dyn Session,
    patience: Duration,
) -> Result<(), EngineError> {
    let names: Vec<String> = (0..PLACES).map(|slot| name_of(store, slot)).collect();
    let own = session.connection_id();
    let held = barrier_holders(session, &names).await?;
    for (slot, _) in held.iter().enumerate().filter(|(_, holder)| holder.is_some_and(|holder| holder != own)) {
        take(store, lease, session, slot, patience).await?;
        release_barrier(session, &names[slot]).await?;
    }
    Ok(())
}
