//! The task that tells: it looks what there is to tell, tells each hook one thing at a time, and tries again.

use super::deliver::deliver;
use super::due::Told;
use super::message::{AlertMessage, key};
use super::settings::NotifySettings;
use crate::database::{Purpose, Session};
use crate::store::{AlertRow, Delivery, Result, Store, deliveries, note_delivery, recent_alerts};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Number of times that a hook is tried for one thing, before it is given up.
const TRIES: u32 = 5;
/// Failures in a row after which a hook counts as broken.
const BROKEN: u32 = 3;
/// Pause before a database that did not answer is asked again.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest that the task sleeps.
const LONGEST: Duration = Duration::from_secs(3600);

/// Word from the engine: how many times alerts have changed, and whether it is about to end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wake {
    pub count: u64,
    pub ending: bool,
}

/// A hook that is broken, or works again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookReport {
    pub hook: String,
    pub trouble: Option<String>,
}

/// Tells until `wake` has no sender any more. `tried` says up to which count everything that was due has been tried;
/// `reports` takes what becomes of hooks.
pub async fn notify(
    store: Store,
    settings: Arc<NotifySettings>,
    mut wake: watch::Receiver<Wake>,
    tried: watch::Sender<u64>,
    reports: mpsc::Sender<HookReport>,
) {
    let project = format!("{}/{}", store.database().label(), store.schemas().core);
    let mut notifier = Notifier {
        store,
        settings,
        project,
        session: None,
        alerts: Vec::new(),
        told: None,
        tries: BTreeMap::new(),
        states: BTreeMap::new(),
        reports,
        telling: JoinSet::new(),
        busy: BTreeSet::new(),
    };
    loop {
        let heard = *wake.borrow_and_update();
        let looked = match notifier.look().await {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(%error, "what there is to tell cannot be read; trying again");
                notifier.session = None;
                false
            }
        };
        loop {
            let next = notifier.begin();
            if looked && notifier.busy.is_empty() && next.is_none_or(|at| at > Instant::now()) {
                tried.send_replace(heard.count);
            }
            let longest = Instant::now() + if looked { LONGEST } else { PAUSE };
            let next = next.map_or(longest, |next| next.min(longest));
            tokio::select! {
                Some(ended) = notifier.telling.join_next() => match ended {
                    Ok(ended) => {
                        let ending = wake.borrow().ending;
                        notifier.ended(ended, ending).await;
                    }
                    Err(panic) => tracing::error!(%panic, "a delivery ended badly"),
                },
                changed = wake.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
                () = tokio::time::sleep_until(next) => if !looked { break },
            }
        }
    }
}

/// Tries of one thing by one hook.
#[derive(Debug, Clone, Copy)]
struct Tries {
    count: u32,
    next: Instant,
}

/// Record of a hook in this process.
#[derive(Debug, Default, Clone, Copy)]
struct HookState {
    failures: u32,
    /// The last that was reported of it: true if it is broken.
    reported: Option<bool>,
}

type Ended = (usize, AlertRow, std::result::Result<String, String>);

struct Notifier {
    store: Store,
    settings: Arc<NotifySettings>,
    project: String,
    session: Option<Box<dyn Session>>,
    /// Alerts that may have to be told, as they stand.
    alerts: Vec<AlertRow>,
    /// Read once; from then on kept up.
    told: Option<Told>,
    /// By hook and key.
    tries: BTreeMap<(usize, String), Tries>,
    states: BTreeMap<usize, HookState>,
    reports: mpsc::Sender<HookReport>,
    telling: JoinSet<Ended>,
    /// Hooks that are telling.
    busy: BTreeSet<usize>,
}

impl Notifier {
    /// Reads how alerts stand.
    async fn look(&mut self) -> Result<()> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.store.database().open(Purpose::Control).await?,
        };
        if self.told.is_none() {
            let mut told = Told::default();
            deliveries(session.as_mut(), &self.store).await?.iter().for_each(|delivery| told.take(delivery));
            self.told = Some(told);
        }
        self.alerts = recent_alerts(session.as_mut(), &self.store).await?;
        self.session = Some(session);
        Ok(())
    }

    /// Begins what can begin: each hook tells one thing at a time, the oldest first. Gives the time of the next try.
    fn begin(&mut self) -> Option<Instant> {
        let Some(told) = &self.told else { return None };
        let mut next: Option<Instant> = None;
        for (n, hook) in self.settings.hooks.iter().enumerate() {
            if self.busy.contains(&n) {
                continue;
            }
            for alert in self.alerts.iter().filter(|alert| told.owes(&self.project, hook, alert)) {
                let at = self.tries.get(&(n, key(&self.project, alert))).map(|tries| tries.next);
                if let Some(at) = at.filter(|at| *at > Instant::now()) {
                    next = Some(next.map_or(at, |next| next.min(at)));
                    continue;
                }
                let message = AlertMessage::new(&self.project, hook, alert);
                let (settings, hook, alert) = (self.settings.clone(), hook.clone(), alert.clone());
                self.telling.spawn(async move { (n, alert, deliver(&settings, &hook, &message).await) });
                self.busy.insert(n);
                break;
            }
        }
        next
    }

    async fn ended(&mut self, (n, alert, result): Ended, ending: bool) {
        self.busy.remove(&n);
        let key = key(&self.project, &alert);
        let tries = self.tries.entry((n, key.clone())).or_insert(Tries { count: 0, next: Instant::now() });
        tries.count += 1;
        let attempts = tries.count;
        let error = result.err();
        if error.is_some() && attempts < TRIES {
            // 5 s, 20 s, 80 s, 320 s; a little apart, where many fail at once.
            let pause = self.settings.retry * 4_u32.pow(attempts - 1);
            tries.next = Instant::now() + pause.mul_f64(0.9 + fastrand::f64() / 5.0);
        } else {
            self.tries.remove(&(n, key.clone()));
            let hook = self.settings.hooks.get(n).map(|hook| hook.name.clone()).unwrap_or_default();
            self.settle(Delivery { alert: alert.alert_id, hook, key, attempts, error: error.clone() }).await;
        }
        self.report(n, error, ending);
    }

    /// Remembers a delivery that has come to its end, here and in the database.
    async fn settle(&mut self, delivery: Delivery) {
        if let Some(told) = &mut self.told {
            told.take(&delivery);
        }
        let Some(mut session) = self.session.take() else { return };
        match note_delivery(session.as_mut(), &self.store, &delivery).await {
            Ok(()) => self.session = Some(session),
            // After a restart it is told once more, with the same key.
            Err(error) => tracing::warn!(%error, "a delivery was not recorded"),
        }
    }

    /// Says that a hook is broken or works, once each time.
    fn report(&mut self, n: usize, trouble: Option<String>, ending: bool) {
        let Some(hook) = self.settings.hooks.get(n).map(|hook| hook.name.clone()) else { return };
        let state = self.states.entry(n).or_default();
        state.failures = if trouble.is_some() { state.failures + 1 } else { 0 };
        if let Some(error) = &trouble {
            tracing::warn!(hook, error, "an alert was not delivered");
        }
        let is_broken = match state.failures {
            0 => false,
            // Nobody will try again soon.
            failures if failures >= BROKEN || ending => true,
            _ => return,
        };
        if state.reported != Some(is_broken)
            && self.reports.try_send(HookReport { hook, trouble: trouble.filter(|_| is_broken) }).is_ok()
        {
            state.reported = Some(is_broken);
        }
    }
}
