//! The barrier that keeps a new worker from looking while anything of the old one is still on the server: a session lock
//! for its journal, and one for each place in which a file session of it may have been (`sessions`).
//!
//! The lock tells whose connection it is, whatever became of its client: a host that vanished leaves its sessions on the
//! server for hours, with the row locks of their open transactions.

use super::EngineError;
use super::patience::Patience;
use crate::database::{Session, barrier_holder, barrier_holders, barrier_name, release_barrier, take_barrier};
use crate::store::{Lease, LeaseRow, Store};
use std::time::Duration;

/// More places than a worker ever has: `workers.parallel` goes up to 64, and undoing takes no more.
const PLACES: usize = 128;

/// What a session is to its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Journal,
    /// The place of a file session.
    Files(usize),
}

fn name_of(store: &Store, place: Place) -> String {
    let purpose = match place {
        Place::Journal => "journal".to_owned(),
        Place::Files(0) => "files".to_owned(),
        Place::Files(slot) => format!("files.{slot}"),
    };
    barrier_name(&purpose, &store.database().schemas().orchestration)
}

/// Takes the session lock of a place for the holder of the lease. Whoever else has it is a worker that is gone: its
/// connection is killed, and its end awaited.
pub(super) async fn take(
    store: &Store,
    lease: &Lease,
    session: &mut dyn Session,
    place: Place,
    patience: Duration,
) -> Result<(), EngineError> {
    let database = store.database();
    let name = name_of(store, place);
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
        tracing::warn!(connection, "a session of an earlier worker is still on the server; ending its connection");
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
    let names: Vec<String> = (0..PLACES).map(|slot| name_of(store, Place::Files(slot))).collect();
    let own = session.connection_id();
    let held = barrier_holders(session, &names).await?;
    for (slot, _) in held.iter().enumerate().filter(|(_, holder)| holder.is_some_and(|holder| holder != own)) {
        take(store, lease, session, Place::Files(slot), patience).await?;
        release_barrier(session, &names[slot]).await?;
    }
    Ok(())
}

/// Settles what a killed worker left in the air. A statement of one that was not killed may still hold the files: it is
/// waited for.
pub(super) async fn settle(session: &mut dyn Session, patience: Duration) -> Result<(), EngineError> {
    let patience = Patience::of(patience);
    while let Err(error) = session.settle().await {
        patience.with(error.into()).await?;
    }
    Ok(())
}

/// Ends the journal session of a worker whose lease has run out: in the middle of a commit it holds the very row that
/// its successor has to write. To be done before the lease is taken.
pub(super) async fn end_abandoned(store: &Store, session: &mut dyn Session) -> Result<(), EngineError> {
    // In this order: who holds the lock before the lease is seen to be nobody's is not the next holder.
    let holder = barrier_holder(session, &name_of(store, Place::Journal)).await?;
    let current = Lease::current(store, session).await?;
    let Some(connection) = holder.filter(|_| current.as_ref().is_some_and(LeaseRow::is_abandoned)) else {
        return Ok(());
    };
    tracing::warn!(connection, "the journal of a worker whose lease ran out is still open; ending its connection");
    // Where that is not allowed the row may still become free: taking the lease waits for it, and says so.
    if let Err(error) = store.database().kill(connection).await {
        tracing::warn!(%error, connection, "the connection could not be ended");
    }
    Ok(())
}
