//! No reader stops a worker. Whoever may read our tables may also lock their rows (`SELECT … FOR SHARE`), and the lease
//! could not be renewed then, nor the journal written. A statement of ours that waits for such a row for too long is
//! watched: whoever holds the row, and is neither the worker's account nor the runner's, has its connection ended. The
//! statement stands in line meanwhile, so that nobody who comes anew gets before it.

use super::Store;
use crate::database::{DbError, ErrorKind, Purpose, Session, row_blockers};
use std::future::Future;
use std::time::Duration;

/// Time that a statement of ours waits before it is looked who holds it up: whoever reads for no longer is let.
const PATIENCE: Duration = Duration::from_secs(1);
/// Pause before it is looked again.
const AGAIN: Duration = Duration::from_millis(250);

/// Does what waits for rows of ours on a connection, and keeps others from holding it up.
pub(super) async fn unhindered<T>(store: &Store, connection: u64, work: impl Future<Output = T>) -> T {
    if !store.dialect().is_mysql_family() {
        return work.await;
    }
    tokio::pin!(work);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
        return done;
    }
    tokio::select! {
        done = &mut work => done,
        error = clear_the_way(store, connection) => {
            tracing::debug!(%error, "who holds our rows cannot be seen, or not be ended");
            work.await
        }
    }
}

/// Ends whoever holds rows of ours for which a connection waits, as long as it does. Comes to an end only where the
/// account may not look or not end: any other failure passes, while the statement still waits.
async fn clear_the_way(store: &Store, waiting: u64) -> DbError {
    let mut watching = None;
    loop {
        match look(store, watching.take(), waiting).await {
            Ok(session) => watching = Some(session),
            Err(error) if matches!(error.kind, ErrorKind::Privilege | ErrorKind::Auth) => return error,
            Err(error) => tracing::warn!(%error, "who holds our rows could not be seen; it is looked again"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// One look, on the session of the look before if there is one.
async fn look(store: &Store, session: Option<Box<dyn Session>>, waiting: u64) -> Result<Box<dyn Session>, DbError> {
    let mut session = match session {
        Some(session) => session,
        None => store.database().open(Purpose::Control).await?,
    };
    match end_blockers(store, session.as_mut(), waiting).await {
        Ok(()) => Ok(session),
        Err(error) => {
            session.close().await;
            Err(error)
        }
    }
}

async fn end_blockers(store: &Store, session: &mut dyn Session, waiting: u64) -> Result<(), DbError> {
    let database = store.database();
    let own = [database.account().rsplit_once('@').map_or(database.account(), |(user, _)| user)];
    for schema in [&store.schemas().orchestration, &store.schemas().ephemeral] {
        for blocker in row_blockers(session, waiting, Some(schema)).await? {
            if own.contains(&blocker.user.as_str()) || database.runner() == Some(blocker.user.as_str()) {
                continue;
            }
            let (connection, user) = (blocker.connection, &blocker.user);
            tracing::warn!(connection, user, schema, "a reader locks rows that a worker needs; ending its connection");
            database.kill(connection).await?;
        }
    }
    Ok(())
}
