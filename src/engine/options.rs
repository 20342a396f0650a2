//! Settings of a worker.

use super::throttle::{Lags, ThrottleSettings};
use crate::check::CheckSettings;
use crate::handlers::Handlers;
use crate::kept::Budget;
use crate::model::{PARALLEL, Probe};
use crate::notify::NotifySettings;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Settings of a worker.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Holder of the lease, for people: `user@host pid`.
    pub holder: String,
    /// Time that the lease is good without a renewal.
    pub lease: Duration,
    /// Interval at which commands are read.
    pub poll: Duration,
    /// Wait for the lease while another worker holds it, instead of giving up.
    pub wait_for_lease: bool,
    /// Number of files that may be under way at a time, where their batch does not say. On SQLite always one.
    pub parallel: u32,
    pub checks: CheckSettings,
    pub keep: KeepSettings,
    /// For how long a freeze stands while nothing runs.
    pub freeze_idle: Duration,
    /// Queries that are measured before a batch and after it.
    pub probes: Vec<Probe>,
    /// The directory that was planned, when this process sees it: a file that changed since is refused.
    pub directory: Option<PathBuf>,
    /// Who is told of alerts.
    pub notify: Arc<NotifySettings>,
    /// The types of files.
    pub handlers: Handlers,
    /// Thresholds above which nothing of a file begins.
    pub throttle: ThrottleSettings,
    /// Where it is told how far replicas are behind, while a batch is driven.
    pub lags: watch::Sender<Lags>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        EngineOptions {
            holder: "caribou".into(),
            lease: Duration::from_secs(10),
            poll: Duration::from_millis(200),
            wait_for_lease: false,
            parallel: PARALLEL,
            checks: CheckSettings::default(),
            keep: KeepSettings::default(),
            freeze_idle: Duration::from_secs(10 * 60),
            probes: Vec::new(),
            directory: None,
            notify: Arc::default(),
            handlers: Handlers::standard(),
            throttle: ThrottleSettings::default(),
            lags: watch::Sender::default(),
        }
    }
}

/// What a rollback may have to take back outside the database, as this process sees it.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// The types of files.
    pub handlers: Handlers,
    /// The directory that was planned; `None` where this process does not see it.
    pub directory: Option<PathBuf>,
}

/// Budget for what statements destroy, and for how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepSettings {
    /// Rows and bytes for one statement.
    pub budget: Budget,
    /// Time that data is kept, counted from when the statement runs.
    pub keep_for: Duration,
}

impl Default for KeepSettings {
    fn default() -> Self {
        KeepSettings {
            budget: Budget { max_rows: 1_000_000, max_bytes: 1 << 30 },
            keep_for: Duration::from_secs(30 * 24 * 3600),
        }
    }
}
