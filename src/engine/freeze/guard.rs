//! What stands on the server because of this process. It is lifted however the process ends, as long as its lease is
//! nobody else's: the next worker goes on with the freeze, or ends it.

use crate::database::{ErrorKind, Purpose, Session, set_read_only};
use crate::store::{Lease, Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// For how long the server may be silent while it is told.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether `read_only` stands, or may stand, because of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard(Arc<AtomicBool>);

impl Guard {
    /// It is about to be set.
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// It was lifted.
    pub(super) fn clear(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Lifts what stands, if anything does: for a worker that ends without having said so in the journal, and for one
    /// that cannot renew its lease.
    pub(crate) async fn lift(&self, store: &Store, lease: &Lease) {
        if !self.0.load(Ordering::SeqCst) {
            return;
        }
        match tokio::time::timeout(PATIENCE * 2, lift_if_ours(store, lease)).await {
            Ok(Ok(true)) => tracing::warn!("the freeze was lifted: this worker ends without it"),
            Ok(Ok(false)) => tracing::info!("the lease is another's, and with it the freeze"),
            Ok(Err(error)) => tracing::error!(%error, "THE FREEZE STANDS: `caribou thaw --emergency` ends it"),
            Err(_) => tracing::error!("THE FREEZE MAY STAND, the server is silent: `caribou thaw --emergency` ends it"),
        }
        self.clear();
    }
}

/// True if it was lifted. The lease's row is held meanwhile: nobody takes it over in between. A session with a transaction
/// may not set it, so another does.
async fn lift_if_ours(store: &Store, lease: &Lease) -> Result<bool, StoreError> {
    let mut holding = store.database().open(Purpose::Control).await?;
    holding.answer_within(Some(PATIENCE));
    let ours = is_ours(holding.as_mut(), lease).await;
    let lifted = match ours {
        Ok(true) => lift(store).await.map(|()| true),
        other => other,
    };
    holding.close().await;
    lifted
}

async fn is_ours(session: &mut dyn Session, lease: &Lease) -> Result<bool, StoreError> {
    // Whoever holds the row is not waited for: while it does, nobody else takes the lease.
    session.query_text("SET SESSION innodb_lock_wait_timeout = 1").await?;
    session.begin().await?;
    match lease.hold(session).await {
        Err(error) if error.database().is_some_and(|e| e.kind == ErrorKind::LockWait) => Ok(true),
        held => held,
    }
}

async fn lift(store: &Store) -> Result<(), StoreError> {
    let mut session = store.database().open(Purpose::Control).await?;
    session.answer_within(Some(PATIENCE));
    let lifted = set_read_only(session.as_mut(), false).await;
    session.close().await;
    Ok(lifted?)
}
