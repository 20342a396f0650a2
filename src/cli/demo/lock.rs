//! Somebody else's lock: a connection that holds core's write lock, as a long import would.

use super::super::CliError;
use crate::database::{Purpose, Session};
use crate::store::Store;

/// The write lock of the core file, held by a connection that is none of the worker's.
pub(super) struct WriteLock(Box<dyn Session>);

impl WriteLock {
    /// Takes it.
    pub async fn take(store: &Store) -> Result<WriteLock, CliError> {
        let mut session = store.database().open(Purpose::File).await?;
        session.run("BEGIN IMMEDIATE").await?;
        Ok(WriteLock(session))
    }

    /// Lets it go.
    pub async fn let_go(mut self) -> Result<(), CliError> {
        self.0.rollback().await?;
        self.0.close().await;
        Ok(())
    }
}
