//! Following a worker of another process.

use super::absence::Absence;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::feed::StoreFeed;
use super::follow::Follower;
use super::project::{CommandStatus, Project};
use super::run_target::{RunResult, RunTarget};
use super::signals::Interrupts;
use super::{console, ending, output};
use crate::database::ErrorKind;
use crate::model::{BatchId, CommandId, Expectation, STALE_PLAN, Seq, Submission, Verb};
use std::time::{Duration, Instant};

/// Pause between two readings of a remote worker's journal.
const POLL: Duration = Duration::from_millis(200);
/// Time that a server is waited for which went away while a batch was followed.
const PATIENCE: Duration = Duration::from_secs(120);
/// Time that a worker has, once its server is back, to renew its lease.
const RENEWS: Duration = Duration::from_secs(30);
/// Pause before it is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// The end of following.
pub(super) enum RemoteRun {
    Ran(Box<RunResult>),
    /// The worker's lease ran out before the batch had ended, or before it took it: what is left to do.
    WorkerGone(RunTarget),
}

/// Hands a batch to the worker that is alive, or finds it there, and follows it to its end.
pub(super) async fn follow(
    context: &Context,
    project: &mut Project,
    job: RunTarget,
    console: bool,
    holder: &str,
) -> Result<RemoteRun, CliError> {
    let id = match job {
        RunTarget::Continue(id) => {
            output::say(&format!("The worker {} drives it; following.", output::safe(holder)));
            id
        }
        RunTarget::Submit(submission) => {
            output::say(&format!("Handing the batch to the worker {}.", output::safe(holder)));
            match hand_over(project, submission.clone()).await? {
                Some(id) => id,
                // What stands in the queue is refused by then: its plan does not know the batch that this one becomes.
                None => return Ok(RemoteRun::WorkerGone(RunTarget::Submit(submission))),
            }
        }
    };
    if console {
        let feed = StoreFeed::new(project.store.clone(), Some(id)).informed(context.config()?);
        console::show(context, feed, console::ConsoleMode { embedded: false, ..console::ConsoleMode::default() })
            .await?;
        let world = project.world(id).await?;
        let exit = world.batch(id).map_or(Exit::Failed, ending::exit);
        return Ok(RemoteRun::Ran(Box::new(RunResult { batch: id, world, exit })));
    }
    follow_journal(project, id).await
}

/// Gives a submission to the live worker and waits until it has become a batch; `None` when the worker went away before.
async fn hand_over(project: &mut Project, submission: Box<Submission>) -> Result<Option<BatchId>, CliError> {
    let command = project.submit(BatchId::SYSTEM, Verb::Run, None, Expectation::default(), Some(submission)).await?;
    let taken = Interrupts::new()?.unless(taken(project, command)).await;
    taken.unwrap_or_else(|| {
        Err(CliError::new(Exit::Interrupted, "interrupted; the worker has the batch in its queue")
            .hint("`caribou status` shows what becomes of it"))
    })
}

/// Waits until a command has become a batch; `None` when the worker goes away before.
async fn taken(project: &mut Project, command: CommandId) -> Result<Option<BatchId>, CliError> {
    let mut absence = Absence::default();
    loop {
        if let Some(batch) = project.batch_of(command).await? {
            return Ok(Some(batch));
        }
        if let CommandStatus::Refused(reason) = project.standing(command).await? {
            if reason == STALE_PLAN {
                return Err(CliError::refused(STALE_PLAN));
            }
            return Err(CliError::refused(format!("the worker refused the batch: {reason}")));
        }
        if absence.is_certain(project).await? {
            output::say("The worker went away before it took the batch; taking its place.");
            return Ok(None);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Follows a worker's batch by the journal, until it has ended.
async fn follow_journal(project: &mut Project, id: BatchId) -> Result<RemoteRun, CliError> {
    let mut interrupts = Interrupts::new()?;
    let (world, seq) = project.world_and_seq(id).await?;
    let mut follower = Follower::new(world, id, seq);
    follower.tell_standing();
    let followed = interrupts.unless(to_the_end(project, &mut follower, id, seq)).await;
    follower.wipe();
    let exit = match followed {
        Some(Ok(Some(exit))) => exit,
        Some(Ok(None)) => {
            output::say("The worker is gone; taking its place.");
            return Ok(RemoteRun::WorkerGone(RunTarget::Continue(id)));
        }
        Some(Err(error)) => {
            return Err(error.hint("what becomes of the batch is not seen from here; `caribou status` tells it"));
        }
        None => {
            output::say(
                "No longer following; the worker goes on. `caribou pause` holds it, `caribou migrate` follows again.",
            );
            Exit::Interrupted
        }
    };
    Ok(RemoteRun::Ran(Box::new(RunResult { batch: id, world: follower.into_world(), exit })))
}

/// Tells what happens until the batch has ended; `None` when its worker is gone before. A connection that breaks is
/// made again: the worker makes its own again, too.
async fn to_the_end(
    project: &mut Project,
    follower: &mut Follower,
    id: BatchId,
    mut seq: Seq,
) -> Result<Option<Exit>, CliError> {
    let mut absence = Absence::default();
    loop {
        match what_is_new(project, follower, &mut absence, (id, &mut seq)).await {
            Ok(Standing::GoesOn) => {
                follower.draw();
                tokio::time::sleep(POLL).await;
            }
            Ok(Standing::Ended(exit)) => return Ok(Some(exit)),
            Ok(Standing::WorkerGone) => return Ok(None),
            Err(error) if error.kind == Some(ErrorKind::ConnectionLost) => {
                follower.wipe();
                connect_again(project, error).await?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// How a batch stands that is followed.
enum Standing {
    GoesOn,
    Ended(Exit),
    WorkerGone,
}

async fn what_is_new(
    project: &mut Project,
    follower: &mut Follower,
    absence: &mut Absence,
    (id, seq): (BatchId, &mut Seq),
) -> Result<Standing, CliError> {
    let events = project.events(id, *seq).await?;
    for event in &events {
        *seq = event.seq;
        follower.take(event);
    }
    if let Some(batch) = follower.batch().filter(|b| b.status.is_final()) {
        return Ok(Standing::Ended(ending::exit(batch)));
    }
    let is_alone = events.is_empty() && absence.is_certain(project).await?;
    Ok(if is_alone { Standing::WorkerGone } else { Standing::GoesOn })
}

/// Connects again, for as long as a server takes to start.
///
/// # Errors
/// The one by which the connection was lost, where none was had in time.
async fn connect_again(project: &mut Project, lost: CliError) -> Result<(), CliError> {
    output::say(&format!("{}; connecting again.", output::safe(&lost.message)));
    let since = Instant::now();
    while let Err(error) = project.reopen().await {
        if since.elapsed() > PATIENCE || error.kind != Some(ErrorKind::ConnectionLost) {
            return Err(lost);
        }
        tokio::time::sleep(AGAIN).await;
    }
    // The worker has lost its connections too, and is not gone because it comes a moment later.
    let back = Instant::now();
    while !project.worker().await?.alive && back.elapsed() < RENEWS {
        tokio::time::sleep(AGAIN).await;
    }
    output::say("Connected again; following.");
    Ok(())
}
