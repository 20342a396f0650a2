//! The worker: it holds the lease, drives batches, obeys operators and recovers what another worker left.
//!
//! | file | is |
//! |---|---|
//! | `scheduler` | what a batch does next: a pure look at its state |
//! | `worker` | the loop: decide → append → apply → publish → act |
//! | `statement`, `runner` | one statement: its intent, its receipt, its end |
//! | `under_way`, `sessions`, `file_session` | the statements under way, and the sessions that run the files |
//! | `carried` | what a script leaves in its session, and where receipts go |
//! | `home` | on SQLite, what is kept and receipts leave core again |
//! | `observe` | the steps that only look |
//! | `prepare`, `checks`, `choose_undo`, `undo` | before a file runs, around it, how it is undone, and whether that worked |
//! | `recovery`, `doubt`, `look_into`, `barrier` | what another worker left; statements in doubt; what still runs on the server |
//! | `stale` | whether a plan still fits what has run |
//! | `other_server` | what waits when this is not the server that the journal was written on |
//! | `purge` | expired rows of the ephemeral schema |
//! | `control` | the heartbeat and the operators' commands |
//! | `shown_locks` | the object locks, shown to people |

mod barrier;
mod blast;
mod blast_diff;
mod blockers;
mod carried;
mod checks;
mod choose_undo;
mod control;
mod doubt;
mod error;
mod fault;
mod file_session;
mod foresee;
mod home;
mod keep;
mod keys_after;
#[cfg(test)]
mod leases_model;
mod look_into;
mod observe;
mod other_server;
mod patience;
mod prepare;
mod progress;
mod purge;
mod recovery;
mod reserved;
mod retention;
mod runner;
mod scheduler;
#[cfg(test)]
mod scheduler_tests;
mod send;
mod sessions;
mod shown_locks;
mod stale;
mod statement;
mod stay;
mod texts;
mod trouble;
mod under_way;
mod undo;
mod windows;
mod worker;
mod written_since;

pub use blast::{Blast, blast_radius};
pub use error::EngineError;
pub use foresee::foresee;
pub use keep::KeepSettings;
pub use stay::stay;
pub use undo::{difference, journalled};

use crate::check::CheckSettings;
use crate::database::{Purpose, Session};
use crate::model::{BatchId, BatchStatus, Category, CommandId, DecisionId, Event, Failure, Input, Submission};
use crate::sql::SplitError;
use crate::store::{Acquired, Journal, Lease, Store};
use barrier::Place;
use file_session::BARRIER;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};
use worker::{Drove, Lines, Worker};

/// How a worker works.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Who holds the lease, for people: `user@host pid`.
    pub holder: String,
    /// For how long the lease is good without a renewal.
    pub lease: Duration,
    /// How often commands are read.
    pub poll: Duration,
    /// Wait for the lease while another worker holds it, instead of giving up.
    pub wait_for_lease: bool,
    /// How many files may be under way at a time, where their batch does not say. On SQLite always one.
    pub parallel: u32,
    pub checks: CheckSettings,
    pub keep: KeepSettings,
    /// The directory that was planned, when this process sees it: a file that changed since is refused.
    pub directory: Option<PathBuf>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        EngineOptions {
            holder: "caribou".into(),
            lease: Duration::from_secs(10),
            poll: Duration::from_millis(200),
            wait_for_lease: false,
            parallel: 4,
            checks: CheckSettings::default(),
            keep: KeepSettings::default(),
            directory: None,
        }
    }
}

/// What to drive.
#[derive(Debug, Clone)]
pub enum Work {
    /// Whatever comes, until told to stop.
    Forever,
    /// This plan as a new batch, to its end.
    Submit { submission: Box<Submission>, operator: String },
    /// Obey the commands that wait, the last of them this one, carry out the rollbacks that were ordered, and end: for
    /// verbs that no worker is needed for.
    Obey { command: CommandId },
    /// Answer the decisions that wait, the last of them this one, carry out what was approved, and end.
    Decide { decision: DecisionId },
    /// A batch that exists, to its end.
    Continue { batch: BatchId },
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Told to stop: what was open is paused safely.
    Stopped {
        batch: Option<BatchId>,
    },
    Batch {
        id: BatchId,
        status: BatchStatus,
        needs_person: bool,
    },
    /// Another worker holds the lease.
    Busy {
        holder: String,
        age: Duration,
    },
}

/// How often a waiting worker looks whether the lease is free.
const LEASE_POLL: Duration = Duration::from_millis(500);

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
    mut stop: watch::Receiver<bool>,
) -> Result<Ended, EngineError> {
    let mut session = store.database().open(Purpose::Control).await?;
    let (lease, server) = match acquire(&store, session.as_mut(), &options, &mut stop).await? {
        Ok(held) => held,
        Err(ended) => return Ok(ended),
    };
    let (signals, heard) = mpsc::channel(control::ROOM);
    let (finish, finished) = watch::channel(false);
    // A set ends its tasks when it is dropped: a worker that panics or is abandoned must not go on renewing.
    let mut watching = tokio::task::JoinSet::new();
    watching.spawn(control::watch_over(store.clone(), lease.clone(), options.clone(), signals, finished));
    let (locks, held) = watch::channel(Vec::new());
    watching.spawn(shown_locks::show(store.clone(), held));
    let lines = Lines { signals: heard, stop, publish, locks };
    let ended = hold(&store, &options, &lease, server, session.connection_id(), work, lines).await;
    finish.send_replace(true);
    while let Some(ended) = watching.join_next().await {
        if let Err(panic) = ended {
            tracing::error!(%panic, "the heartbeat or what shows the locks ended badly");
        }
    }
    // After a lost lease the row is another's: releasing checks the token, and leaves it alone.
    if let Err(error) = lease.release(session.as_mut()).await {
        tracing::warn!(%error, "the lease was not given back; it will expire");
    }
    session.close().await;
    ended
}

async fn acquire(
    store: &Store,
    session: &mut dyn Session,
    options: &EngineOptions,
    stop: &mut watch::Receiver<bool>,
) -> Result<Result<(Lease, String), Ended>, EngineError> {
    let server = session.server_identity().await?;
    let mut told = false;
    loop {
        let connection = session.connection_id();
        barrier::end_abandoned(store, session).await?;
        match Lease::acquire(store, session, &options.holder, connection, &server, options.lease).await? {
            Acquired::Held(lease) => return Ok(Ok((lease, server))),
            Acquired::Busy { holder, age_ms, .. } if !options.wait_for_lease => {
                return Ok(Err(Ended::Busy { holder, age: Duration::from_millis(age_ms) }));
            }
            Acquired::Busy { holder, .. } => {
                if !told {
                    tracing::info!(%holder, "another worker holds the lease; waiting");
                }
                told = true;
                tokio::select! {
                    () = turns_true(stop) => return Ok(Err(Ended::Stopped { batch: None })),
                    () = tokio::time::sleep(LEASE_POLL) => {}
                }
            }
        }
    }
}

/// With the lease: recover, drive, and say in the journal when it is over.
async fn hold(
    store: &Store,
    options: &EngineOptions,
    lease: &Lease,
    server: String,
    connection: u64,
    work: Work,
    lines: Lines,
) -> Result<Ended, EngineError> {
    let mut session = store.database().open(Purpose::Journal).await?;
    barrier::take(store, lease, session.as_mut(), Place::Journal, BARRIER).await?;
    let mut journal = Journal::on(session, store, lease).await?;
    let open = journal.open_batches().await?;
    let mut left = open.clone();
    for batch in &open {
        journal.load(*batch).await?;
        // A compensating batch that is open: its files are in the batch that it takes back, which has ended.
        if let Some(of) = journal.world().batch(*batch).and_then(|b| b.compensates) {
            journal.load(of.batch).await?;
            left.push(of.batch);
        }
    }
    let reader = crate::store::Reader::open(store).await?;
    let mut worker = Worker::new(store.clone(), options.clone(), journal, reader, lines);
    let (token, holder) = (lease.token, options.holder.clone());
    if !other_server::settled(&mut worker, &work, server.clone(), connection).await? {
        worker.commit().await?;
        worker.close().await;
        return Ok(Ended::Stopped { batch: None });
    }
    worker.give(Input::LeaseTaken { token, holder, connection, server })?;
    worker.commit().await?;
    for batch in left {
        worker.recover(batch).await?;
    }
    worker.forget_receipts().await?;
    let ended = drive(&mut worker, work).await?;
    worker.retain().await?;
    worker.give(Input::LeaseReleased { token })?;
    worker.commit().await?;
    worker.close().await;
    Ok(ended)
}

async fn drive(worker: &mut Worker, work: Work) -> Result<Ended, EngineError> {
    let batch = match work {
        Work::Forever => return drive_all(worker).await,
        Work::Obey { command } => {
            while worker.obeyed() < command && !worker.is_stopped() {
                worker.wait_for_work().await?;
            }
            worker.carry_out_rollbacks().await?;
            return Ok(Ended::Stopped { batch: None });
        }
        Work::Decide { decision } => {
            while worker.decided < decision && !worker.is_stopped() {
                worker.wait_for_work().await?;
            }
            worker.carry_out_rollbacks().await?;
            return Ok(Ended::Stopped { batch: None });
        }
        Work::Continue { batch } => {
            worker.journal().load(batch).await?;
            // What a compensating batch stands for is done in the batch that it takes back.
            if worker.batch(batch)?.compensates.is_some() && !worker.carry_out_rollbacks().await? {
                return Ok(Ended::Stopped { batch: Some(batch) });
            }
            batch
        }
        Work::Submit { submission, operator } => submit(worker, submission, operator).await?,
    };
    Ok(match worker.drive(batch).await? {
        Drove::Stopped => Ended::Stopped { batch: Some(batch) },
        Drove::Ended => {
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
    worker.look_again(&mut submission).await?;
    let epoch = worker.reader.current_epoch().await?;
    let is_behind = submission.after.is_some() && submission.epoch_from < epoch;
    if is_behind || worker.journal().world().has_moved_on(&submission) {
        return Err(EngineError::StalePlan);
    }
    submission.policy.four_eyes = worker.needs_four_eyes().await?;
    let texts = std::mem::take(&mut submission.texts);
    worker.journal().put_texts(&texts).await?;
    worker.texts().give(texts);
    let batch = BatchId(worker.journal().world().ids.batch + 1);
    worker.give(Input::Submitted { submission, operator, command: None })?;
    worker.commit().await?;
    Ok(batch)
}

async fn drive_all(worker: &mut Worker) -> Result<Ended, EngineError> {
    loop {
        let batch = worker.next_batch();
        match batch {
            Some(batch) if worker.drive(batch).await? == Drove::Ended => {}
            Some(_) => return Ok(Ended::Stopped { batch }),
            None if worker.is_stopped() => return Ok(Ended::Stopped { batch: None }),
            None => worker.wait_for_work().await?,
        }
    }
}

/// A text that cannot be split, as a failure of its file.
fn text_failure(error: &SplitError) -> Failure {
    Failure::new(Category::Syntax, error.to_string())
}

/// Ends when the flag turns true. A flag whose sender is gone never turns.
async fn turns_true(flag: &mut watch::Receiver<bool>) {
    let turned = flag.wait_for(|on| *on).await.is_ok();
    if !turned {
        std::future::pending::<()>().await;
    }
}
