//! The barrier that keeps a new worker from looking while statements of the old one still run on the server.

use super::EngineError;
use crate::database::{Database, Session, barrier_holder, barrier_name, take_barrier};
use std::sync::Arc;
use std::time::Duration;

/// Takes the session lock of the files' session. Whoever holds it without the lease is a worker that is gone: its
/// connection is killed, and its end awaited.
pub(super) async fn take(
    database: &Arc<dyn Database>,
    session: &mut dyn Session,
    patience: Duration,
) -> Result<(), EngineError> {
    let name = barrier_name("files", &database.schemas().orchestration);
    if take_barrier(session, &name, Duration::ZERO).await? {
        return Ok(());
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
