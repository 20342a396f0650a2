//! The barrier that keeps a new worker from looking while anything of the old one is still on the server: a session
//! lock for its journal, and one for each place in which a file session of it may have been (`sessions`).
//!
//! The lock tells whose connection it is, whatever became of its client: a host that vanished leaves its sessions on
//! the server for hours, with the row locks of their open transactions.

use crate::database::{
    Purpose, ServerKind, Session, barrier_holder, barrier_holders, barrier_name, release_barrier, take_barrier,
};
use crate::engine::EngineError;
use crate::engine::statement::lock_retry::LockRetry;
use crate::store::{Lease, LeaseRow, Store, journal_lock};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Time that the statements of an earlier worker are waited for. A copying ALTER of a large table can take hours to
/// roll back; what waits says so, and can be interrupted.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// More places than a worker ever has: `workers.parallel` goes up to 64, and undoing takes no more.
const PLACES: usize = 128;

/// Interval at which it is looked who holds a lock that is waited for.
const LOOKS: Duration = Duration::from_millis(100);

/// Place of a session in its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Journal,
    /// The place of a file session.
    Files(usize),
}

fn name_of(store: &Store, place: Place) -> String {
    let purpose = match place {
        Place::Journal => return journal_lock(store),
        Place::Files(0) => "files".to_owned(),
        Place::Files(slot) => format!("files.{slot}"),
    };
    barrier_name(&purpose, &store.database().schemas().orchestration)
}

/// Takes the session lock of a place for the holder of the lease. Whoever else has it is a worker that is gone: its
/// connection is killed, and its end awaited.
pub(crate) async fn take(
    store: &Store,
    lease: &Lease,
    session: &mut dyn Session,
    place: Place,
    patience: Duration,
) -> Result<(), EngineError> {
    let name = name_of(store, place);
    if take_barrier(session, &name, Duration::ZERO).await? {
        return Ok(());
    }
    let last = AtomicU64::new(0);
    let own = session.connection_id();
    let taken = tokio::select! {
        taken = take_barrier(session, &name, patience) => taken?,
        ended = end_holders(store, lease, &name, own, &last) => return Err(ended?),
    };
    if taken {
        return Ok(());
    }
    let connection = Some(last.load(Ordering::Relaxed)).filter(|connection| *connection != 0);
    Err(EngineError::StillRunning { connection, waited: patience })
}

/// Takes the lock of a place where the session does not hold it any more.
pub(crate) async fn hold(
    store: &Store,
    lease: &Lease,
    session: &mut dyn Session,
    place: Place,
) -> Result<(), EngineError> {
    let own = session.connection_id();
    if session.kind() == ServerKind::Sqlite || barrier_holder(session, &name_of(store, place)).await? == Some(own) {
        return Ok(());
    }
    tracing::warn!(connection = own, "a statement gave up the lock of its session; taking it again");
    take(store, lease, session, place, PATIENCE).await
}

/// Ends whoever holds a lock, one after the other, while its rightful holder stands in line for it: the lock goes to
/// those who wait in the order in which they came, so nobody who comes anew with the lock's name gets before it. Comes
/// to an end only with an error.
async fn end_holders(
    store: &Store,
    lease: &Lease,
    name: &str,
    own: u64,
    last: &AtomicU64,
) -> Result<EngineError, EngineError> {
    let database = store.database();
    let mut helper = database.open(Purpose::Control).await?;
    let mut ended = BTreeSet::new();
    loop {
        let holder = barrier_holder(helper.as_mut(), name).await?.filter(|holder| *holder != own);
        if let Some(connection) = holder.filter(|holder| ended.insert(*holder)) {
            // It may as well be the successor of this worker, which slept through the end of its lease. The session that
            // stands in line may be the runner's, who does not see the lease.
            let current = Lease::current(store, helper.as_mut()).await?;
            if current.as_ref().is_none_or(|row| row.token != lease.token) {
                return Ok(EngineError::LeaseLost(lease.lost(current)));
            }
            last.store(connection, Ordering::Relaxed);
            tracing::warn!(
                connection,
                lock = name,
                "another session holds the lock of this place; ending its connection"
            );
            database.kill(connection).await?;
        }
        tokio::time::sleep(LOOKS).await;
    }
}

/// Waits until no session of an earlier worker is left, in any place. To be done before its statements are looked at:
/// one that still runs in another place could change what is being looked at.
pub(crate) async fn clear(
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
pub(crate) async fn settle(session: &mut dyn Session, patience: Duration) -> Result<(), EngineError> {
    let retry = LockRetry::within(patience);
    while let Err(error) = session.settle().await {
        retry.wait_after(error.into()).await?;
    }
    Ok(())
}

/// Ends the journal session of a worker whose lease has run out: in the middle of a commit it holds the very row that
/// its successor has to write. To be done before the lease is taken.
pub(crate) async fn end_abandoned(store: &Store, session: &mut dyn Session) -> Result<(), EngineError> {
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
