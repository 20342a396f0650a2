//! The server that the journal was written on, and the answer whether this is still that one.

use super::{Journal, Reader, Result, Store, events};
use crate::database::Session;
use crate::model::{Event, EventKind, Servers};

/// The server that the journal's last lease was taken on, or that a person has accepted since; `None` for a journal that
/// no worker has written in.
async fn known(store: &Store, session: &mut dyn Session) -> Result<Option<String>> {
    let sql = store.sql(
        "SELECT batch_id, seq, at_ms, operator, payload FROM {orchestration.migration_events} WHERE batch_id = 0 AND \
         kind IN ('lease_taken', 'server_accepted') ORDER BY seq DESC LIMIT 1",
    )?;
    let rows = session.query_text(&sql).await?;
    let event: Option<Event> = rows.first().map(|row| events::event(row, 0)).transpose()?;
    Ok(event.and_then(|event| match event.kind {
        EventKind::LeaseTaken { server, .. } | EventKind::ServerAccepted { server, .. } => Some(server),
        _ => None,
    }))
}

impl Journal {
    /// The server that the journal was written on.
    ///
    /// # Errors
    /// The database's; [`StoreError::Corrupt`](super::StoreError::Corrupt) for an event that cannot be read.
    pub async fn known_server(&mut self) -> Result<Option<String>> {
        self.check()?;
        let known = known(&self.store, self.session.as_mut()).await?;
        self.end_reading().await?;
        Ok(known)
    }
}

impl Reader {
    /// Both servers, where this is not the one that the journal was written on: a failover, a clone, a copy. Asked of
    /// the server itself, so that it is seen before any worker has come.
    ///
    /// # Errors
    /// As [`Journal::known_server`].
    pub async fn other_server(&mut self) -> Result<Option<Servers>> {
        if self.is_legacy() {
            return Ok(None);
        }
        let Some(known) = known(&self.store, self.session.as_mut()).await? else { return Ok(None) };
        let found = self.session.server_identity().await?;
        Ok(Some(Servers { known, found }).filter(|servers| servers.known != servers.found))
    }
}
