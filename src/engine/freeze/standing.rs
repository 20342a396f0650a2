//! What a worker keeps in mind of the freeze, beside what the journal tells.

use super::guard::Guard;
use super::write_lock::WriteLock;
use crate::model::{Command, FileId};
use std::time::{Duration, Instant};

/// What is asked for, held and watched.
#[derive(Debug)]
pub(crate) struct Standing {
    /// A freeze that an operator asks for: it is set between our own statements.
    pub(crate) asked: Option<Command>,
    pub(crate) lock: WriteLock,
    pub(crate) guard: Guard,
    /// The file for which the system is frozen (`policy.freeze = critical`).
    pub(super) file: Option<FileId>,
    /// Since when nothing runs.
    pub(super) idle_since: Instant,
    /// For how long it may stand so.
    pub(super) max_idle: Duration,
}

impl Standing {
    pub(crate) fn new(guard: Guard, max_idle: Duration) -> Standing {
        let lock = WriteLock::default();
        Standing { asked: None, lock, guard, file: None, idle_since: Instant::now(), max_idle }
    }

    /// Something runs.
    pub(crate) fn is_busy(&mut self) {
        self.idle_since = Instant::now();
    }

    /// Time until nobody uses the freeze any more.
    pub(crate) fn left(&self) -> Duration {
        self.max_idle.saturating_sub(self.idle_since.elapsed())
    }
}
