//! The worker, as far as it is missed: somebody who went in good order a moment ago is not.

use super::app::App;
use crate::model::Millis;

/// Time for which nobody is missed after a lease was given back, or a batch made. Milliseconds.
pub const EXPECTED_FOR: u64 = 10_000;

/// The worker of this schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Nothing is heard of the database.
    Unknown,
    /// It holds the lease; since its last heartbeat, in milliseconds.
    Alive { age_ms: u64 },
    /// Nobody holds the lease, and nothing is to be driven.
    Idle,
    /// Work waits, and a worker will come any moment: since when, in milliseconds.
    Expected { since_ms: u64 },
    /// Work waits, and nobody drives it; for how long, in milliseconds.
    Missing { since_ms: u64 },
    /// What drives this schema keeps no lease.
    Untold,
}

impl App {
    /// Tells whether there is a worker, and whether one is missed.
    pub fn presence(&self) -> Presence {
        if self.is_stale() {
            return Presence::Unknown;
        }
        if self.data.read_only.is_some() {
            return Presence::Untold;
        }
        match &self.data.worker {
            Some(worker) if worker.alive => Presence::Alive { age_ms: worker.age_ms },
            _ if !self.is_under_way() => Presence::Idle,
            Some(worker) => Presence::Missing { since_ms: worker.age_ms },
            None => match self.without_worker_ms() {
                since_ms if since_ms < EXPECTED_FOR => Presence::Expected { since_ms },
                since_ms => Presence::Missing { since_ms },
            },
        }
    }

    /// True if what is under way was left there by a worker that is gone: nobody waits for its end.
    pub fn is_orphaned(&self) -> bool {
        let gone = match &self.data.worker {
            Some(worker) => !worker.alive,
            None => self.without_worker_ms() >= EXPECTED_FOR,
        };
        gone && self.data.read_only.is_none()
    }

    /// Milliseconds since the lease was given back or the batch made, or, where this console has not seen it, since the
    /// batch's last event.
    fn without_worker_ms(&self) -> u64 {
        let made = self.data.batch().map(|b| b.created_at);
        let left = self.data.left.as_ref().map(|(at, _)| *at);
        let last = self.data.recent.back().map(|e| e.at);
        let since = [made, left, last].into_iter().flatten().max();
        self.clock().zip(since).map_or(0, |(now, since): (Millis, Millis)| now.since(since))
    }
}
