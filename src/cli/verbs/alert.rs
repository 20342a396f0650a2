//! `caribou ack`, `caribou resolve` and `caribou escalate`.

use super::super::context::Context;
use super::super::project::Project;
use super::super::{CliError, Exit, ask, output};
use super::{VerbOptions, send};
use crate::model::{AlertId, AlertStatus, BatchId, Expectation, Verb};
use crate::store::AlertRow;

/// Say that somebody has seen an alert
///
/// It rises no more. An acknowledgement lasts for alerts.ack_expires; then the alert fires again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caribou alerts\n  caribou ack 12 --yes")]
pub(crate) struct Ack {
    #[command(flatten)]
    alert: AlertArgs,
}

/// Say that an alert has been dealt with
#[derive(Debug, clap::Args)]
pub(crate) struct Resolve {
    #[command(flatten)]
    alert: AlertArgs,
}

/// Pass an alert on: its level rises
#[derive(Debug, clap::Args)]
pub(crate) struct Escalate {
    #[command(flatten)]
    alert: AlertArgs,
}

#[derive(Debug, clap::Args)]
struct AlertArgs {
    /// The alert's number, as `caribou alerts` lists it
    #[arg(value_name = "ALERT")]
    id: i64,
    #[command(flatten)]
    options: VerbOptions,
}

impl Ack {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        self.alert.run(context, AlertStatus::Acknowledged)
    }
}

impl Resolve {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        self.alert.run(context, AlertStatus::Resolved)
    }
}

impl Escalate {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        self.alert.run(context, AlertStatus::Escalated)
    }
}

impl AlertArgs {
    fn run(mut self, context: &Context, to: AlertStatus) -> Result<Exit, CliError> {
        let alert = AlertId(self.id);
        let found = find(context, alert)?;
        if found.batch_id == BatchId::SYSTEM {
            return self.of_no_batch(context, &found, Verb::Alert { alert, to });
        }
        self.options.batch.get_or_insert(found.batch_id.0);
        send::send(context, &self.options, send::Unnamed::Open, |_| Ok(Verb::Alert { alert, to }))
    }

    /// An alert about the system itself: another server, a hook that fails.
    fn of_no_batch(&self, context: &Context, found: &AlertRow, verb: Verb) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            let question = format!("{} ({})?", verb.text().title, output::safe(&found.title));
            if !self.options.yes && !ask::is_somebody_there() {
                let message = format!("{verb} was not confirmed, and nobody is at a terminal to ask");
                return Err(CliError::refused(message).hint("add --yes"));
            }
            if !self.options.yes && !ask::is_confirmed(&question)? {
                return Err(CliError::refused("not confirmed; nothing was asked of the worker"));
            }
            let (reason, expects) = (self.options.reason.clone(), Expectation::default());
            let command = project.submit(BatchId::SYSTEM, verb.clone(), reason, expects, None).await?;
            send::await_answer(context, &mut project, &self.options, BatchId::SYSTEM, &verb, command).await
        })
    }
}

/// The alert with a number.
fn find(context: &Context, alert: AlertId) -> Result<AlertRow, CliError> {
    context.block_on(async {
        let mut project = Project::connect(context).await?;
        project.require_installed().await?;
        let alerts = project.reader()?.alerts(None).await?;
        let found = alerts.into_iter().find(|a| a.alert_id == alert);
        found.ok_or_else(|| CliError::refused(format!("there is no alert {alert}")).hint("`caribou alerts` lists them"))
    })
}
