//! On SQLite what is kept, and receipts, are written into core, since only so they are committed with the statement. Here
//! they leave it again.

use super::EngineError;
use super::fault::{self, Point};
use super::file_session::BARRIER;
use super::patience::Patience;
use super::worker::Worker;
use crate::database::{Purpose, ServerKind, Session};
use crate::store::{Store, forget_receipts, kept};

/// Brings what is kept and stands in core to the undo schema. After this every kept thing is where the journal says; to
/// be done when its transaction has been committed, and before anything else is made of what a worker left.
pub(super) async fn bring_home(store: &Store, session: &mut dyn Session) -> Result<(), EngineError> {
    let staged = kept::staged(session).await?;
    if staged.is_empty() {
        return Ok(());
    }
    let patience = Patience::of(BARRIER);
    fault::reach(Point::BeforeHome);
    while let Err(error) = kept::copy_home(store, session, &staged).await {
        patience.with(error.into()).await?;
    }
    fault::reach(Point::HalfHome);
    while let Err(error) = kept::leave_core(session, &staged).await {
        patience.with(error.into()).await?;
    }
    Ok(())
}

impl Worker {
    /// Takes all receipts out of core, when nothing is in doubt: after a worker has seen what others left, and at the end
    /// of a batch. Where they cannot go now, the next worker takes them.
    pub(super) async fn forget_receipts(&mut self) -> Result<(), EngineError> {
        if self.store.database().kind() != ServerKind::Sqlite {
            return Ok(());
        }
        let mut session = self.store.database().open(Purpose::File).await?;
        if let Err(error) = forget_receipts(&self.store, session.as_mut(), self.journal.token()).await {
            tracing::warn!(%error, "the receipts stay in core for now");
        }
        session.close().await;
        Ok(())
    }
}
