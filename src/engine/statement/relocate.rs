//! On SQLite what is kept, and receipts, are written into core, since only so they are committed with the statement.
//! Here they leave it again.

use super::lock_retry::LockRetry;
use crate::database::{Purpose, ServerKind, Session};
use crate::engine::EngineError;
use crate::engine::fault::{self, Point};
use crate::engine::in_doubt::barrier::PATIENCE;
use crate::kept;
use crate::model::Token;
use crate::store::{self, Store};

/// Brings what is kept and stands in core to the undo schema. After this every kept thing is where the journal says; to
/// be done when its transaction has been committed, and before anything else is made of what a worker left.
pub(crate) async fn relocate(store: &Store, session: &mut dyn Session) -> Result<(), EngineError> {
    let staged = kept::staged(session).await?;
    if staged.is_empty() {
        return Ok(());
    }
    let retry = LockRetry::within(PATIENCE);
    fault::reach(Point::BeforeRelocation);
    while let Err(error) = kept::copy_to_undo_schema(store, session, &staged).await {
        retry.wait_after(error.into()).await?;
    }
    fault::reach(Point::HalfRelocated);
    while let Err(error) = kept::drop_from_core(session, &staged).await {
        retry.wait_after(error.into()).await?;
    }
    Ok(())
}

/// Takes all receipts out of core, when nothing is in doubt: after a worker has seen what others left, and at the end
/// of a batch. Where they cannot go now, the next worker takes them.
pub(crate) async fn forget_receipts(store: &Store, token: Token) -> Result<(), EngineError> {
    if store.database().kind() != ServerKind::Sqlite {
        return Ok(());
    }
    let mut session = store.database().open(Purpose::File).await?;
    if let Err(error) = store::forget_receipts(store, session.as_mut(), token).await {
        tracing::warn!(%error, "the receipts stay in core for now");
    }
    session.close().await;
    Ok(())
}
