//! Signs that show that the holder of the lease lives, and let go by themselves when it ends in whatever way: so that
//! nobody waits for a lease whose holder was killed.
//!
//! On a server these are session locks: of the session that took the lease, of the heartbeat, and of the journal. On
//! SQLite it is a lock on a file, which the operating system frees. Who is only slow, stopped, or cut off by a network
//! that nobody has noticed keeps them.

use super::{Result, Store};
use crate::database::{ServerKind, Session, barrier_holders, barrier_name, take_barrier};
use crate::model::Token;
use std::time::Duration;

/// The session that shows a worker's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The one that took the lease.
    Lease,
    /// The one that renews it.
    Heartbeat,
}

/// The session lock of a worker's journal.
pub fn journal_lock(store: &Store) -> String {
    barrier_name("journal", &store.schemas().orchestration)
}

/// The session lock of a sign under a token: another's can never be taken for it.
pub(super) fn lock_of(store: &Store, sign: Sign, token: Token) -> String {
    let word = match sign {
        Sign::Lease => "lease",
        Sign::Heartbeat => "heartbeat",
    };
    barrier_name(&format!("{word}.{}", token.0), &store.schemas().orchestration)
}

/// Gives a sign on a session, as long as that lasts. False when somebody else holds its lock.
///
/// # Errors
/// When the database cannot be asked.
pub async fn show_life(store: &Store, session: &mut dyn Session, sign: Sign, token: Token) -> Result<bool> {
    Ok(take_barrier(session, &lock_of(store, sign, token), Duration::ZERO).await?)
}

/// True if all signs of the holder of a token are gone, on the server that it was taken on.
pub(super) async fn has_vanished(store: &Store, session: &mut dyn Session, token: Token, server: &str) -> Result<bool> {
    match store.kind() {
        ServerKind::Sqlite if !store.database().has_ended(token.0) => return Ok(false),
        ServerKind::Sqlite => {}
        ServerKind::MariaDb | ServerKind::MySql => {
            let signs = [Sign::Lease, Sign::Heartbeat].map(|sign| lock_of(store, sign, token));
            let names = [signs.as_slice(), &[journal_lock(store)]].concat();
            if barrier_holders(session, &names).await?.iter().any(Option::is_some) {
                return Ok(false);
            }
        }
    }
    // The locks of another server, to which the tables were copied or replicated, tell nothing.
    Ok(session.server_identity().await? == server)
}
