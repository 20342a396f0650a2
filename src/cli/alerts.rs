//! `caribou alerts`: what has been raised, the newest first, and a try of the hooks.

use super::batch_arg::BatchArg;
use super::context::Context;
use super::hook_test::HookTest;
use super::project::Project;
use super::{CliError, Exit, output};
use crate::model::{AlertId, AlertStatus, AlertType, BatchId, FileId, Millis};
use crate::store::{AlertRow, Delivery, SchemaState};
use serde::Serialize;
use std::collections::BTreeMap;

/// List alerts that nobody has resolved, or try the hooks
///
/// An alert about a batch that runs too long rises from level 1 to 3 until somebody acknowledges it. Each hook of
/// [alerts.hooks] is told from its own level on.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    override_usage = "caribou alerts [OPTIONS] [BATCH]\n       caribou alerts test",
    after_help = "Examples:\n  caribou alerts\n  caribou alerts 7 --all --format json\n  caribou alerts test --hook ops"
)]
pub(crate) struct Alerts {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    batch: BatchArg,
    /// Only this kind: error, warning, info or critical
    #[arg(long = "type", value_parser = kind)]
    alert_type: Option<AlertType>,
    /// Resolved ones too
    #[arg(long, short)]
    all: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Test(HookTest),
}

fn kind(text: &str) -> Result<AlertType, String> {
    AlertType::parse(text).ok_or_else(|| "one of error, warning, info, critical".to_owned())
}

impl Alerts {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        if let Some(Action::Test(test)) = self.action {
            return test.run(context);
        }
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            let (mut alerts, mut told) = (Vec::new(), Vec::new());
            if project.state() != SchemaState::Absent {
                alerts = project.reader()?.alerts(self.batch.given().map(BatchId)).await?;
                told = project.reader()?.deliveries().await?;
            }
            alerts.retain(|a| {
                (self.all || a.status != AlertStatus::Resolved) && self.alert_type.is_none_or(|t| t == a.alert_type)
            });
            alerts.reverse();
            if context.is_json() {
                let alerts = alerts.iter().map(|alert| RaisedDocument::new(alert, &told)).collect();
                output::json(&AlertsDocument { alerts })?;
            } else {
                output::text(&human(&alerts, &told))?;
            }
            Ok(Exit::Done)
        })
    }
}

/// Alerts in JSON, the newest first.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct AlertsDocument {
    alerts: Vec<RaisedDocument>,
}

/// An alert that was raised.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RaisedDocument {
    id: AlertId,
    batch: BatchId,
    /// Null where it is about no file.
    file: Option<FileId>,
    #[serde(rename = "type")]
    alert_type: AlertType,
    title: String,
    message: String,
    status: AlertStatus,
    level: u32,
    raised_at: Option<String>,
    /// Time at which it fires again, if it was acknowledged.
    ack_expires_at: Option<String>,
    /// Time at which it rises to the next level, if nobody has acknowledged it.
    rises_at: Option<String>,
    told: Vec<ToldDocument>,
}

/// A hook that was told of an alert.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ToldDocument {
    hook: String,
    attempts: u32,
    delivered: bool,
    error: Option<String>,
}

impl RaisedDocument {
    fn new(alert: &AlertRow, told: &[Delivery]) -> RaisedDocument {
        let told = of(alert, told).map(|d| ToldDocument {
            hook: d.hook.clone(),
            attempts: d.attempts,
            delivered: d.error.is_none(),
            error: d.error.clone(),
        });
        let due = alert.due().map(Millis::to_rfc3339);
        let is_acknowledged = alert.status == AlertStatus::Acknowledged;
        RaisedDocument {
            id: alert.alert_id,
            batch: alert.batch_id,
            file: alert.file_id,
            alert_type: alert.alert_type,
            title: alert.title.clone(),
            message: alert.message.clone(),
            status: alert.status,
            level: alert.level,
            raised_at: alert.created.to_millis().map(Millis::to_rfc3339),
            ack_expires_at: due.clone().filter(|_| is_acknowledged),
            rises_at: due.filter(|_| !is_acknowledged),
            told: told.collect(),
        }
    }
}

/// What was told of an alert.
fn of<'a>(alert: &AlertRow, told: &'a [Delivery]) -> impl Iterator<Item = &'a Delivery> {
    let id = alert.alert_id;
    told.iter().filter(move |delivery| delivery.alert == id)
}

fn human(alerts: &[AlertRow], told: &[Delivery]) -> String {
    if alerts.is_empty() {
        return "No alert waits for anybody; --all lists those that are resolved.".to_owned();
    }
    let row = |alert: &AlertRow| {
        vec![
            alert.alert_id.to_string(),
            if alert.batch_id == BatchId::SYSTEM { "-".to_owned() } else { alert.batch_id.to_string() },
            alert.alert_type.to_string(),
            alert.status.to_string(),
            alert.level.to_string(),
            when(alert.created.to_millis()),
            next(alert),
            hooks(alert, told),
            output::safe(&output::shortened(&alert.title, 80)),
        ]
    };
    let rows: Vec<Vec<String>> = alerts.iter().map(row).collect();
    output::table(&["id", "batch", "type", "status", "level", "raised", "next", "told", "title"], &rows)
}

/// What time does to it.
fn next(alert: &AlertRow) -> String {
    match (alert.due(), alert.status) {
        (None, _) => "-".to_owned(),
        (due, AlertStatus::Acknowledged) => format!("fires again {}", when(due)),
        (due, _) => format!("rises {}", when(due)),
    }
}

/// The hooks that were told of it; those that could not be, with a mark.
fn hooks(alert: &AlertRow, told: &[Delivery]) -> String {
    let names: BTreeMap<&str, bool> = of(alert, told).map(|d| (d.hook.as_str(), d.error.is_none())).collect();
    let shown: Vec<String> = names
        .iter()
        .map(|(hook, arrived)| output::safe(&if *arrived { (*hook).to_owned() } else { format!("{hook} (failed)") }))
        .collect();
    if shown.is_empty() { "-".to_owned() } else { shown.join(", ") }
}

fn when(at: Option<Millis>) -> String {
    at.map_or_else(String::new, |at| at.to_utc().format("%Y-%m-%d %H:%M:%SZ").to_string())
}
