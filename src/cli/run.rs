//! Driving a batch from this process, or following a worker that drives it.

use super::context::Context;
use super::engine_options::engine_options;
use super::exit::{CliError, Exit};
use super::feed::StoreFeed;
use super::follow::Follower;
use super::project::{Project, Standing};
use super::signals::Interrupts;
use super::{console, ending, output};
use crate::engine::{self, Ended, EngineError, EngineOptions, Work};
use crate::model::{
    BatchId, CommandId, DecisionId, Event, EventKind, Expectation, Hold, STALE_PLAN, Seq, Submission, Verb, World,
};
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

/// What is to be driven to its end.
pub(crate) enum Job {
    Submit(Box<Submission>),
    Continue(BatchId),
}

/// How it went.
pub(crate) struct Ran {
    pub batch: BatchId,
    pub world: World,
    pub exit: Exit,
}

/// How many events may wait for the follower before it has to read the journal instead.
const EVENTS: usize = 8192;
/// How often the events of a worker in this process are told.
const LISTEN: Duration = Duration::from_millis(50);
/// How often the moving line is drawn.
const REDRAW: Duration = Duration::from_millis(200);
/// How often a remote worker's journal is read.
const POLL: Duration = Duration::from_millis(200);

/// Drives a job to its end: by the worker that is alive, else by this process.
pub(crate) async fn run(context: &Context, project: &mut Project, job: Job, console: bool) -> Result<Ran, CliError> {
    if let Job::Continue(batch) = &job {
        lift_interruption(project, *batch).await?;
    }
    let mut job = job;
    loop {
        let worker = project.worker().await?;
        if worker.alive {
            let holder = worker.holder.unwrap_or_default();
            match remote(context, project, job, console, &holder).await? {
                Remote::Ran(ran) => return Ok(*ran),
                Remote::WorkerGone(back) => job = back,
            }
        } else {
            match own(context, project, job, console).await? {
                Own::Ran(ran) => return Ok(*ran),
                Own::Busy(back) => job = back,
            }
        }
    }
}

/// A batch that was paused only because its process was interrupted goes on by itself.
async fn lift_interruption(project: &mut Project, id: BatchId) -> Result<(), CliError> {
    let world = project.world(id).await?;
    let interrupted =
        |b: &crate::model::Batch| b.holds.get(&Hold::Paused).is_some_and(|reason| reason == crate::model::INTERRUPTED);
    if world.batch(id).is_some_and(interrupted) {
        let reason = Some("caribou migrate goes on with it".to_owned());
        project.submit(id, Verb::Resume, reason, Expectation::default(), None).await?;
    }
    Ok(())
}

/// Takes the lease for as long as it takes to answer a command, and to carry out the rollback that it orders.
pub(crate) async fn obey(context: &Context, project: &Project, command: CommandId) -> Result<(), CliError> {
    let (publish, _nobody) = broadcast::channel(1);
    let (_stop, never) = watch::channel(false);
    let options = EngineOptions { wait_for_lease: true, ..engine_options(context)? };
    engine::run(project.store.clone(), options, Work::Obey { command }, publish, never).await?;
    Ok(())
}

/// Takes the lease for as long as it takes to answer a decision, and to carry out what it approves.
pub(crate) async fn decide(context: &Context, project: &Project, decision: DecisionId) -> Result<(), CliError> {
    let (publish, _nobody) = broadcast::channel(1);
    let (_stop, never) = watch::channel(false);
    let options = EngineOptions { wait_for_lease: true, ..engine_options(context)? };
    engine::run(project.store.clone(), options, Work::Decide { decision }, publish, never).await?;
    Ok(())
}

/// A worker in a task of this process.
pub(crate) struct Embedded {
    pub events: broadcast::Receiver<Event>,
    /// The same events once more, to look ahead.
    ahead: broadcast::Receiver<Event>,
    pub stop: watch::Sender<bool>,
    pub task: JoinHandle<Result<Ended, EngineError>>,
}

impl Embedded {
    /// Starts it.
    pub fn start(project: &Project, options: EngineOptions, work: Work) -> Embedded {
        let (publish, events) = broadcast::channel(EVENTS);
        let ahead = publish.subscribe();
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(engine::run(project.store.clone(), options, work, publish, stopped));
        Embedded { events, ahead, stop, task }
    }

    /// Waits for its end.
    pub async fn ended(self) -> Result<Ended, CliError> {
        ended(self.task.await)
    }
}

fn ended(joined: Result<Result<Ended, EngineError>, tokio::task::JoinError>) -> Result<Ended, CliError> {
    match joined {
        Ok(ended) => Ok(ended?),
        Err(panic) => Err(CliError::new(Exit::NeedsPerson, format!("the worker ended badly: {panic}"))
            .hint("this is a defect of Caribou; `caribou status` says how things stand, `caribou migrate` recovers")),
    }
}

enum Own {
    Ran(Box<Ran>),
    /// Another worker came first; the job is given back.
    Busy(Job),
}

async fn own(context: &Context, project: &mut Project, job: Job, console: bool) -> Result<Own, CliError> {
    let (work, (world, seq), id) = match &job {
        Job::Submit(submission) => {
            let operator = project.account();
            (Work::Submit { submission: submission.clone(), operator }, (World::default(), Seq::default()), None)
        }
        Job::Continue(batch) => (Work::Continue { batch: *batch }, project.world_and_seq(*batch).await?, Some(*batch)),
    };
    // Before the worker begins: from then on an interrupt pauses it.
    let interrupts = Interrupts::new()?;
    let mut embedded = Embedded::start(project, engine_options(context)?, work);
    let id = match id {
        Some(id) => id,
        None => match first_batch(&mut embedded).await {
            Some(id) => id,
            None => {
                return match embedded.ended().await? {
                    Ended::Busy { .. } => Ok(Own::Busy(job)),
                    other => Err(CliError::new(Exit::Interrupted, format!("stopped before it began ({other:?})"))),
                };
            }
        },
    };
    if console {
        return own_with_console(context, project, embedded, id).await.map(|ran| Own::Ran(Box::new(ran)));
    }
    let (ended, world) = attend(project, embedded, Follower::new(world, id, seq), interrupts).await?;
    let exit = match ended {
        Ended::Busy { .. } => return Ok(Own::Busy(Job::Continue(id))),
        Ended::Stopped { .. } => Exit::Interrupted,
        Ended::Batch { .. } => world.batch(id).map_or(Exit::Failed, ending::exit),
    };
    Ok(Own::Ran(Box::new(Ran { batch: id, world, exit })))
}

/// Waits for the batch that a submission becomes; `None` when the worker ends before. The events stay for the follower.
async fn first_batch(embedded: &mut Embedded) -> Option<BatchId> {
    loop {
        match embedded.ahead.recv().await {
            Ok(event) if matches!(event.kind, EventKind::BatchCreated { .. }) => return Some(event.batch),
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return None,
        }
    }
}

/// Tells what happens until the worker ends; an interrupt pauses it.
async fn attend(
    project: &mut Project,
    embedded: Embedded,
    mut follower: Follower,
    mut interrupts: Interrupts,
) -> Result<(Ended, World), CliError> {
    let Embedded { mut events, ahead, stop, mut task } = embedded;
    drop(ahead);
    let (mut listen, mut redraw) = (tokio::time::interval(LISTEN), tokio::time::interval(REDRAW));
    let joined = loop {
        tokio::select! {
            joined = &mut task => break joined,
            // Looked for, and not waited for: the worker would have to wake this task for each of its events, which
            // costs it more than the journal does.
            _ = listen.tick() => hear(&mut events, &mut follower, project).await?,
            _ = redraw.tick() => follower.draw(),
            count = interrupts.next() => {
                follower.wipe();
                stop.send_replace(true);
                output::say(&match count {
                    1 => "Pausing safely: the statement that is running ends first. Ctrl-C again says what it is.".to_owned(),
                    _ => waiting_for(&follower),
                });
            }
        }
    };
    hear(&mut events, &mut follower, project).await?;
    follower.wipe();
    let ended = ended(joined).map_err(|e| {
        e.hint("`caribou status` shows how far it came; `caribou migrate` finds out what took effect and goes on")
    })?;
    Ok((ended, follower.into_world()))
}

/// Tells everything that has been published.
async fn hear(
    events: &mut broadcast::Receiver<Event>,
    follower: &mut Follower,
    project: &mut Project,
) -> Result<(), CliError> {
    use broadcast::error::TryRecvError;
    loop {
        match events.try_recv() {
            Ok(event) => follower.take(&event),
            Err(TryRecvError::Lagged(missed)) => {
                tracing::info!(missed, "events came faster than they could be told; reading the journal");
                follower.reread(project).await?;
            }
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(()),
        }
    }
}

/// What an interrupted run still waits for.
fn waiting_for(follower: &Follower) -> String {
    let running = follower.batch().and_then(|b| b.active().find_map(|f| f.running.as_ref().map(|r| (f, r))));
    match running {
        Some((file, running)) => format!(
            "Waiting for {}, statement {} (line {}, connection {}), to end. To stop it at once and undo: `caribou abort` \
             from another terminal.",
            output::safe(&file.path),
            running.statement + 1,
            running.line,
            running.connection
        ),
        None => "Waiting for the journal to be written.".to_owned(),
    }
}

async fn own_with_console(
    context: &Context,
    project: &mut Project,
    embedded: Embedded,
    id: BatchId,
) -> Result<Ran, CliError> {
    let feed = StoreFeed::new(project.store.clone(), Some(id));
    let shown = console::show(context, feed, console::How { embedded: true, ..console::How::default() }).await;
    embedded.stop.send_replace(true);
    if !embedded.task.is_finished() {
        output::say("Pausing safely: the statement that is running ends first.");
    }
    let ended = embedded.ended().await?;
    shown?;
    let world = project.world(id).await?;
    let exit = match ended {
        Ended::Stopped { .. } | Ended::Busy { .. } => Exit::Interrupted,
        Ended::Batch { .. } => world.batch(id).map_or(Exit::Failed, ending::exit),
    };
    Ok(Ran { batch: id, world, exit })
}

enum Remote {
    Ran(Box<Ran>),
    /// The worker's lease ran out before the batch had ended, or before it took it: what is left to do.
    WorkerGone(Job),
}

async fn remote(
    context: &Context,
    project: &mut Project,
    job: Job,
    console: bool,
    holder: &str,
) -> Result<Remote, CliError> {
    let id = match job {
        Job::Continue(id) => {
            output::say(&format!("The worker {} drives it; following.", output::safe(holder)));
            id
        }
        Job::Submit(submission) => {
            output::say(&format!("Handing the batch to the worker {}.", output::safe(holder)));
            match hand_over(project, submission.clone()).await? {
                Some(id) => id,
                // What stands in the queue is refused by then: its plan does not know the batch that this one becomes.
                None => return Ok(Remote::WorkerGone(Job::Submit(submission))),
            }
        }
    };
    if console {
        let feed = StoreFeed::new(project.store.clone(), Some(id));
        console::show(context, feed, console::How { embedded: false, ..console::How::default() }).await?;
        let world = project.world(id).await?;
        let exit = world.batch(id).map_or(Exit::Failed, ending::exit);
        return Ok(Remote::Ran(Box::new(Ran { batch: id, world, exit })));
    }
    follow(project, id).await
}

/// Gives a submission to the live worker and waits until it has become a batch; `None` when the worker went away before.
async fn hand_over(project: &mut Project, submission: Box<Submission>) -> Result<Option<BatchId>, CliError> {
    let command = project.submit(BatchId::SYSTEM, Verb::Run, None, Expectation::default(), Some(submission)).await?;
    let mut interrupts = Interrupts::new()?;
    loop {
        if let Some(batch) = project.batch_of(command).await? {
            return Ok(Some(batch));
        }
        if let Standing::Refused(reason) = project.standing(command).await? {
            if reason == STALE_PLAN {
                return Err(CliError::refused(STALE_PLAN));
            }
            return Err(CliError::refused(format!("the worker refused the batch: {reason}")));
        }
        if !project.worker().await?.alive {
            output::say("The worker went away before it took the batch; taking its place.");
            return Ok(None);
        }
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            _ = interrupts.next() => {
                return Err(CliError::new(Exit::Interrupted, "interrupted; the worker has the batch in its queue")
                    .hint("`caribou status` shows what becomes of it"));
            }
        }
    }
}

/// Follows a worker's batch by the journal, until it has ended.
async fn follow(project: &mut Project, id: BatchId) -> Result<Remote, CliError> {
    let mut interrupts = Interrupts::new()?;
    let (world, mut seq) = project.world_and_seq(id).await?;
    let mut follower = Follower::new(world, id, seq);
    follower.tell_standing();
    loop {
        let events = project.events(id, seq).await?;
        for event in &events {
            seq = event.seq;
            follower.take(event);
        }
        if let Some(batch) = follower.batch().filter(|b| b.status.is_final()) {
            let exit = ending::exit(batch);
            follower.wipe();
            return Ok(Remote::Ran(Box::new(Ran { batch: id, world: follower.into_world(), exit })));
        }
        if events.is_empty() && !project.worker().await?.alive {
            follower.wipe();
            output::say("The worker is gone; taking its place.");
            return Ok(Remote::WorkerGone(Job::Continue(id)));
        }
        follower.draw();
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            _ = interrupts.next() => {
                follower.wipe();
                output::say("No longer following; the worker goes on. `caribou pause` holds it, `caribou migrate` follows again.");
                return Ok(Remote::Ran(Box::new(Ran { batch: id, world: follower.into_world(), exit: Exit::Interrupted })));
            }
        }
    }
}

impl From<EngineError> for CliError {
    fn from(error: EngineError) -> CliError {
        let exit = match error {
            EngineError::Database(error) => return error.into(),
            EngineError::Store(error) => return error.into(),
            EngineError::LeaseLost(_) | EngineError::StillRunning { .. } | EngineError::OtherServer(_) => Exit::Blocked,
            EngineError::StalePlan => Exit::Refused,
            EngineError::NoBatch(_)
            | EngineError::NoText { .. }
            | EngineError::Text { .. }
            | EngineError::Task(_)
            | EngineError::Refused(_) => Exit::NeedsPerson,
        };
        let hints = error.hint().into_iter().collect();
        CliError { hints, ..CliError::new(exit, error.to_string()) }
    }
}
