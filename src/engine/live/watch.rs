//! The task that looks, and shows what it sees.

use super::doing::{Doing, UnderWay};
use super::load::LoadMeter;
use super::look::{self, StatementLooks};
use crate::database::{Purpose, ServerKind, Session, server_clock};
use crate::engine::throttle::Lags;
use crate::model::{Live, Load, Millis, Token};
use crate::store::{Store, StoreError, forget_live, show_live};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Interval between two looks at statements, and the time that one runs before it is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Interval between two looks at the load.
const LOAD_EVERY: Duration = Duration::from_secs(5);
/// Time that a server may take for an answer: what comes later is of no use.
const PATIENCE: Duration = Duration::from_secs(3);

/// Looks at the server while the worker does something, until the worker is gone; then what it has shown goes too.
pub(crate) async fn watch(store: Store, token: Token, mut doing: watch::Receiver<Doing>, lags: watch::Receiver<Lags>) {
    let mut eyes = Eyes {
        store,
        token,
        lags,
        session: None,
        looks: StatementLooks::default(),
        meter: LoadMeter::default(),
        load: None,
        load_at: None,
        shows: Shows::Nothing,
    };
    let is_busy = |doing: &Doing| doing.driving.is_some() || !doing.statements.is_empty();
    loop {
        // What is shown is looked after, also when nothing is done any more.
        if eyes.shows == Shows::Nothing && doing.wait_for(is_busy).await.is_err() {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = until_gone(doing.clone()) => break,
        }
        let now = doing.borrow().clone();
        eyes.look(now).await;
    }
    eyes.forget().await;
    if let Some(session) = eyes.session {
        session.close().await;
    }
}

/// Waits until the worker is gone.
async fn until_gone(mut doing: watch::Receiver<Doing>) {
    while doing.changed().await.is_ok() {}
}

/// What stands in the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    Nothing,
    Load,
    Statements,
}

struct Eyes {
    store: Store,
    token: Token,
    lags: watch::Receiver<Lags>,
    session: Option<Box<dyn Session>>,
    looks: StatementLooks,
    meter: LoadMeter,
    load: Option<Load>,
    load_at: Option<Instant>,
    shows: Shows,
}

impl Eyes {
    /// Looks at what is due, and shows it. Nothing that goes wrong here is anybody's trouble.
    async fn look(&mut self, doing: Doing) {
        if doing.driving.is_none() && doing.statements.is_empty() {
            (self.load, self.load_at) = (None, None);
            self.forget().await;
            if let Some(session) = self.session.take() {
                session.close().await;
            }
            return;
        }
        let parallel = doing.driving.and_then(|files| u32::try_from(files).ok());
        let long: Vec<UnderWay> = doing.statements.into_iter().filter(|s| s.since.elapsed() >= EVERY).collect();
        let has_load = self.store.kind() != ServerKind::Sqlite && parallel.is_some();
        let load_is_due = has_load && self.load_at.is_none_or(|at| at.elapsed() >= LOAD_EVERY);
        if long.is_empty() && !load_is_due && self.shows != Shows::Statements {
            return;
        }
        if let Err(error) = self.see(parallel, &long, load_is_due).await {
            tracing::debug!(%error, "what the server does cannot be seen or shown");
            self.session = None;
        }
    }

    async fn see(&mut self, parallel: Option<u32>, long: &[UnderWay], load_is_due: bool) -> Result<(), StoreError> {
        let mut session = self.open().await?;
        let at = Millis(server_clock(session.as_mut()).await?);
        let statements = match self.looks.look(session.as_mut(), long).await {
            Ok(statements) => statements,
            Err(error) => {
                // It may have been in the middle of an answer.
                tracing::debug!(%error, "the statements cannot be looked at");
                session = self.open().await?;
                look::unseen(long, &error.to_string())
            }
        };
        if load_is_due {
            let lags = self.lags.borrow().clone();
            self.load = self.meter.look(session.as_mut(), at, &lags).await?;
            self.load_at = Some(Instant::now());
        }
        let live = Live { at, parallel, statements, load: self.load.clone() };
        let shows = match (live.statements.is_empty(), live.is_empty()) {
            (false, _) => Shows::Statements,
            (true, false) => Shows::Load,
            (true, true) => Shows::Nothing,
        };
        match shows {
            Shows::Nothing if self.shows == Shows::Nothing => {}
            Shows::Nothing => forget_live(session.as_mut(), &self.store, self.token).await?,
            Shows::Load | Shows::Statements => {
                show_live(session.as_mut(), &self.store, self.token, &live).await?;
            }
        }
        self.shows = shows;
        self.session = Some(session);
        Ok(())
    }

    /// The session, taken out: one in the middle of an answer is not used again.
    async fn open(&mut self) -> Result<Box<dyn Session>, StoreError> {
        if let Some(session) = self.session.take() {
            return Ok(session);
        }
        let mut session = self.store.database().open(Purpose::Control).await?;
        session.answer_within(Some(PATIENCE));
        Ok(session)
    }

    /// Takes away what is shown.
    async fn forget(&mut self) {
        if self.shows == Shows::Nothing {
            return;
        }
        self.shows = Shows::Nothing;
        let forgotten = async {
            let mut session = self.open().await?;
            forget_live(session.as_mut(), &self.store, self.token).await?;
            self.session = Some(session);
            Ok::<_, StoreError>(())
        };
        if let Err(error) = forgotten.await {
            tracing::debug!(%error, "what was seen on the server is still shown");
        }
    }
}
