//! Sessions beside a reader's own, for whoever looks at core file after file: each is opened once, not once a file.

use super::Store;
use crate::database::{DbError, Purpose, ServerKind, Session};

/// The sessions that nobody uses at the moment.
#[derive(Debug, Default)]
pub(crate) struct Beside(Vec<(Purpose, Box<dyn Session>)>);

impl Beside {
    /// A session for a purpose: one that is free and still there, or a new one. One of [`Purpose::Control`] has core
    /// chosen, as it was when a file ran: a server shows a view's names with or without their schema by that.
    ///
    /// # Errors
    /// The database's, where none can be opened.
    pub(super) async fn take(&mut self, store: &Store, purpose: Purpose) -> Result<Box<dyn Session>, DbError> {
        while let Some(mut session) = self.free(purpose) {
            // A server ends sessions that were silent for too long.
            if session.ping().await.is_ok() {
                return Ok(session);
            }
        }
        let mut session = store.database().open(purpose).await?;
        if purpose == Purpose::Control && store.kind() != ServerKind::Sqlite {
            session.use_schema(&store.schemas().core).await?;
        }
        Ok(session)
    }

    fn free(&mut self, purpose: Purpose) -> Option<Box<dyn Session>> {
        let at = self.0.iter().position(|(of, _)| *of == purpose)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Takes a session back for whoever is next, who is to find nothing of what was done on it.
    pub(crate) fn keep(&mut self, purpose: Purpose, session: Box<dyn Session>) {
        self.0.push((purpose, session));
    }

    /// Closes them, when there is nothing to look at for a while. An open one keeps a file of SQLite from changing its mode.
    pub(crate) async fn close(&mut self) {
        for (_, session) in std::mem::take(&mut self.0) {
            session.close().await;
        }
    }
}
