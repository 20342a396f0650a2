//! The worker's side of telling people of alerts: it wakes the task that tells, hears which hooks are broken, and before
//! it ends gives that task a little time.

use super::EngineOptions;
use crate::model::{Event, EventKind};
use crate::notify::{HookReport, Wake, notify};
use crate::store::Store;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Reports of hooks that may wait.
const REPORTS: usize = 32;

/// The worker's hold on the task that tells.
pub(crate) struct Telling {
    /// `None` where nobody is to be told.
    wake: Option<watch::Sender<Wake>>,
    tried: watch::Receiver<u64>,
    reports: mpsc::Receiver<HookReport>,
    /// Time that a worker which ends waits until what there is to tell has been tried: the next one goes on with it.
    linger: Duration,
}

impl Telling {
    /// Starts the task, where there are hooks.
    pub(crate) fn start(store: &Store, options: &EngineOptions, tasks: &mut JoinSet<()>) -> Telling {
        // What another worker left untold is due from the start.
        let (wake, woken) = watch::channel(Wake { count: 1, ending: false });
        let (trying, tried) = watch::channel(0);
        let (report, reports) = mpsc::channel(REPORTS);
        let linger = options.notify.linger;
        if options.notify.hooks.is_empty() {
            return Telling { wake: None, tried, reports, linger };
        }
        tasks.spawn(notify(store.clone(), options.notify.clone(), woken, trying, report));
        Telling { wake: Some(wake), tried, reports, linger }
    }

    /// An event is durable: if it is about an alert, there is something to tell.
    pub(crate) fn heard(&self, event: &Event) {
        if let Some(wake) = &self.wake
            && matches!(event.kind, EventKind::AlertRaised { .. } | EventKind::AlertChanged { .. })
        {
            wake.send_modify(|wake| wake.count += 1);
        }
    }

    /// The next hook that is broken or works again; for ever where there is none.
    pub(crate) async fn report(&mut self) -> HookReport {
        match self.reports.recv().await {
            Some(report) => report,
            None => std::future::pending().await,
        }
    }

    /// Waits until everything that there is to tell has been tried; the reports that came meanwhile.
    pub(crate) async fn linger(&mut self) -> Vec<HookReport> {
        let Some(wake) = &self.wake else { return Vec::new() };
        wake.send_modify(|wake| (wake.count, wake.ending) = (wake.count + 1, true));
        let count = wake.borrow().count;
        if !matches!(tokio::time::timeout(self.linger, self.tried.wait_for(|tried| *tried >= count)).await, Ok(Ok(_))) {
            tracing::warn!("not everything that there is to tell has been tried; the next worker goes on with it");
        }
        std::iter::from_fn(|| self.reports.try_recv().ok()).collect()
    }
}
