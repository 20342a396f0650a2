//! A worker's life: the lease is taken, what another worker left is recovered, and the work is driven to its end.

use super::flag::turns_true;
use super::freeze::guard::Guard;
use super::in_doubt::barrier::{self, Place};
use super::in_doubt::other_server;
use super::inbox::accept::Source;
use super::inbox::control;
use super::inspector::Inspector;
use super::live::{self, Doing};
use super::runner::is_one_account;
use super::shown_locks;
use super::statement::relocate::forget_receipts;
use super::telling::Telling;
use super::throttle::{Throttle, keep_watch};
use super::worker::{self, Channels, DriveEnd, Worker};
use super::{Ended, EngineError, EngineOptions, Work};
use crate::database::{Purpose, Session};
use crate::model::{BatchId, Event, Input, Submission, Versions};
use crate::store::{Acquired, Journal, Lease, Reader, Store};
use futures_util::FutureExt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// Interval at which a waiting worker looks whether the lease is free.
const LEASE_POLL: Duration = Duration::from_millis(500);

/// Time that a server that does not answer is given to hear that this worker ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// Time that a question may wait for a lock of our own tables, and the answer come.
const LOCKED: Duration = Duration::from_secs(11);

/// Takes the lease, recovers what another worker left, and drives.
///
/// `publish` receives every event after it is durable; `stop` turning true pauses safely.
///
/// # Errors
/// [`EngineError`] when the database or the lease is gone, or an earlier statement does not leave the server. The
/// journal is then as the last commit left it, and the next worker goes on from there.
pub async fn run(
    store: Store,
    options: EngineOptions,
    work: Work,
    publish: broadcast::Sender<Event>,
    stop: watch::Receiver<bool>,
) -> Result<Ended, EngineError> {
    // Nothing has begun yet: who asks for the end has it at once, however long the database is silent.
    let mut asked = stop.clone();
    let begun = tokio::select! {
        begun = take_lease(&store, &options) => match begun? {
            LeaseAttempt::Taken(begun) => begun,
            LeaseAttempt::Busy(busy) => return Ok(busy),
        },
        () = turns_true(&mut asked) => return Ok(Ended::Stopped { batch: None }),
    };
    let LeaseSession { mut session, lease, server } = *begun;
    let (signals, heard) = mpsc::channel(control::ROOM);
    let (gone, lost) = oneshot::channel();
    let (finish, finished) = watch::channel(false);
    // A set ends its tasks when it is dropped: a worker that panics or is abandoned must not go on renewing.
    let mut watching = tokio::task::JoinSet::new();
    watching.spawn(control::keep_lease_and_listen(
        store.clone(),
        lease.clone(),
        options.clone(),
        (signals, gone),
        finished,
    ));
    let guard = Guard::default();
    let (locks, held) = watch::channel(Vec::new());
    watching.spawn(shown_locks::show(store.clone(), held));
    let telling = Telling::start(&store, &options, &mut watching);
    let (throttle, eyes) = Throttle::new(&options.throttle, options.lags.clone());
    watching.spawn(keep_watch(store.clone(), options.throttle.clone(), eyes));
    let (doing, done) = watch::channel(Doing::default());
    watching.spawn(live::watch(store.clone(), lease.token, done, throttle.lags()));
    let channels = Channels { signals: heard, stop, publish, locks, telling, guard: guard.clone(), throttle, doing };
    let working = work_under_lease(&store, &options, &lease, server, session.connection_id(), work, channels);
    let ended = tokio::select! {
        ended = AssertUnwindSafe(working).catch_unwind() => ended,
        // It waits for an answer that does not come, under a lease that may be another's.
        Ok(error) = lost => Ok(Err(EngineError::LeaseLost(error))),
    };
    finish.send_replace(true);
    // A worker that could say so in the journal has thawed already.
    guard.lift(&store, &lease).await;
    let ended = ended.unwrap_or_else(|panic| resume_unwind(panic));
    let watched = async {
        while let Some(ended) = watching.join_next().await {
            if let Err(panic) = ended {
                tracing::error!(%panic, "the heartbeat or what shows the locks ended badly");
            }
        }
    };
    if tokio::time::timeout(FAREWELL, watched).await.is_err() {
        tracing::debug!("the heartbeat waits for the database, and is left behind");
    }
    // After a lost lease the row is another's: releasing checks the token, and leaves it alone.
    session.answer_within(Some(FAREWELL));
    if let Err(error) = lease.release(session.as_mut()).await {
        tracing::warn!(%error, "the lease was not given back; it will expire");
    }
    session.close().await;
    ended
}

/// A lease, on a session that is to be kept as long as that, with the identity of the server.
struct LeaseSession {
    session: Box<dyn Session>,
    lease: Lease,
    server: String,
}

enum LeaseAttempt {
    Taken(Box<LeaseSession>),
    /// Another worker holds it, and this one does not wait.
    Busy(Ended),
}

/// Connects, and takes the lease.
async fn take_lease(store: &Store, options: &EngineOptions) -> Result<LeaseAttempt, EngineError> {
    let mut session = store.database().open(Purpose::Control).await?;
    session.answer_within(Some(options.lease.max(LOCKED)));
    let server = session.server_identity().await?;
    let mut told = false;
    loop {
        let connection = session.connection_id();
        barrier::end_abandoned(store, session.as_mut()).await?;
        match Lease::acquire(store, session.as_mut(), &options.holder, connection, &server, options.lease).await? {
            Acquired::Held(lease) => {
                return Ok(LeaseAttempt::Taken(Box::new(LeaseSession { session, lease, server })));
            }
            Acquired::Busy { holder, age_ms, .. } if !options.wait_for_lease => {
                let age = Duration::from_millis(age_ms);
                return Ok(LeaseAttempt::Busy(Ended::Busy { holder, age }));
            }
            Acquired::Busy { holder, .. } => {
                if !told {
                    tracing::info!(%holder, "another worker holds the lease; waiting");
                }
                told = true;
                tokio::time::sleep(LEASE_POLL).await;
            }
        }
    }
}

/// With the lease: recover, drive, and say in the journal when it is over.
async fn work_under_lease(
    store: &Store,
    options: &EngineOptions,
    lease: &Lease,
    server: String,
    connection: u64,
    work: Work,
    channels: Channels,
) -> Result<Ended, EngineError> {
    let mut session = store.database().open(Purpose::Journal).await?;
    barrier::take(store, lease, session.as_mut(), Place::Journal, barrier::PATIENCE).await?;
    let mut journal = Journal::on(session, store, lease).await?;
    let open = journal.open_batches().await?;
    let mut left = open.clone();
    for batch in &open {
        journal.load(*batch).await?;
        // A compensating batch that is open: its files are in the batch that it undoes, which has ended.
        if let Some(of) = journal.world().batch(*batch).and_then(|b| b.compensates) {
            journal.load(of.batch).await?;
            left.push(of.batch);
        }
    }
    let reader = Reader::open(store).await?;
    let inspector = Inspector::new(store.clone(), options.clone(), lease.clone(), reader);
    let mut worker = Worker::new(journal, inspector, channels);
    let (token, holder) = (lease.token, options.holder.clone());
    if !other_server::settled(&mut worker, &work, server.clone(), connection).await? {
        worker.linger().await?;
        worker.close().await;
        return Ok(Ended::Stopped { batch: None });
    }
    let files_as_worker = is_one_account(store).await?;
    let versions = versions(store);
    worker.apply_input(Input::LeaseTaken { token, holder, connection, server, files_as_worker, versions })?;
    worker.commit().await?;
    worker.take_over_freeze(&work).await?;
    for batch in left {
        worker.recover(batch).await?;
    }
    forget_receipts(store, lease.token).await?;
    worker.begin_in_step().await?;
    let ended = drive(&mut worker, work).await?;
    // What has ended has ended, also when no other session can be had any more: the next worker looks again.
    if let Err(error) = worker.retain().await {
        tracing::warn!(%error, "what is kept was not looked through");
    }
    worker.thaw_at_the_end().await?;
    worker.linger().await?;
    worker.apply_input(Input::LeaseReleased { token })?;
    worker.commit().await?;
    worker.close().await;
    Ok(ended)
}

fn versions(store: &Store) -> Versions {
    let database = store.database();
    Versions {
        server: format!("{} {}", database.kind(), database.version()),
        caribou: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

async fn drive(worker: &mut Worker, work: Work) -> Result<Ended, EngineError> {
    let batch = match work {
        Work::Forever => return drive_all(worker).await,
        Work::AnswerCommand { command } => {
            while worker.last_command < command && !worker.is_stopped() {
                worker.wait_for_work().await?;
            }
            worker.carry_out_rollbacks().await?;
            return Ok(Ended::Stopped { batch: None });
        }
        Work::AnswerDecision { decision } => {
            while worker.last_decision < decision && !worker.is_stopped() {
                worker.wait_for_work().await?;
            }
            worker.carry_out_rollbacks().await?;
            return Ok(Ended::Stopped { batch: None });
        }
        Work::Continue { batch } => {
            worker.journal.load(batch).await?;
            // What a compensating batch stands for is done in the batch that it undoes.
            if worker.batch(batch)?.compensates.is_some() && !worker.carry_out_rollbacks().await? {
                return Ok(Ended::Stopped { batch: Some(batch) });
            }
            batch
        }
        Work::Submit { submission, operator } => submit(worker, submission, operator).await?,
    };
    Ok(match worker.drive(batch).await? {
        DriveEnd::Stopped => Ended::Stopped { batch: Some(batch) },
        DriveEnd::Ended => {
            let ended = worker.batch(batch)?;
            Ended::Batch { id: batch, status: ended.status, needs_person: worker::needs_person(ended) }
        }
    })
}

async fn submit(
    worker: &mut Worker,
    mut submission: Box<Submission>,
    operator: String,
) -> Result<BatchId, EngineError> {
    let texts = match worker.admit(&mut submission, Source::Own).await? {
        Ok(texts) => texts,
        Err(reason) => return Err(EngineError::Inadmissible(reason)),
    };
    let epoch = worker.inspector.reader.current_epoch().await?;
    let is_behind = submission.after.is_some() && submission.epoch_from < epoch;
    if is_behind || worker.journal.world().has_moved_on(&submission) {
        return Err(EngineError::StalePlan);
    }
    let batch = BatchId(worker.journal.world().ids.batch + 1);
    worker.apply_input(Input::Submitted { submission, operator, command: None })?;
    worker.store_texts(texts).await?;
    worker.commit().await?;
    Ok(batch)
}

async fn drive_all(worker: &mut Worker) -> Result<Ended, EngineError> {
    loop {
        let batch = worker.next_batch();
        match batch {
            Some(batch) if worker.drive(batch).await? == DriveEnd::Ended => {}
            Some(_) => return Ok(Ended::Stopped { batch }),
            None if worker.is_stopped() => return Ok(Ended::Stopped { batch: None }),
            None => worker.wait_for_work().await?,
        }
    }
}
