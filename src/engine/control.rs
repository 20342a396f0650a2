//! The worker's second pair of eyes: it renews the lease and reads what operators ask, on a session of its own that
//! never holds a lock while a file's statement runs.

use super::{EngineOptions, turns_true};
use crate::database::{Purpose, Session};
use crate::model::{Command, CommandId};
use crate::store::{Lease, PendingCommand, Store, StoreError, pending_commands, refuse_unreadable};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// How many commands may wait for the worker; more stay in the table until there is room.
pub(super) const ROOM: usize = 32;

/// What the worker hears from outside.
#[derive(Debug)]
pub(super) enum Signal {
    Command(Box<Command>),
    /// The lease is gone: nothing may be done any more.
    LeaseLost(StoreError),
}

/// Renews and reads until `done`, or until the lease is gone.
pub(super) async fn watch_over(
    store: Store,
    lease: Lease,
    options: EngineOptions,
    signals: mpsc::Sender<Signal>,
    mut done: watch::Receiver<bool>,
) {
    let mut control = Control {
        store,
        lease,
        options,
        session: None,
        seen: CommandId(0),
        given: BTreeSet::new(),
        renewed: Instant::now(),
    };
    let mut ticks = tokio::time::interval(control.options.poll);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = turns_true(&mut done) => break,
            _ = ticks.tick() => {}
        }
        // A worker that is busy elsewhere must not keep the heartbeat waiting: what has no room stays in the table.
        match control.round(signals.capacity()).await {
            Ok(commands) => {
                for command in commands {
                    if signals.send(Signal::Command(Box::new(command))).await.is_err() {
                        return;
                    }
                }
            }
            Err(error) if control.is_lost(&error) => {
                // When the receiver is gone too, the worker has ended already.
                if signals.send(Signal::LeaseLost(error)).await.is_err() {
                    tracing::debug!("the worker had ended before it lost the lease");
                }
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "cannot reach the database to renew the lease; trying again");
                control.session = None;
            }
        }
    }
    if let Some(session) = control.session.take() {
        session.close().await;
    }
}

struct Control {
    store: Store,
    lease: Lease,
    options: EngineOptions,
    session: Option<Box<dyn Session>>,
    /// The last command given to the worker.
    seen: CommandId,
    /// Those given and not yet answered: they stay in the table until the worker's next commit.
    given: BTreeSet<CommandId>,
    renewed: Instant,
}

impl Control {
    /// Renews in time, and reads at most `room` commands.
    async fn round(&mut self, room: usize) -> Result<Vec<Command>, StoreError> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.store.database().open(Purpose::Control).await?,
        };
        if self.renewed.elapsed() >= self.third_of_the_lease() {
            self.lease.renew(session.as_mut()).await?;
            self.renewed = Instant::now();
        }
        let mut commands = Vec::new();
        let unanswered = pending_commands(session.as_mut(), &self.store, self.seen).await?;
        self.given.retain(|id| unanswered.iter().any(|pending| pending.id() == *id));
        for pending in unanswered {
            if commands.len() == room {
                break;
            }
            self.seen = self.seen.max(pending.id());
            if !self.given.insert(pending.id()) {
                continue;
            }
            match pending {
                PendingCommand::Readable(command) => commands.push(command),
                PendingCommand::Unreadable { id, problem, .. } => {
                    refuse_unreadable(session.as_mut(), &self.store, id, &problem).await?;
                }
            }
        }
        self.session = Some(session);
        Ok(commands)
    }

    fn third_of_the_lease(&self) -> Duration {
        self.options.lease / 3
    }

    /// A lease that could not be renewed for its whole length may be another's by now.
    fn is_lost(&self, error: &StoreError) -> bool {
        error.is_lease_lost() || self.renewed.elapsed() >= self.options.lease
    }
}
