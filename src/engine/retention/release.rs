//! Letting go of what was kept (`docs/design/undo.md`, "Retention"): what was put back, what somebody discarded, and
//! what has had its time. The journal says so first; a table that is still there afterwards goes the next time. What
//! has had its time goes within the hours of maintenance, where the schema's settings name some; what somebody discards
//! goes at once.

use crate::database::{ErrorKind, Purpose, ServerKind, Session};
use crate::engine::EngineError;
use crate::engine::worker::Worker;
use crate::kept;
use crate::model::{BatchId, Input, Place};
use crate::store::{Settings, Store};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Intervals at which an idle worker looks through the undo schema, and whether the hours of maintenance have begun.
const OFTEN: Duration = Duration::from_secs(600);
const SOON: Duration = Duration::from_secs(60);

impl Worker {
    /// Looks through the undo schema; not on a server that nobody has accepted yet.
    pub(crate) async fn retain(&mut self) -> Result<(), EngineError> {
        self.retain_at = Instant::now() + OFTEN;
        if self.journal.world().system.other.is_some() {
            return Ok(());
        }
        let mut session = undo_session(&self.inspector.store).await?;
        let done = self.retain_on(session.as_mut()).await;
        session.close().await;
        done
    }

    /// The same, if it is time again.
    pub(crate) async fn retain_in_time(&mut self) -> Result<(), EngineError> {
        if Instant::now() < self.retain_at {
            return Ok(());
        }
        self.retain().await
    }

    async fn retain_on(&mut self, session: &mut dyn Session) -> Result<(), EngineError> {
        let now = self.journal.now();
        let maintained = Settings::read(session, &self.inspector.store).await?.is_maintained(now);
        if !maintained {
            self.retain_at = Instant::now() + SOON;
        }
        let mut over: BTreeMap<BatchId, Vec<String>> = BTreeMap::new();
        for (table, holding) in kept::holdings(&self.inspector.store, session).await? {
            match holding {
                Some(holding) if !holding.kept => drop_kept(&self.inspector.store, session, &table).await?,
                _ if !maintained => {}
                Some(holding) if holding.expires <= now => over.entry(holding.batch).or_default().push(holding.place),
                Some(_) => {}
                None if self.is_left_over(session, &table).await? => {
                    drop_kept(&self.inspector.store, session, &table).await?
                }
                None => {}
            }
        }
        for (batch, places) in over {
            self.journal.load(batch).await?;
            if self.journal.world().batch(batch).is_some() {
                self.apply_input(Input::Expired { batch, places })?;
            }
        }
        self.commit().await
    }

    /// Made for a statement that then kept nothing, or never ran: empty, and of a batch that has ended.
    async fn is_left_over(&mut self, session: &mut dyn Session, table: &str) -> Result<bool, EngineError> {
        let Some((place, _)) = Place::read(table) else { return Ok(false) };
        self.journal.load(place.batch).await?;
        let ended = self.journal.world().batch(place.batch).is_none_or(|batch| batch.status.is_final());
        Ok(ended && kept::leftovers(&self.inspector.store, session, table).await?)
    }

    /// Drops tables that the journal has let go.
    pub(crate) async fn drop_released(&mut self, places: &[String]) -> Result<(), EngineError> {
        let mut session = undo_session(&self.inspector.store).await?;
        for place in places {
            drop_kept(&self.inspector.store, session.as_mut(), place).await?;
        }
        session.close().await;
        Ok(())
    }
}

/// On SQLite only a session for files sees the undo schema.
async fn undo_session(store: &Store) -> Result<Box<dyn Session>, EngineError> {
    let purpose = match store.database().kind() {
        ServerKind::Sqlite => Purpose::File,
        ServerKind::MariaDb | ServerKind::MySql => Purpose::Control,
    };
    Ok(store.database().open(purpose).await?)
}

/// A table that cannot be dropped now, because somebody reads it, goes the next time.
async fn drop_kept(store: &Store, session: &mut dyn Session, place: &str) -> Result<(), EngineError> {
    match kept::discard(store, session, [&place.to_owned()]).await {
        Err(error) if error.database().is_some_and(|e| e.kind != ErrorKind::ConnectionLost) => {
            tracing::warn!(%error, place, "a kept table is dropped later");
            Ok(())
        }
        done => Ok(done?),
    }
}
