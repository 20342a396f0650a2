//! Thresholds, and what has been found.

use crate::database::Target;
use std::time::Duration;

/// A threshold, and the lower one at which it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Above this nothing begins.
    pub most: u64,
    /// At this, or below, it goes on.
    pub resume: u64,
}

/// Thresholds above which nothing of a file begins (`throttle.…`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrottleSettings {
    /// Statements that run on the server at a time, ours among them.
    pub threads_running: Option<Limit>,
    /// Milliseconds that a replica is behind.
    pub lag: Option<Limit>,
    /// The replicas that are asked.
    pub replicas: Vec<Target>,
    /// Interval between two looks.
    pub every: Duration,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        ThrottleSettings { threads_running: None, lag: None, replicas: Vec::new(), every: Duration::from_secs(5) }
    }
}

impl ThrottleSettings {
    /// True if anything is to be asked.
    pub(crate) fn is_on(&self) -> bool {
        self.threads_running.is_some() || (self.lag.is_some() && !self.replicas.is_empty())
    }
}

/// Result of the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pressure {
    Free,
    /// Too much, and of what.
    High(String),
}

/// One look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Statements that run; `None` where the server did not say.
    pub(crate) threads_running: Option<u64>,
    /// Each replica, with the milliseconds that it is behind; `None` where it does not say.
    pub(crate) lag: Vec<(String, Option<u64>)>,
}
