//! Expired rows of the ephemeral schema go beside everything else, in a task and on a session of their own: no
//! statement and no commit waits for it, and whoever locks a row there only puts it off.

use crate::check::drop_twins_left;
use crate::database::{Purpose, ServerKind, Session};
use crate::store::{Result, Settings, Store, purge};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::task::{JoinError, JoinSet};

/// Time until a worker looks for the first time, and the pause from then on.
const FIRST: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_secs(60);
/// Interval at which the journal is told at most.
const TOLD: Duration = Duration::from_secs(600);

/// Time that no twin of a table stands, but for one that was left behind.
const TWIN_AGE: Duration = Duration::from_secs(600);

/// Purge that goes on beside the worker.
pub(crate) struct Purge {
    /// Ended when it is dropped.
    running: JoinSet<Result<Vec<(String, u64)>>>,
    next: Instant,
    told: Option<Instant>,
    gone: BTreeMap<String, u64>,
}

impl Purge {
    pub(crate) fn new() -> Purge {
        Purge { running: JoinSet::new(), next: Instant::now() + FIRST, told: None, gone: BTreeMap::new() }
    }

    /// Begins another look when it is time; gives what is to be journalled, by table.
    pub(crate) fn look(&mut self, store: &Store) -> Option<Vec<(String, u64)>> {
        while let Some(ended) = self.running.try_join_next() {
            self.take_in(ended);
        }
        if self.running.is_empty() && Instant::now() >= self.next {
            self.next = Instant::now() + EVERY;
            self.running.spawn(once(store.clone()));
        }
        if self.gone.is_empty() || self.told.is_some_and(|at| at.elapsed() < TOLD) {
            return None;
        }
        self.told = Some(Instant::now());
        Some(std::mem::take(&mut self.gone).into_iter().collect())
    }

    /// Waits until there is something to look at again.
    pub(crate) async fn wake(&mut self) {
        match self.running.join_next().await {
            Some(ended) => self.take_in(ended),
            None => tokio::time::sleep_until(self.next.into()).await,
        }
    }

    fn take_in(&mut self, ended: Ended) {
        match ended {
            Ok(Ok(gone)) => gone.into_iter().for_each(|(table, rows)| *self.gone.entry(table).or_default() += rows),
            Ok(Err(error)) => tracing::warn!(%error, "expired ephemeral rows were not removed; trying again later"),
            Err(panic) => tracing::error!(%panic, "the purge ended badly"),
        }
    }
}

type Ended = std::result::Result<Result<Vec<(String, u64)>>, JoinError>;

async fn once(store: Store) -> Result<Vec<(String, u64)>> {
    let mut session = store.database().open(Purpose::Control).await?;
    let gone = on(session.as_mut(), &store).await;
    session.close().await;
    gone
}

async fn on(session: &mut dyn Session, store: &Store) -> Result<Vec<(String, u64)>> {
    // Whoever holds a row here keeps it from being removed now, and nothing else.
    session
        .query_text(match session.kind() {
            ServerKind::Sqlite => "PRAGMA busy_timeout = 100",
            ServerKind::MariaDb | ServerKind::MySql => "SET SESSION innodb_lock_wait_timeout = 1",
        })
        .await?;
    let all = Settings::read(session, store).await?.purges_all();
    let gone = purge(session, store, all).await?;
    let twins = drop_twins_left(session, &store.schemas().ephemeral, TWIN_AGE).await?;
    if twins > 0 {
        tracing::info!(twins, "empty twins of tables that a worker had left behind are gone");
    }
    Ok(gone)
}
