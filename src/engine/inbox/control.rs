//! The worker's second pair of eyes: it renews the lease and reads what operators ask, on a session of its own that
//! never holds a lock while a file's statement runs.

use crate::database::{DbError, ErrorKind, Purpose, Session};
use crate::engine::EngineOptions;
use crate::engine::flag::turns_true;
use crate::model::{Command, CommandId, Decision, DecisionId, Job};
use crate::store::{
    LISTED, Lease, Pending, RequestId, Sign, Store, StoreError, due_jobs, read_request, refuse_abandoned,
    refuse_unreadable, show_life, waiting_requests,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};

/// Commands that may wait for the worker; more stay in the table until there is room.
pub(crate) const ROOM: usize = 32;

/// Time after which something that is due is spoken of again: the worker may have had to leave it for later.
const AGAIN: Duration = Duration::from_secs(2);

/// Time within which a worker that is not waiting for the database hears that it has lost the lease.
const HEARS: Duration = Duration::from_millis(500);

/// Signal from outside to the worker.
#[derive(Debug)]
pub(crate) enum Signal {
    Command(Box<Command>),
    Decision(Box<Decision>),
    /// These were refused without the worker: nobody waits for it to decide about them.
    PassedCommand(CommandId),
    PassedDecision(DecisionId),
    /// The database's clock has reached it.
    Due(Job),
    /// The server was out of reach, and answers again.
    Reconnected,
    /// The lease is gone: nothing may be done any more.
    LeaseLost(StoreError),
}

/// Renews and reads until `done`, or until the lease is gone.
pub(crate) async fn keep_lease_and_listen(
    store: Store,
    lease: Lease,
    options: EngineOptions,
    (signals, gone): (mpsc::Sender<Signal>, oneshot::Sender<StoreError>),
    mut done: watch::Receiver<bool>,
) {
    let mut control = Control {
        store,
        lease,
        options,
        session: None,
        shows: false,
        commands: Given::none(),
        decisions: Given::none(),
        decisions_first: false,
        told: BTreeMap::new(),
        renewed: Instant::now(),
    };
    let mut unreachable = false;
    let mut ticks = tokio::time::interval(control.options.poll);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = turns_true(&mut done) => break,
            _ = ticks.tick() => {}
        }
        // A worker that is busy elsewhere must not keep the heartbeat waiting: what has no room stays in the table.
        let mut heard = Vec::new();
        let round = tokio::select! {
            () = turns_true(&mut done) => break,
            round = control.round_in_time(signals.capacity(), &mut heard) => round,
        };
        if round.is_ok() && std::mem::take(&mut unreachable) {
            heard.insert(0, Signal::Reconnected);
        }
        for signal in heard {
            if signals.send(signal).await.is_err() {
                return;
            }
        }
        match round {
            Ok(()) => {}
            Err(error) if control.is_lost(&error) => {
                // A worker that can hear ends by itself; one that waits for an answer is ended.
                let told = tokio::time::timeout(HEARS, signals.send(Signal::LeaseLost(error.clone()))).await;
                if told.is_ok() && tokio::time::timeout(HEARS, turns_true(&mut done)).await.is_ok() {
                    return;
                }
                if gone.send(error).is_err() {
                    tracing::debug!("the worker had ended before it lost the lease");
                }
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "cannot reach the database to renew the lease; trying again");
                (control.session, control.shows, unreachable) = (None, false, true);
            }
        }
    }
    if let Some(session) = control.session.take() {
        session.close().await;
    }
}

/// The requests of one sort that were given to the worker.
struct Given<I> {
    /// The last of them.
    last: I,
    /// Those that are not yet answered: they stay in the table until the worker's next commit.
    unanswered: BTreeSet<I>,
}

impl<I: RequestId> Given<I> {
    fn none() -> Self {
        Self { last: I::from_number(0), unanswered: BTreeSet::new() }
    }
}

/// A sort of requests, and what the worker hears of one.
trait Heard: RequestId {
    fn given(control: &mut Control) -> &mut Given<Self>;
    fn signal(request: Self::Request) -> Signal;
    /// It was answered without the worker.
    fn passed(self) -> Signal;
}

impl Heard for CommandId {
    fn given(control: &mut Control) -> &mut Given<Self> {
        &mut control.commands
    }

    fn signal(request: Command) -> Signal {
        Signal::Command(Box::new(request))
    }

    fn passed(self) -> Signal {
        Signal::PassedCommand(self)
    }
}

impl Heard for DecisionId {
    fn given(control: &mut Control) -> &mut Given<Self> {
        &mut control.decisions
    }

    fn signal(request: Decision) -> Signal {
        Signal::Decision(Box::new(request))
    }

    fn passed(self) -> Signal {
        Signal::PassedDecision(self)
    }
}

struct Control {
    store: Store,
    lease: Lease,
    options: EngineOptions,
    session: Option<Box<dyn Session>>,
    /// The session shows that this worker lives.
    shows: bool,
    commands: Given<CommandId>,
    decisions: Given<DecisionId>,
    /// True where decisions came first the last time.
    decisions_first: bool,
    /// Jobs that are due, with when the worker was last told.
    told: BTreeMap<i64, Instant>,
    renewed: Instant,
}

impl Control {
    /// The same, and no longer than the lease lasts.
    async fn round_in_time(&mut self, room: usize, heard: &mut Vec<Signal>) -> Result<(), StoreError> {
        let left = self.options.lease.saturating_sub(self.renewed.elapsed());
        match tokio::time::timeout(left, self.round(room, heard)).await {
            Ok(round) => round,
            Err(_) => {
                let why = format!("the database has not answered for {} s", self.options.lease.as_secs_f32());
                Err(DbError::new(ErrorKind::ConnectionLost, "renew the lease", why).into())
            }
        }
    }

    /// Renews in time, and reads at most `room` commands, decisions and things that are due; what was heard before an
    /// error counts. However many of one sort there are, the others have their share of the room.
    async fn round(&mut self, room: usize, heard: &mut Vec<Signal>) -> Result<(), StoreError> {
        let is_new = self.session.is_none();
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.store.database().open(Purpose::Control).await?,
        };
        // Who had to connect again may have been succeeded meanwhile.
        let is_time = is_new || self.renewed.elapsed() >= self.third_of_the_lease();
        if !self.shows {
            self.shows = show_life(&self.store, session.as_mut(), Sign::Heartbeat, self.lease.token).await?;
        }
        if is_time {
            let asked = Instant::now();
            self.lease.renew(session.as_mut()).await?;
            self.renewed = asked;
        }
        let half = |heard: &Vec<Signal>| heard.len() + (room - heard.len()).div_ceil(2);
        self.due(session.as_mut(), half(heard), heard).await?;
        self.decisions_first = !self.decisions_first;
        if self.decisions_first {
            self.requests::<DecisionId>(session.as_mut(), half(heard), heard).await?;
            self.requests::<CommandId>(session.as_mut(), room, heard).await?;
        } else {
            self.requests::<CommandId>(session.as_mut(), half(heard), heard).await?;
            self.requests::<DecisionId>(session.as_mut(), room, heard).await?;
        }
        self.session = Some(session);
        Ok(())
    }

    /// Reads at most `room` unanswered requests of a sort for the worker. One that cannot be decided about is answered
    /// here.
    async fn requests<I: Heard>(
        &mut self,
        session: &mut dyn Session,
        room: usize,
        heard: &mut Vec<Signal>,
    ) -> Result<(), StoreError> {
        let store = self.store.clone();
        let given = I::given(self);
        let unanswered = waiting_requests(session, &store, given.last).await?;
        // Beyond a list that is cut off others may stand that were given already.
        let end = unanswered.last().filter(|_| unanswered.len() == LISTED).copied();
        given.unanswered.retain(|id| unanswered.contains(id) || end.is_some_and(|end| *id > end));
        for id in unanswered {
            if heard.len() >= room {
                break;
            }
            given.last = given.last.max(id);
            if given.unanswered.contains(&id) {
                continue;
            }
            let Some(pending) = read_request(session, &store, id).await? else { continue };
            heard.push(match pending {
                Pending::Readable { request, .. } => I::signal(request),
                Pending::Unreadable { problem, .. } => {
                    refuse_unreadable(session, &store, id, &problem).await?;
                    I::passed(id)
                }
                Pending::Abandoned { .. } => {
                    tracing::warn!(?id, "a request is refused: the worker that took it up ended with it");
                    refuse_abandoned(session, &store, id).await?;
                    I::passed(id)
                }
            });
            given.unanswered.insert(id);
            // One plan at a time: a flood of large ones must not fill the memory.
            if matches!(heard.last(), Some(Signal::Command(command)) if command.submission.is_some()) {
                break;
            }
        }
        Ok(())
    }

    async fn due(&mut self, session: &mut dyn Session, room: usize, heard: &mut Vec<Signal>) -> Result<(), StoreError> {
        let due = due_jobs(session, &self.store).await?;
        let key = |job: &Job| Job::key(job.subject, job.kind);
        self.told.retain(|told, _| due.iter().any(|job| key(job) == *told));
        for job in due {
            if heard.len() >= room {
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
