//! SQLite: the write lock of core's file. One writer at a time is what the file allows, whoever it is, so it can be held
//! only while nothing of ours runs: between the statements of a batch that goes on, another program's write may come.

use crate::database::{DbError, ErrorKind, Purpose, Session};
use crate::store::Store;

/// How it is known that it is in force.
pub(super) const PROOF: &str = "a write transaction on core's file was begun, and is held while no file runs";

/// The lock, and the connection that holds it now and then.
#[derive(Debug, Default)]
pub(crate) struct WriteLock {
    session: Option<Box<dyn Session>>,
}

impl WriteLock {
    /// Takes it. False when another writer has it, who is waited for as long as the file's sessions wait.
    ///
    /// A page of core is written within a transaction that is never committed: an immediate one would lock the other
    /// files too, in which operators ask.
    pub(super) async fn take(&mut self, store: &Store) -> Result<bool, DbError> {
        if self.session.is_some() {
            return Ok(true);
        }
        let mut session = store.database().open(Purpose::File).await?;
        match begin(session.as_mut()).await {
            Ok(()) => {
                self.session = Some(session);
                Ok(true)
            }
            Err(error) => {
                session.close().await;
                if error.kind == ErrorKind::LockWait { Ok(false) } else { Err(error) }
            }
        }
    }

    /// Lets it go: something of ours is to write.
    pub(crate) async fn release(&mut self) {
        let Some(mut session) = self.session.take() else { return };
        if let Err(error) = session.query_text("ROLLBACK").await {
            tracing::debug!(%error, "the write lock goes with its connection");
        }
        session.close().await;
    }
}

async fn begin(session: &mut dyn Session) -> Result<(), DbError> {
    let rows = session.query_text("PRAGMA main.user_version").await?;
    let version = rows.first().map_or(0, |row| row.get_i64(0));
    session.query_text("BEGIN").await?;
    session.query_text(&format!("PRAGMA main.user_version = {version}")).await?;
    Ok(())
}
