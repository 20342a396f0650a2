//! Alerts, and where they stand with people.

use crate::model::{AlertId, AlertStatus, AlertTimer, AlertType, BatchId, Change, Event, EventKind, FileId, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that people are told, and where it stands with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub id: AlertId,
    pub batch: BatchId,
    pub file: Option<FileId>,
    pub alert_type: AlertType,
    pub title: String,
    pub message: String,
    pub status: AlertStatus,
    pub level: u32,
    /// True if it rises by itself until somebody acknowledges it.
    pub rises: bool,
    /// Time at which it rises, or at which its acknowledgement is over.
    pub due: Option<Millis>,
    pub created_at: Millis,
    pub updated_at: Millis,
}

impl Alert {
    /// True if nobody ever had to do anything about it.
    pub fn is_milestone(&self) -> bool {
        self.alert_type == AlertType::Info && self.status == AlertStatus::Resolved && self.created_at == self.updated_at
    }

    /// Takes in an event about one of these alerts; says which has changed.
    pub(super) fn apply(alerts: &mut BTreeMap<AlertId, Alert>, event: &Event) -> Option<Change> {
        match &event.kind {
            EventKind::AlertRaised { alert, file, alert_type, title, message, status, level, timer } => {
                let raised = Alert {
                    id: *alert,
                    batch: event.batch,
                    file: *file,
                    alert_type: *alert_type,
                    title: title.clone(),
                    message: message.clone(),
                    status: *status,
                    level: *level,
                    rises: matches!(timer, Some(AlertTimer::RisesIn(_))),
                    due: timer.map(|timer| timer.from(event.at)),
                    created_at: event.at,
                    updated_at: event.at,
                };
                alerts.insert(*alert, raised);
                Some(Change::Alert(*alert))
            }
            EventKind::AlertChanged { alert: id, status, level, alert_type, timer } => {
                let alert = alerts.get_mut(id)?;
                alert.alert_type = alert_type.unwrap_or(alert.alert_type);
                alert.status = *status;
                alert.level = *level;
                alert.due = timer.map(|timer| timer.from(event.at));
                alert.updated_at = event.at;
                Some(Change::Alert(*id))
            }
            _ => None,
        }
    }
}

impl EventKind {
    /// An alert that nobody has seen.
    pub fn alert(
        alert: AlertId,
        file: Option<FileId>,
        alert_type: AlertType,
        title: impl Into<String>,
        message: impl Into<String>,
    ) -> EventKind {
        let (title, message, status, level, timer) = (title.into(), message.into(), AlertStatus::New, 0, None);
        EventKind::AlertRaised { alert, file, alert_type, title, message, status, level, timer }
    }
}

/// The title of the alert that a hook fails, by which it is found again.
pub fn hook_alert_title(hook: &str) -> String {
    format!("the alert hook {hook} fails")
}

/// The title of the alert that the history table of another tool is not kept in step, by which it is found again.
pub fn step_alert_title(tool: &str) -> String {
    format!("the history table of {tool} is not kept in step")
}

/// The command that ends that such a table is kept in step.
pub const END_IN_STEP: &str = "caribou schema settings adopt.keep_in_step --unset";
