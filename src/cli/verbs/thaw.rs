//! `caribou thaw`.

use super::super::context::Context;
use super::super::frozen::Frozen;
use super::super::lift::{Lifted, lift_freeze};
use super::super::patience::until_connected;
use super::super::project::Project;
use super::super::{CliError, Exit, ask, output};
use super::answer::ThawAnswer;
use super::{VerbOptions, send};
use crate::model::{BatchId, Expectation, SystemStatus, Verb};

/// Let others write again, or say that an emergency is over
///
/// The worker lifts the freeze; where none is alive this process does its work. With --emergency the server is told first
/// and by this account itself, which needs the privilege (`caribou schema grants emergency USER@HOST`): no worker is
/// needed, and one that hangs is not waited for. Where all connections of the server are taken it tries again, for
/// --timeout at each of its steps. After that the system stays in EMERGENCY, in which nothing is frozen
/// again, until `caribou thaw` says that it is over.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou thaw --yes\n  caribou thaw --emergency --yes --reason 'the worker host is gone'"
)]
pub(crate) struct Thaw {
    /// Lift it by this account itself, without a worker
    #[arg(long)]
    emergency: bool,
    #[command(flatten)]
    options: VerbOptions,
}

impl Thaw {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let connect = async || {
                let mut project = Project::connect(context).await?;
                project.require_installed().await?;
                let found = project.frozen().await?;
                Ok((project, found))
            };
            if self.emergency {
                let (mut project, found) = until_connected(self.options.timeout, connect).await?;
                self.emergency(context, &mut project, &found).await
            } else {
                let (mut project, found) = connect().await?;
                self.ask(context, &mut project, &found).await
            }
        })
    }

    async fn ask(&self, context: &Context, project: &mut Project, found: &Frozen) -> Result<Exit, CliError> {
        if found.freeze.is_none() {
            return Err(not_frozen(project, found));
        }
        let reason = self.confirm(project, found, false)?;
        let verb = Verb::Thaw { emergency: false };
        let (batch, expects) = (BatchId::SYSTEM, Expectation::default());
        let command = project.submit(batch, verb.clone(), reason, expects, None).await?;
        send::await_answer(context, project, &self.options, batch, &verb, command).await
    }

    /// The server first, and then the journal.
    async fn emergency(&self, context: &Context, project: &mut Project, found: &Frozen) -> Result<Exit, CliError> {
        match found.freeze.as_ref().map(|freeze| freeze.status) {
            None => return Err(not_frozen(project, found)),
            Some(SystemStatus::Emergency) if !found.read_only => {
                return Err(CliError::refused("it was lifted in an emergency already")
                    .hint("`caribou thaw` says that the emergency is over"));
            }
            Some(_) => {}
        }
        let reason = self.confirm(project, found, true)?;
        // One connection at a time: a server that is full may have just the one that is reserved.
        project.let_go().await;
        let (project, within): (&Project, _) = (project, self.options.timeout);
        let lifted = until_connected(within, async || lift(project).await).await?;
        let verb = Verb::Thaw { emergency: true };
        let (batch, expects) = (BatchId::SYSTEM, Expectation::default());
        let submit = async || project.submit(batch, verb.clone(), reason.clone(), expects.clone(), None).await;
        let command = until_connected(within, submit).await;
        let told = match (&command, found.worker_alive) {
            (Err(_), _) => "it could not be handed in for the journal",
            (Ok(_), true) => "the worker writes it into the journal",
            (Ok(_), false) => "the next worker writes it into the journal",
        };
        if context.is_json() {
            output::json(&ThawAnswer {
                command: command.as_ref().ok().copied(),
                verb: verb.name(),
                status: "effective",
                emergency: true,
                read_only: false,
                proof: lifted,
                reason: told,
                worker_alive: found.worker_alive,
            })?;
        } else {
            output::text(&format!("THAWED: {lifted}; {told}."))?;
        }
        command.map(|_| Exit::Done)
    }

    fn confirm(&self, project: &Project, found: &Frozen, needs_reason: bool) -> Result<Option<String>, CliError> {
        let said = self.options.reason.clone().filter(|reason| !reason.trim().is_empty());
        if !self.options.yes {
            if !ask::is_somebody_there() {
                return Err(CliError::refused("thaw was not confirmed, and nobody is at a terminal to ask")
                    .hint("add --yes, and --reason for --emergency"));
            }
            output::say(found.told().trim_end());
            let how = if self.emergency { "in an EMERGENCY, past the worker," } else { "" };
            let question = format!("Thaw {} {how} as {}?", project.label(), project.account());
            if !ask::is_confirmed(&question)? {
                return Err(CliError::refused("not confirmed; nothing was thawed"));
            }
        }
        match said {
            None if needs_reason && !self.options.yes => {
                let reason = ask::line("Reason:")?;
                if reason.trim().is_empty() { Err(send::no_reason("thaw --emergency")) } else { Ok(Some(reason)) }
            }
            None if needs_reason => Err(send::no_reason("thaw --emergency")),
            said => Ok(said),
        }
    }
}

fn not_frozen(project: &Project, found: &Frozen) -> CliError {
    let error = CliError::refused(format!("{} is not frozen", project.label()));
    match found.read_only {
        true => error.hint("the server is read_only, and the journal does not say by whom: who set it has to lift it"),
        false => error,
    }
}

/// Lifts it as this account, and reads it back.
async fn lift(project: &Project) -> Result<String, CliError> {
    match lift_freeze(&project.store).await? {
        Lifted::Yes(proof) => Ok(proof.to_owned()),
        Lifted::Still(why) => Err(CliError::new(Exit::NeedsPerson, why)),
    }
}
