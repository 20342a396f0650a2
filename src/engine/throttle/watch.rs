//! The task that asks, and the worker's end of it.

use super::gate::Gate;
use super::settings::{Pressure, Reading, ThrottleSettings};
use crate::database::{self, DbError, Purpose, Session, Target, replica_lag};
use crate::store::Store;
use std::time::Duration;
use tokio::sync::watch;

/// Each replica that is asked, with the milliseconds that it is behind; `None` before anybody has looked.
pub type Lags = Option<Vec<(String, Option<u64>)>>;

/// For how long the first look may keep a batch from beginning.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// The worker's end: it says when a batch is driven, and hears what was found.
pub(crate) struct Throttle {
    pressure: watch::Receiver<Pressure>,
    driving: watch::Sender<bool>,
    lags: watch::Receiver<Lags>,
    is_on: bool,
}

/// The other end.
pub(crate) struct Eyes {
    pressure: watch::Sender<Pressure>,
    lags: watch::Sender<Lags>,
    driving: watch::Receiver<bool>,
}

impl Throttle {
    /// Both ends.
    pub(crate) fn new(settings: &ThrottleSettings, told_lags: watch::Sender<Lags>) -> (Throttle, Eyes) {
        let (told, pressure) = watch::channel(Pressure::Free);
        let (driving, driven) = watch::channel(false);
        let lags = told_lags.subscribe();
        let eyes = Eyes { pressure: told, lags: told_lags, driving: driven };
        (Throttle { pressure, driving, lags, is_on: settings.is_on() }, eyes)
    }

    /// How far the replicas are behind, as of the last look.
    pub(crate) fn lags(&self) -> watch::Receiver<Lags> {
        self.lags.clone()
    }

    /// A batch is driven from here on: the first look comes before its first statement, if it comes in time.
    pub(crate) async fn begin(&mut self) {
        if !self.is_on {
            return;
        }
        self.pressure.mark_unchanged();
        self.driving.send_replace(true);
        if tokio::time::timeout(FIRST_LOOK, self.pressure.changed()).await.is_err() {
            tracing::warn!("nobody says how busy the server is; the batch begins");
        }
    }

    /// No batch is driven any more.
    pub(crate) fn end(&self) {
        self.driving.send_replace(false);
    }

    /// Reason why nothing is to begin now.
    pub(crate) fn held(&self) -> Option<String> {
        match &*self.pressure.borrow() {
            Pressure::Free => None,
            Pressure::High(why) => Some(why.clone()),
        }
    }

    /// Waits until something else is found; for ever where nobody asks.
    pub(crate) async fn changed(&mut self) {
        if !self.is_on || self.pressure.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Asks while a batch is driven, until the worker is gone.
pub(crate) async fn keep_watch(store: Store, settings: ThrottleSettings, mut eyes: Eyes) {
    if !settings.is_on() {
        return;
    }
    let mut gate = Gate::default();
    let mut server = Asked::default();
    let mut replicas: Vec<(&Target, Asked)> =
        settings.replicas.iter().map(|target| (target, Asked::default())).collect();
    loop {
        if !*eyes.driving.borrow() {
            // What was seen is not so for long once nobody looks.
            eyes.lags.send_replace(None);
        }
        if eyes.driving.wait_for(|driven| *driven).await.is_err() {
            break;
        }
        let mut reading = Reading::default();
        if settings.threads_running.is_some() {
            reading.threads_running = server.running(&store, settings.every).await;
        }
        for (target, asked) in replicas.iter_mut().filter(|_| settings.lag.is_some()) {
            reading.lag.push((target.label(), asked.lag(target, settings.every).await));
        }
        let found = gate.look(&settings, &reading);
        eyes.lags.send_replace(Some(reading.lag));
        eyes.pressure.send_replace(found);
        tokio::select! {
            () = tokio::time::sleep(settings.every) => {}
            changed = eyes.driving.changed() => if changed.is_err() { break },
        }
    }
    server.close().await;
    for (_, asked) in replicas {
        asked.close().await;
    }
}

/// A session that is asked again and again, and opened anew where it is gone.
#[derive(Default)]
struct Asked {
    session: Option<Box<dyn Session>>,
}

impl Asked {
    /// Statements that run on the server.
    async fn running(&mut self, store: &Store, patience: Duration) -> Option<u64> {
        let asked = async {
            let mut session = match self.session.take() {
                Some(session) => session,
                None => store.database().open(Purpose::Control).await?,
            };
            session.answer_within(Some(patience));
            let rows = session.query_text("SHOW GLOBAL STATUS LIKE 'Threads_running'").await?;
            self.session = Some(session);
            Ok::<_, DbError>(rows.first().and_then(|row| row.opt_text(1)).and_then(|text| text.parse().ok()))
        };
        told(asked.await, "how busy the server is")
    }

    /// Milliseconds that a replica is behind.
    async fn lag(&mut self, target: &Target, patience: Duration) -> Option<u64> {
        let asked = async {
            let mut session = match self.session.take() {
                Some(session) => session,
                None => database::connect(target).await?.open(Purpose::Control).await?,
            };
            session.answer_within(Some(patience));
            let lag = replica_lag(session.as_mut()).await?;
            self.session = Some(session);
            Ok::<_, DbError>(lag)
        };
        told(asked.await, "how far a replica is behind")
    }

    async fn close(self) {
        if let Some(session) = self.session {
            session.close().await;
        }
    }
}

/// Gives what was told; an error is no answer, and the session is opened anew.
fn told(asked: Result<Option<u64>, DbError>, what: &str) -> Option<u64> {
    asked.unwrap_or_else(|error| {
        tracing::warn!(%error, "cannot see {what}");
        None
    })
}
