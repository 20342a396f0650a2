//! Handing a command in, and waiting for what becomes of it.

use super::super::absence::Absence;
use super::super::context::Context;
use super::super::project::{CommandStatus, Project, no_batch};
use super::super::{CliError, Exit, ask, output, run};
use super::VerbOptions;
use super::answer::CommandAnswer;
use crate::database::ErrorKind;
use crate::model::{Batch, BatchId, BatchStatus, CommandId, Expectation, Verb};
use std::time::{Duration, Instant};

/// The batch that is meant when none is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unnamed {
    /// The one that is open.
    Open,
    /// The one that is open, or else the last, unless it has completed.
    OpenOrFailed,
    /// The last that is no rollback of another, also a completed one.
    Last,
}

/// Pause between two looks for the answer.
pub(super) const POLL: Duration = Duration::from_millis(150);

/// Confirms, submits, waits, and says what became of it.
pub(super) fn send(
    context: &Context,
    options: &VerbOptions,
    unnamed: Unnamed,
    verb: impl Fn(&Batch) -> Result<Verb, CliError>,
) -> Result<Exit, CliError> {
    context.block_on(async {
        let mut project = Project::connect(context).await?;
        project.require_installed().await?;
        let id = match (options.batch, unnamed) {
            (Some(id), _) => BatchId(id),
            (None, Unnamed::Last) => project.last_batch().await?,
            (None, _) => project.batch_for_a_verb(unnamed == Unnamed::OpenOrFailed).await?,
        };
        let world = project.world(id).await?;
        let batch = world.batch(id).ok_or_else(|| no_batch(id))?;
        let verb = verb(batch)?;
        let reason = confirm(&project, options, batch, &verb)?;
        let expects = expectation(batch, &verb);
        let command = project.submit(id, verb.clone(), reason, expects, None).await?;
        await_answer(context, &mut project, options, id, &verb, command).await
    })
}

/// Gives the state that must still hold when the worker takes the command.
fn expectation(batch: &Batch, verb: &Verb) -> Expectation {
    let file = match verb {
        Verb::Retry { file } | Verb::Settle { file, .. } => batch.file(*file).map(|f| (f.id, f.state)),
        _ => None,
    };
    // Whether a batch has begun may change while one types; whether it has ended may not.
    let batch_status = Some(batch.status).filter(|s| s.is_final() && *s != BatchStatus::Completed);
    Expectation { batch_status, file, ahead: Expectation::ahead_of(batch, verb) }
}

/// Asks for a yes, and for the reason where one is needed.
pub(super) fn confirm(
    project: &Project,
    options: &VerbOptions,
    batch: &Batch,
    verb: &Verb,
) -> Result<Option<String>, CliError> {
    let said = options.reason.clone().filter(|r| !r.trim().is_empty());
    let somebody = ask::is_somebody_there();
    if !options.yes {
        if !somebody {
            return Err(CliError::refused(format!("{verb} was not confirmed, and nobody is at a terminal to ask"))
                .hint(if verb.text().needs_reason { "add --yes and --reason" } else { "add --yes" }));
        }
        let question = format!(
            "{} batch {} ({}, {}) on {} as {}?",
            output::safe(&verb.question(batch)),
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
    match (verb.text().needs_reason, said) {
        (true, None) if somebody && !options.yes => {
            let reason = ask::line("Reason:")?;
            if reason.is_empty() { Err(no_reason(verb.name())) } else { Ok(Some(reason)) }
        }
        (true, None) => Err(no_reason(verb.name())),
        (_, said) => Ok(said),
    }
}

/// The refusal of a verb without the reason that it needs.
pub(super) fn no_reason(verb: &str) -> CliError {
    CliError::refused(format!("{verb} needs a reason")).hint("add --reason 'why'")
}

/// Answers a verb for which nothing has to run: this process holds the lease for as long as that takes. False for the
/// others, which need a worker.
async fn carry_out(context: &Context, project: &Project, verb: &Verb, command: CommandId) -> Result<bool, CliError> {
    match verb {
        Verb::Settle { .. }
        | Verb::Alert { .. }
        | Verb::AcceptServer { .. }
        | Verb::Discard { .. }
        | Verb::Repair { .. } => {
            run::answer_command(context, project, command).await?;
            Ok(true)
        }
        // An operator's account may not do the worker's work: then it waits for one.
        Verb::Thaw { .. } => match run::answer_command(context, project, command).await {
            Err(error) if error.kind == Some(ErrorKind::Privilege) => Ok(false),
            done => done.map(|()| true),
        },
        _ => Ok(false),
    }
}

pub(super) async fn await_answer(
    context: &Context,
    project: &mut Project,
    options: &VerbOptions,
    batch: BatchId,
    verb: &Verb,
    command: CommandId,
) -> Result<Exit, CliError> {
    let tell = |status: &'static str, reason: Option<&str>, worker: bool| -> Result<(), CliError> {
        if context.is_json() {
            let (verb, reason) = (verb.name(), reason.map(str::to_owned));
            return output::json(&CommandAnswer { command, batch, verb, status, reason, worker_alive: worker });
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
    let mut absence = Absence::default();
    loop {
        let standing = project.standing(command).await?;
        match standing {
            CommandStatus::Refused(reason) => {
                tell("refused", Some(&reason), alive)?;
                return Ok(Exit::Refused);
            }
            CommandStatus::Effective => {
                tell("effective", None, alive)?;
                return Ok(Exit::Done);
            }
            // The worker may end before it hears the command.
            CommandStatus::Waiting if alive && absence.is_certain(project).await? => {
                alive = false;
                if !carry_out(context, project, verb, command).await? {
                    tell("submitted", Some("the worker is gone; the command stands until one comes"), alive)?;
                    return Ok(Exit::Blocked);
                }
            }
            CommandStatus::Waiting | CommandStatus::Accepted if Instant::now() < until => {
                tokio::time::sleep(POLL).await
            }
            CommandStatus::Accepted => {
                tell("accepted", Some("and not yet effective; a statement is running"), alive)?;
                return Ok(Exit::Blocked);
            }
            CommandStatus::Waiting => {
                tell("submitted", Some("the worker has not answered in time; the command stands"), alive)?;
                return Ok(Exit::Blocked);
            }
        }
    }
}
