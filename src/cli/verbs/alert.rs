//! `caribou ack`, `caribou resolve` and `caribou escalate`.

use super::super::context::Context;
use super::super::project::Project;
use super::super::{CliError, Exit};
use super::{VerbOptions, send};
use crate::model::{AlertId, AlertStatus, Verb};

/// Say that somebody has seen an alert
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caribou alerts\n  caribou ack 12 --yes")]
pub(crate) struct Ack {
    #[command(flatten)]
    alert: Alert,
}

/// Say that an alert has been dealt with
#[derive(Debug, clap::Args)]
pub(crate) struct Resolve {
    #[command(flatten)]
    alert: Alert,
}

/// Pass an alert on: its level rises
#[derive(Debug, clap::Args)]
pub(crate) struct Escalate {
    #[command(flatten)]
    alert: Alert,
}

#[derive(Debug, clap::Args)]
struct Alert {
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

impl Alert {
    fn run(mut self, context: &Context, to: AlertStatus) -> Result<Exit, CliError> {
        let alert = AlertId(self.id);
        if self.options.batch.is_none() {
            self.options.batch = Some(batch_of(context, alert)?);
        }
        send::send(context, &self.options, send::Need::Yes, |_| Ok(Verb::Alert { alert, to }))
    }
}

/// The batch that an alert is of.
fn batch_of(context: &Context, alert: AlertId) -> Result<i64, CliError> {
    context.block_on(async {
        let mut project = Project::connect(context).await?;
        project.require_installed().await?;
        let alerts = project.reader()?.alerts(None).await?;
        let found = alerts.into_iter().find(|a| a.alert_id == alert).map(|a| a.batch_id.0);
        found.ok_or_else(|| CliError::refused(format!("there is no alert {alert}")).hint("`caribou alerts` lists them"))
    })
}
