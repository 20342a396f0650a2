//! Handing a command in, and waiting for what becomes of it.

use super::super::context::Context;
use super::super::project::{Project, Standing};
use super::super::{CliError, Exit, ask, output, run};
use super::VerbOptions;
use crate::model::{Batch, BatchId, BatchStatus, CommandId, Expectation, Outcome, Verb};
use serde_json::json;
use std::time::{Duration, Instant};

/// What a verb asks of the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// A yes.
    Yes,
    /// A yes and a reason.
    Reason,
    /// The same; a batch that has completed is meant too.
    LastBatch,
}

/// How often the answer is looked for.
pub(super) const POLL: Duration = Duration::from_millis(150);

/// Confirms, submits, waits, and says what became of it.
pub(super) fn send(
    context: &Context,
    options: &VerbOptions,
    need: Need,
    verb: impl Fn(&Batch) -> Result<Verb, CliError>,
) -> Result<Exit, CliError> {
    context.block_on(async {
        let mut project = Project::connect(context).await?;
        project.require_installed().await?;
        let id = match (options.batch, need) {
            (Some(id), _) => BatchId(id),
            (None, Need::LastBatch) => project.last_batch().await?,
            (None, _) => project.batch_for_a_verb(need == Need::Reason).await?,
        };
        let world = project.world(id).await?;
        let batch = world
            .batch(id)
            .ok_or_else(|| CliError::refused(format!("there is no batch {id}")).hint("`caribou history` lists them"))?;
        let verb = verb(batch)?;
        let reason = confirm(&project, options, need, batch, &verb)?;
        let expects = expectation(batch, &verb);
        let command = project.submit(id, verb.clone(), reason, expects, None).await?;
        await_answer(context, &mut project, options, id, &verb, command).await
    })
}

/// What must still be so when the worker takes the command.
fn expectation(batch: &Batch, verb: &Verb) -> Expectation {
    let file = match verb {
        Verb::Retry { file } | Verb::Settle { file, .. } => batch.file(*file).map(|f| (f.id, f.state)),
        _ => None,
    };
    // Whether a batch has begun may change while one types; whether it has ended may not.
    let batch_status = Some(batch.status).filter(|s| s.is_final() && *s != BatchStatus::Completed);
    Expectation { batch_status, file }
}

pub(super) fn confirm(
    project: &Project,
    options: &VerbOptions,
    need: Need,
    batch: &Batch,
    verb: &Verb,
) -> Result<Option<String>, CliError> {
    let said = options.reason.clone().filter(|r| !r.trim().is_empty());
    let somebody = ask::is_somebody_there();
    if !options.yes {
        if !somebody {
            return Err(CliError::refused(format!("{verb} was not confirmed, and nobody is at a terminal to ask"))
                .hint("add --yes, and --reason for retry, settle and abort"));
        }
        let question = format!(
            "{} batch {} ({}, {}) on {} as {}?",
            describe(verb, batch),
            batch.id,
            output::safe(&batch.name),
            batch.status,
            project.label(),
            project.account()
        );
        if !ask::is_confirmed(&question)? {
            return Err(CliError::refused("not confirmed; nothing was asked of the worker"));
        }
    }
    match (need, said) {
        (Need::Reason | Need::LastBatch, None) if somebody && !options.yes => {
            let reason = ask::line("Reason:")?;
            if reason.is_empty() { Err(no_reason(verb)) } else { Ok(Some(reason)) }
        }
        (Need::Reason | Need::LastBatch, None) => Err(no_reason(verb)),
        (_, said) => Ok(said),
    }
}

fn no_reason(verb: &Verb) -> CliError {
    CliError::refused(format!("{verb} needs a reason")).hint("add --reason 'why'")
}

/// The verb with what it is about, as the beginning of a question.
fn describe(verb: &Verb, batch: &Batch) -> String {
    let path = |id| batch.file(id).map_or_else(String::new, |f| output::safe(&f.path));
    match verb {
        Verb::Retry { file } => format!("Retry {} of", path(*file)),
        Verb::Settle { file, outcome: Outcome::Completed } => format!("Settle {} as completed in", path(*file)),
        Verb::Settle { file, outcome: Outcome::RolledBack } => format!("Settle {} as rolled back in", path(*file)),
        Verb::Abort { keep_completed: true } => {
            "Stop now, undo what is under way and keep what has completed of".into()
        }
        Verb::Abort { keep_completed: false } => {
            format!("Stop now and undo everything ({} completed) of", output::count(batch.completed.into(), "file"))
        }
        Verb::Break { file, clear: true, .. } => format!("Clear the breakpoint at {} of", path(*file)),
        Verb::Break { file, .. } => format!("Set a breakpoint at {} of", path(*file)),
        Verb::RollBack { files, class, .. } => {
            format!("Roll back (class {class}) {} of", output::count(batch.scope(*class, files).len() as u64, "file"))
        }
        Verb::Alert { alert, .. } => {
            let title = batch.alerts.get(alert).map_or_else(String::new, |a| output::safe(&a.title));
            format!("{} alert {alert} ({title}) of", capital(verb.name()))
        }
        Verb::Discard { file: Some(file) } => format!("Discard what is kept of {} of", path(*file)),
        Verb::Discard { file: None } => "Discard all that is kept of".into(),
        Verb::Step { .. } => "Step".into(),
        Verb::Pause => "Pause".into(),
        Verb::Resume => "Resume".into(),
        Verb::AcceptServer { .. } => "Accept the server of".into(),
        Verb::Run => "Run".into(),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Answers a verb for which nothing has to run: this process holds the lease for as long as that takes. False for the
/// others, which need a worker.
async fn carry_out(context: &Context, project: &Project, verb: &Verb, command: CommandId) -> Result<bool, CliError> {
    let is_ours =
        matches!(verb, Verb::Settle { .. } | Verb::Alert { .. } | Verb::AcceptServer { .. } | Verb::Discard { .. });
    if is_ours {
        run::obey(context, project, command).await?;
    }
    Ok(is_ours)
}

pub(super) async fn await_answer(
    context: &Context,
    project: &mut Project,
    options: &VerbOptions,
    batch: BatchId,
    verb: &Verb,
    command: CommandId,
) -> Result<Exit, CliError> {
    let tell = |status: &str, reason: Option<&str>, worker: bool| -> Result<(), CliError> {
        if context.is_json() {
            return output::json(&json!({
                "command": command, "batch": batch, "verb": verb.name(), "status": status, "reason": reason,
                "worker_alive": worker,
            }));
        }
        match reason {
            Some(reason) => output::text(&format!("{verb}: {status}: {}", output::safe(reason))),
            None => output::text(&format!("{verb}: {status}")),
        }
    };
    let mut alive = project.worker().await?.alive;
    if options.no_wait {
        tell("submitted", None, alive)?;
        return Ok(Exit::Done);
    }
    if !alive && !carry_out(context, project, verb, command).await? {
        tell("submitted", Some("no worker is alive; the command stands until one comes"), alive)?;
        output::say(" hint: `caribou worker` starts one, and so does `caribou migrate`");
        return Ok(Exit::Blocked);
    }
    let until = Instant::now() + options.timeout;
    loop {
        let standing = project.standing(command).await?;
        match standing {
            Standing::Refused(reason) => {
                tell("refused", Some(&reason), alive)?;
                return Ok(Exit::Refused);
            }
            Standing::Effective => {
                tell("effective", None, alive)?;
                return Ok(Exit::Done);
            }
            // The worker may end before it hears the command.
            Standing::Waiting if alive && !project.worker().await?.alive => {
                alive = false;
                if !carry_out(context, project, verb, command).await? {
                    tell("submitted", Some("the worker is gone; the command stands until one comes"), alive)?;
                    return Ok(Exit::Blocked);
                }
            }
            Standing::Waiting | Standing::Accepted if Instant::now() < until => tokio::time::sleep(POLL).await,
            Standing::Accepted => {
                tell("accepted", Some("and not yet effective; a statement is running"), alive)?;
                return Ok(Exit::Blocked);
            }
            Standing::Waiting => {
                tell("submitted", Some("the worker has not answered in time; the command stands"), alive)?;
                return Ok(Exit::Blocked);
            }
        }
    }
}
