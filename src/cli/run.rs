//! Driving a batch from this process, or following a worker that drives it.

use super::context::Context;
use super::engine_options::engine_options;
use super::exit::{CliError, Exit};
use super::feed::StoreFeed;
use super::follow::Follower;
use super::project::Project;
use super::remote::{self, RemoteRun};
use super::run_target::{RunResult, RunTarget};
use super::signals::Interrupts;
use super::{console, ending, output};
use crate::engine::{self, Ended, EngineError, EngineOptions, Work};
use crate::model::{BatchId, CommandId, DecisionId, Event, EventKind, Expectation, Hold, Seq, Verb, World};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

/// Number of events that may wait for the follower before it has to read the journal instead.
const EVENTS: usize = 8192;
/// Pause between two tellings of the events of a worker in this process.
const LISTEN: Duration = Duration::from_millis(50);
/// Pause between two drawings of the moving line.
const REDRAW: Duration = Duration::from_millis(200);

/// Drives a job to its end: by the worker that is alive, else by this process.
pub(crate) async fn run(
    context: &Context,
    project: &mut Project,
    job: RunTarget,
    console: bool,
) -> Result<RunResult, CliError> {
    if let RunTarget::Continue(batch) = &job {
        lift_interruption(project, *batch).await?;
    }
    let mut job = job;
    loop {
        let worker = project.worker().await?;
        if worker.alive {
            let holder = worker.holder.unwrap_or_default();
            match remote::follow(context, project, job, console, &holder).await? {
                RemoteRun::Ran(ran) => return Ok(*ran),
                RemoteRun::WorkerGone(back) => job = back,
            }
        } else {
            match own(context, project, job, console).await? {
                OwnRun::Ran(ran) => return Ok(*ran),
                OwnRun::Busy(back) => job = back,
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
pub(crate) async fn answer_command(context: &Context, project: &Project, command: CommandId) -> Result<(), CliError> {
    let (publish, _nobody) = broadcast::channel(1);
    let (_stop, never) = watch::channel(false);
    let options = EngineOptions { wait_for_lease: true, ..engine_options(context)? };
    engine::run(project.store.clone(), options, Work::AnswerCommand { command }, publish, never).await?;
    Ok(())
}

/// Takes the lease for as long as it takes to answer a decision, and to carry out what it approves.
pub(crate) async fn answer_decision(
    context: &Context,
    project: &Project,
    decision: DecisionId,
) -> Result<(), CliError> {
    let (publish, _nobody) = broadcast::channel(1);
    let (_stop, never) = watch::channel(false);
    let options = EngineOptions { wait_for_lease: true, ..engine_options(context)? };
    engine::run(project.store.clone(), options, Work::AnswerDecision { decision }, publish, never).await?;
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

enum OwnRun {
    Ran(Box<RunResult>),
    /// Another worker came first; the job is given back.
    Busy(RunTarget),
}

async fn own(context: &Context, project: &mut Project, job: RunTarget, console: bool) -> Result<OwnRun, CliError> {
    let (work, (world, seq), id) = match &job {
        RunTarget::Submit(submission) => {
            let operator = project.account();
            (Work::Submit { submission: submission.clone(), operator }, (World::default(), Seq::default()), None)
        }
        RunTarget::Continue(batch) => {
            (Work::Continue { batch: *batch }, project.world_and_seq(*batch).await?, Some(*batch))
        }
    };
    // Before the worker begins: from then on an interrupt pauses it.
    let mut interrupts = Interrupts::new()?;
    let options = engine_options(context)?;
    let linger = Some(options.notify.linger).filter(|_| !options.notify.hooks.is_empty());
    context.record_lags(options.lags.subscribe());
    let mut embedded = Embedded::start(project, options, work);
    context.record(embedded.events.resubscribe());
    let id = match id {
        Some(id) => id,
        None => match first_batch(&mut embedded, &mut interrupts).await {
            Some(id) => id,
            None => {
                return match embedded.ended().await? {
                    Ended::Busy { .. } => Ok(OwnRun::Busy(job)),
                    other => Err(CliError::new(Exit::Interrupted, format!("stopped before it began ({other:?})"))),
                };
            }
        },
    };
    // The journal has it now, and its texts are not needed here any more.
    drop(job);
    if console {
        return own_with_console(context, project, embedded, id).await.map(|ran| OwnRun::Ran(Box::new(ran)));
    }
    let (ended, world) = attend(project, embedded, Follower::new(world, id, seq), interrupts, linger).await?;
    let exit = match ended {
        Ended::Busy { .. } => return Ok(OwnRun::Busy(RunTarget::Continue(id))),
        Ended::Stopped { .. } => Exit::Interrupted,
        Ended::Batch { .. } => world.batch(id).map_or(Exit::Failed, ending::exit),
    };
    Ok(OwnRun::Ran(Box::new(RunResult { batch: id, world, exit })))
}

/// Waits for the batch that a submission becomes; `None` when the worker ends before. The events stay for the follower.
/// An interrupt asks the worker to end.
async fn first_batch(embedded: &mut Embedded, interrupts: &mut Interrupts) -> Option<BatchId> {
    loop {
        let Some(heard) = interrupts.unless(embedded.ahead.recv()).await else {
            embedded.stop.send_replace(true);
            continue;
        };
        match heard {
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
    linger: Option<Duration>,
) -> Result<(Ended, World), CliError> {
    let Embedded { mut events, ahead, stop, mut task } = embedded;
    drop(ahead);
    let (mut listen, mut redraw) = (tokio::time::interval(LISTEN), tokio::time::interval(REDRAW));
    let mut hooks = linger.map(Hanging::new);
    let joined = loop {
        tokio::select! {
            joined = &mut task => break joined,
            // Looked for, and not waited for: the worker would have to wake this task for each of its events, which
            // costs it more than the journal does.
            _ = listen.tick() => drop(hear(&mut events, &mut follower, project).await?),
            _ = redraw.tick() => match hooks.as_mut().and_then(|hooks| hooks.look(&follower)) {
                Some(line) => {
                    follower.wipe();
                    output::say(&line);
                }
                None => follower.draw(),
            },
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
    while hear(&mut events, &mut follower, project).await? {}
    follower.wipe();
    let ended = ended(joined).map_err(|e| {
        e.hint("`caribou status` shows how far it came; `caribou migrate` finds out what took effect and goes on")
    })?;
    Ok((ended, follower.into_world()))
}

/// A batch that has ended, and a worker that still waits for the hooks.
struct Hanging {
    linger: Duration,
    since: Option<Instant>,
    said: bool,
}

impl Hanging {
    /// Time after which it is worth a word.
    const WORTH: Duration = Duration::from_secs(1);

    fn new(linger: Duration) -> Hanging {
        Hanging { linger, since: None, said: false }
    }

    /// What is to be said of it now, once.
    fn look(&mut self, follower: &Follower) -> Option<String> {
        if !follower.batch().is_some_and(|batch| batch.status.is_final()) {
            self.since = None;
            return None;
        }
        let since = *self.since.get_or_insert_with(Instant::now);
        if self.said || since.elapsed() < Self::WORTH || self.linger <= Self::WORTH {
            return None;
        }
        self.said = true;
        let most = output::took(u64::try_from(self.linger.as_millis()).unwrap_or(u64::MAX));
        Some(format!(
            "The batch has ended. An alert hook has not answered yet: waiting for it, {most} at the most (alerts.linger)."
        ))
    }
}

/// Tells what has been published, or where that came too fast, a page of what the journal has. True if there is more.
async fn hear(
    events: &mut broadcast::Receiver<Event>,
    follower: &mut Follower,
    project: &mut Project,
) -> Result<bool, CliError> {
    use broadcast::error::TryRecvError;
    loop {
        if follower.is_behind() {
            follower.catch_up(project).await?;
            return Ok(true);
        }
        match events.try_recv() {
            Ok(event) => follower.take(&event),
            Err(TryRecvError::Lagged(missed)) => {
                tracing::info!(missed, "events came faster than they could be told; reading the journal");
                follower.missed();
            }
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(false),
        }
    }
}

/// Tells what an interrupted run still waits for.
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
) -> Result<RunResult, CliError> {
    let feed = StoreFeed::new(project.store.clone(), Some(id)).informed(context.config()?);
    let shown =
        console::show(context, feed, console::ConsoleMode { embedded: true, ..console::ConsoleMode::default() }).await;
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
    Ok(RunResult { batch: id, world, exit })
}
