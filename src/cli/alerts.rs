//! `caribou alerts`: what has been raised, the newest first.

use super::context::Context;
use super::project::Project;
use super::{CliError, Exit, output};
use crate::model::{AlertStatus, AlertType, BatchId, Ymdhis};
use crate::store::{AlertRow, SchemaState};
use serde_json::json;

/// List alerts that nobody has resolved
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou alerts\n  caribou alerts --batch 7 --all --format json")]
pub(crate) struct Alerts {
    /// Of this batch only
    #[arg(long, value_name = "ID")]
    batch: Option<i64>,
    /// Only this kind: error, warning, info or critical
    #[arg(long = "type", value_parser = kind)]
    alert_type: Option<AlertType>,
    /// Resolved ones too
    #[arg(long, short)]
    all: bool,
}

fn kind(text: &str) -> Result<AlertType, String> {
    AlertType::parse(text).ok_or_else(|| "one of error, warning, info, critical".to_owned())
}

impl Alerts {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            let mut alerts = Vec::new();
            if project.state() != SchemaState::Absent {
                alerts = project.reader()?.alerts(self.batch.map(BatchId)).await?;
            }
            alerts.retain(|a| {
                (self.all || a.status != AlertStatus::Resolved) && self.alert_type.is_none_or(|t| t == a.alert_type)
            });
            alerts.reverse();
            if context.is_json() {
                let documents: Vec<_> = alerts.iter().map(document).collect();
                output::json(&json!({ "alerts": documents }))?;
            } else {
                output::text(&human(&alerts))?;
            }
            Ok(Exit::Done)
        })
    }
}

fn document(alert: &AlertRow) -> serde_json::Value {
    json!({
        "id": alert.alert_id, "batch": alert.batch_id, "file": alert.file_id, "type": alert.alert_type,
        "title": alert.title, "message": alert.message, "status": alert.status, "level": alert.level,
        "raised_at": alert.created.to_millis().map(|at| at.to_rfc3339()),
    })
}

fn human(alerts: &[AlertRow]) -> String {
    if alerts.is_empty() {
        return "No alert waits for anybody; --all lists those that are resolved.".to_owned();
    }
    let row = |alert: &AlertRow| {
        vec![
            alert.alert_id.to_string(),
            alert.batch_id.to_string(),
            alert.alert_type.to_string(),
            alert.status.to_string(),
            alert.level.to_string(),
            when(alert.created),
            output::safe(&output::shortened(&alert.title, 80)),
        ]
    };
    let rows: Vec<Vec<String>> = alerts.iter().map(row).collect();
    output::table(&["id", "batch", "type", "status", "level", "raised", "title"], &rows)
}

fn when(at: Ymdhis) -> String {
    at.to_millis().map_or_else(String::new, |at| at.to_utc().format("%Y-%m-%d %H:%M:%SZ").to_string())
}
