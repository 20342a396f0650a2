//! Who watches: we say so now and then, and ask who else does.

use super::StoreFeed;
use super::faults::of_store;
use crate::console::FeedError;
use crate::store::{SessionRole, touch_session};
use std::time::{Duration, Instant};

/// How often we say that we watch, and ask who else does.
const PRESENCE: Duration = Duration::from_secs(30);
/// For how long we count as watching after we last said so.
const PRESENCE_TTL: Duration = Duration::from_secs(90);

/// Who watches.
pub(super) struct Presence {
    key: String,
    told: Option<Instant>,
    pub(super) watchers: Vec<String>,
    /// The account may not say that it is there; it is not asked again.
    refused: bool,
}

impl Presence {
    pub(super) fn new() -> Presence {
        let key = format!("console-{}-{:x}", std::process::id(), fastrand::u32(..));
        Presence { key, told: None, watchers: Vec::new(), refused: false }
    }
}

impl StoreFeed {
    /// Says now and then that we watch, and asks who else does.
    pub(super) async fn be_present(&mut self) -> Result<(), FeedError> {
        let is_due = self.presence.told.is_none_or(|told| told.elapsed() >= PRESENCE);
        if self.presence.refused || !is_due || self.reader().await?.is_legacy() {
            return Ok(());
        }
        self.presence.told = Some(Instant::now());
        let store = self.store().await?;
        let key = self.presence.key.clone();
        let control = self.control().await?;
        if let Err(error) = touch_session(control, &store, &key, SessionRole::Console, PRESENCE_TTL).await {
            tracing::debug!(%error, "this account cannot say that it watches");
            self.presence.refused = true;
            return Ok(());
        }
        let sessions = self.reader().await?.sessions().await.map_err(of_store)?;
        let others = sessions.into_iter().filter(|s| s.key != key && s.role == SessionRole::Console.as_str());
        self.presence.watchers = others.map(|s| s.account).collect();
        Ok(())
    }
}
