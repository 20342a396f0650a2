//! Shows people who holds which object. On a session of its own and at its leisure: nothing waits for it, and nothing
//! is lost when it fails.

use crate::database::{Purpose, Session};
use crate::model::HeldLock;
use crate::store::{Store, StoreError, show_locks};
use std::time::Duration;
use tokio::sync::watch;

/// Interval at which the rows are written at most: a batch of short files need not be slowed down for them.
const EVERY: Duration = Duration::from_secs(1);

/// Writes what is held whenever that has changed, until the worker is gone; then the rows go too.
pub(crate) async fn show(store: Store, mut held: watch::Receiver<Vec<HeldLock>>) {
    let mut shown = Shown { store, session: None, rows: Vec::new() };
    while held.changed().await.is_ok() {
        let now = held.borrow_and_update().clone();
        shown.are(now).await;
        // Between two looks traffic is let through, but that nothing is held any more is shown at once.
        let emptied = tokio::time::timeout(EVERY, held.wait_for(Vec::is_empty));
        if !shown.rows.is_empty() && emptied.await.is_ok_and(|none| none.is_ok()) {
            shown.are(Vec::new()).await;
        }
    }
    shown.are(Vec::new()).await;
    if let Some(session) = shown.session {
        session.close().await;
    }
}

/// Rows as they are shown now.
struct Shown {
    store: Store,
    session: Option<Box<dyn Session>>,
    rows: Vec<HeldLock>,
}

impl Shown {
    async fn are(&mut self, now: Vec<HeldLock>) {
        if now == self.rows {
            return;
        }
        match write(&self.store, &mut self.session, &now).await {
            Ok(()) => self.rows = now,
            Err(error) => {
                tracing::debug!(%error, "the object locks cannot be shown");
                self.session = None;
            }
        }
    }
}

async fn write(store: &Store, session: &mut Option<Box<dyn Session>>, held: &[HeldLock]) -> Result<(), StoreError> {
    let mut open = match session.take() {
        Some(open) => open,
        None => store.database().open(Purpose::Control).await?,
    };
    show_locks(open.as_mut(), store, held).await?;
    *session = Some(open);
    Ok(())
}
