//! The worker's second pair of eyes: it renews the lease and reads what operators ask, on a session of its own that
//! never holds a lock while a file's statement runs.

use super::{EngineOptions, turns_true};
use crate::database::{Purpose, Session};
use crate::model::{Command, CommandId, Decision, DecisionId, Job};
use crate::store::{
    Lease, PendingCommand, PendingDecision, Store, StoreError, due_jobs, pending_commands, pending_decisions,
    refuse_unreadable, refuse_unreadable_decision,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// How many commands may wait for the worker; more stay in the table until there is room.
pub(super) const ROOM: usize = 32;

/// After how long something that is due is spoken of again: the worker may have had to leave it for later.
const AGAIN: Duration = Duration::from_secs(2);

/// What the worker hears from outside.
#[derive(Debug)]
pub(super) enum Signal {
    Command(Box<Command>),
    Decision(Box<Decision>),
    /// The database's clock has reached it.
    Due(Job),
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
        seen_decision: DecisionId(0),
        given_decisions: BTreeSet::new(),
        told: BTreeMap::new(),
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
            Ok(heard) => {
                for signal in heard {
                    if signals.send(signal).await.is_err() {
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
    /// The same of decisions.
    seen_decision: DecisionId,
    given_decisions: BTreeSet<DecisionId>,
    /// What is due and when the worker was last told.
    told: BTreeMap<i64, Instant>,
    renewed: Instant,
}

impl Control {
    /// Renews in time, and reads at most `room` commands, decisions and things that are due.
    async fn round(&mut self, room: usize) -> Result<Vec<Signal>, StoreError> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.store.database().open(Purpose::Control).await?,
        };
        if self.renewed.elapsed() >= self.third_of_the_lease() {
            self.lease.renew(session.as_mut()).await?;
            self.renewed = Instant::now();
        }
        let mut heard = Vec::new();
        self.commands(session.as_mut(), room, &mut heard).await?;
        self.decisions(session.as_mut(), room, &mut heard).await?;
        self.due(session.as_mut(), room, &mut heard).await?;
        self.session = Some(session);
        Ok(heard)
    }

    async fn commands(
        &mut self,
        session: &mut dyn Session,
        room: usize,
        heard: &mut Vec<Signal>,
    ) -> Result<(), StoreError> {
        let unanswered = pending_commands(session, &self.store, self.seen).await?;
        self.given.retain(|id| unanswered.iter().any(|pending| pending.id() == *id));
        for pending in unanswered {
            if heard.len() == room {
                break;
            }
            self.seen = self.seen.max(pending.id());
            if !self.given.insert(pending.id()) {
                continue;
            }
            match pending {
                PendingCommand::Readable(command) => heard.push(Signal::Command(Box::new(command))),
                PendingCommand::Unreadable { id, problem, .. } => {
                    refuse_unreadable(session, &self.store, id, &problem).await?;
                }
            }
        }
        Ok(())
    }

    async fn decisions(
        &mut self,
        session: &mut dyn Session,
        room: usize,
        heard: &mut Vec<Signal>,
    ) -> Result<(), StoreError> {
        let unanswered = pending_decisions(session, &self.store, self.seen_decision).await?;
        self.given_decisions.retain(|id| unanswered.iter().any(|pending| pending.id() == *id));
        for pending in unanswered {
            if heard.len() == room {
                break;
            }
            self.seen_decision = self.seen_decision.max(pending.id());
            if !self.given_decisions.insert(pending.id()) {
                continue;
            }
            match pending {
                PendingDecision::Readable(decision) => heard.push(Signal::Decision(Box::new(decision))),
                PendingDecision::Unreadable { id, problem } => {
                    refuse_unreadable_decision(session, &self.store, id, &problem).await?;
                }
            }
        }
        Ok(())
    }

    async fn due(&mut self, session: &mut dyn Session, room: usize, heard: &mut Vec<Signal>) -> Result<(), StoreError> {
        let due = due_jobs(session, &self.store).await?;
        let key = |job: &Job| Job::key(job.rollback, job.kind);
        self.told.retain(|told, _| due.iter().any(|job| key(job) == *told));
        for job in due {
            if heard.len() == room {
                break;
            }
            if self.told.get(&key(&job)).is_none_or(|at| at.elapsed() >= AGAIN) {
                self.told.insert(key(&job), Instant::now());
                heard.push(Signal::Due(job));
            }
        }
        Ok(())
    }

    fn third_of_the_lease(&self) -> Duration {
        self.options.lease / 3
    }

    /// A lease that could not be renewed for its whole length may be another's by now.
    fn is_lost(&self, error: &StoreError) -> bool {
        error.is_lease_lost() || self.renewed.elapsed() >= self.options.lease
    }
}
