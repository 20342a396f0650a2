//! `caribou accept-server`.

use super::super::context::Context;
use super::super::project::Project;
use super::super::{CliError, Exit, ask, output};
use super::{VerbOptions, send};
use crate::model::{BatchId, Expectation, Servers, Verb, verb};

/// Say that this server is the right one, though the journal was written on another
///
/// After a failover, on a clone of the server or on a restored copy, everything holds: nothing runs, nothing is rolled
/// back, no deadline passes. Look first whether the data and the journal belong together (`caribou doctor`); a clone that
/// is only for reading needs no acceptance.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caribou accept-server --yes --reason 'failover to db2, replication had caught up'")]
pub(crate) struct AcceptServer {
    #[command(flatten)]
    options: VerbOptions,
}

impl AcceptServer {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            project.require_installed().await?;
            let Some(servers) = project.reader()?.other_server().await? else {
                return Err(CliError::refused(format!(
                    "{} is the server that the journal knows: there is nothing to accept",
                    project.label()
                )));
            };
            let reason = confirmed(&project, &self.options, &servers)?;
            let verb = Verb::AcceptServer { server: servers.found };
            let (batch, expects) = (BatchId::SYSTEM, Expectation::default());
            let command = project.submit(batch, verb.clone(), Some(reason), expects, None).await?;
            send::await_answer(context, &mut project, &self.options, batch, &verb, command).await
        })
    }
}

fn confirmed(project: &Project, options: &VerbOptions, servers: &Servers) -> Result<String, CliError> {
    let said = options.reason.clone().filter(|reason| !reason.trim().is_empty());
    let no_reason = || send::no_reason(verb::ACCEPT_SERVER.name);
    if options.yes {
        return said.ok_or_else(no_reason);
    }
    if !ask::is_somebody_there() {
        return Err(CliError::refused("accept-server was not confirmed, and nobody is at a terminal to ask")
            .hint("add --yes and --reason"));
    }
    output::say(&format!("The journal was written on {}.", output::safe(&servers.known)));
    output::say(&format!("This is {}.", output::safe(&servers.found)));
    let question = format!("Accept {} as {}?", project.label(), project.account());
    if !ask::is_confirmed(&question)? {
        return Err(CliError::refused("not confirmed; nothing was asked of the worker"));
    }
    match said {
        Some(reason) => Ok(reason),
        None => Some(ask::line("Reason:")?).filter(|reason| !reason.trim().is_empty()).ok_or_else(no_reason),
    }
}
