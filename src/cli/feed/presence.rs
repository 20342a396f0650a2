//! Presence: when it is to be told and asked who watches, and what was answered.

use crate::store::{SessionRole, SessionRow};
use std::time::{Duration, Instant};

/// Pause between two times that we say that we watch, and ask who else does.
const PRESENCE: Duration = Duration::from_secs(30);
/// Time that we count as watching after we last said so.
pub(super) const PRESENCE_TTL: Duration = Duration::from_secs(90);

/// Presence of this console, and of the others that watch.
pub(super) struct Presence {
    key: String,
    told: Option<Instant>,
    watchers: Vec<String>,
    /// The account may not say that it is there; it is not asked again.
    refused: bool,
}

impl Presence {
    pub fn new() -> Presence {
        let key = format!("console-{}-{:x}", std::process::id(), fastrand::u32(..));
        Presence { key, told: None, watchers: Vec::new(), refused: false }
    }

    /// The name of this console among the sessions.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The other consoles, as accounts.
    pub fn watchers(&self) -> &[String] {
        &self.watchers
    }

    /// True if it is time to say that we watch.
    pub fn is_due(&self) -> bool {
        !self.refused && self.told.is_none_or(|told| told.elapsed() >= PRESENCE)
    }

    /// It is being told now; the next time is counted from here, however this ends.
    pub fn begin(&mut self) {
        self.told = Some(Instant::now());
    }

    /// The account may not tell it.
    pub fn refuse(&mut self) {
        self.refused = true;
    }

    /// Takes in who is there.
    pub fn note(&mut self, sessions: Vec<SessionRow>) {
        let others = sessions.into_iter().filter(|s| s.key != self.key && s.role == SessionRole::Console.as_str());
        self.watchers = others.map(|s| s.account).collect();
    }
}
