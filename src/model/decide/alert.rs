//! Alerts over time: acknowledged, passed on, rising until somebody acknowledges them, firing again.

use super::input::Draft;
use crate::model::{
    Alert, AlertId, AlertPolicy, AlertStatus, AlertTimer, AlertType, Batch, BatchId, END_IN_STEP, EventKind,
    HIGHEST_LEVEL, JobKind, Millis, World, hook_alert_title, step_alert_title,
};
use std::collections::BTreeMap;

/// Somebody says where an alert stands. Escalating raises its level; an acknowledgement lasts as long as the policy
/// says.
pub(super) fn change(
    alerts: &BTreeMap<AlertId, Alert>,
    policy: Option<AlertPolicy>,
    id: AlertId,
    to: AlertStatus,
) -> Result<Vec<EventKind>, String> {
    let alert = alerts.get(&id).ok_or_else(|| format!("there is no alert {id} there"))?;
    if alert.status == AlertStatus::Resolved {
        return Err(format!("alert {id} is resolved already"));
    }
    if alert.status == to && to != AlertStatus::Escalated {
        return Err(format!("alert {id} is {to} already"));
    }
    let (level, timer) = match to {
        AlertStatus::Escalated => (alert.level + 1, rising(alert, policy, alert.level + 1)),
        AlertStatus::Acknowledged => (alert.level, policy.map(|policy| AlertTimer::AckExpiresIn(policy.ack_expires))),
        AlertStatus::New | AlertStatus::Resolved => (alert.level, None),
    };
    Ok(vec![EventKind::AlertChanged { alert: id, status: to, level, alert_type: None, timer }])
}

/// An alert that rises does so until it is at the highest level.
fn rising(alert: &Alert, policy: Option<AlertPolicy>, level: u32) -> Option<AlertTimer> {
    policy.filter(|_| alert.rises && level < HIGHEST_LEVEL).map(|policy| AlertTimer::RisesIn(policy.rises))
}

/// The batch has run for longer than it should: an alert of level 1, which rises until somebody acknowledges it.
pub(super) fn prolonged(world: &World, batch: &Batch, now: Millis) -> Vec<Draft> {
    let Some(policy) = batch.policy.alerts.filter(|_| !batch.status.is_final() && batch.prolonged.is_none()) else {
        return Vec::new();
    };
    let alert = AlertId(world.ids.alert + 1);
    let since = batch.started_at.unwrap_or(batch.created_at);
    let expected = batch.expected_ms.unwrap_or(policy.prolonged);
    let holds: Vec<String> = batch.holds.iter().map(|(hold, reason)| format!("; it is {hold}: {reason}")).collect();
    let message = format!(
        "It has run for {}, and should have ended within {}: {} of {} files have completed{}. `caribou status` shows \
         where it stands; `caribou ack {alert}` says that somebody looks after it.",
        minutes(now.since(since)),
        minutes(expected),
        batch.completed,
        batch.total_files,
        holds.concat(),
    );
    let raised = EventKind::AlertRaised {
        alert,
        file: None,
        alert_type: AlertType::Warning,
        title: format!("batch {} runs longer than expected", batch.id),
        message,
        status: AlertStatus::New,
        level: 1,
        timer: Some(AlertTimer::RisesIn(policy.rises)),
    };
    [raised, EventKind::BatchProlonged { alert }].into_iter().map(|kind| Draft::new(batch.id, kind)).collect()
}

fn minutes(ms: u64) -> String {
    match ms {
        0..90_000 => format!("{} s", ms.div_ceil(1000)),
        90_000..5_400_000 => format!("{} min", ms / 60_000),
        _ => format!("{}.{} h", ms / 3_600_000, ms % 3_600_000 / 360_000),
    }
}

/// Time does something to an alert.
pub(super) fn due(batch: &Batch, id: AlertId, kind: JobKind) -> Vec<Draft> {
    let Some(alert) = batch.alerts.get(&id) else { return Vec::new() };
    let policy = batch.policy.alerts;
    let changed = match (kind, alert.status) {
        (JobKind::AlertRises, AlertStatus::New | AlertStatus::Escalated) => {
            let level = alert.level + 1;
            let alert_type = Some(AlertType::Critical).filter(|_| level >= HIGHEST_LEVEL);
            let timer = rising(alert, policy, level);
            EventKind::AlertChanged { alert: id, status: AlertStatus::Escalated, level, alert_type, timer }
        }
        (JobKind::AckExpires, AlertStatus::Acknowledged) => {
            let timer = rising(alert, policy, alert.level);
            EventKind::AlertChanged { alert: id, status: AlertStatus::New, level: alert.level, alert_type: None, timer }
        }
        _ => return Vec::new(),
    };
    vec![Draft::new(batch.id, changed)]
}

/// A hook does not deliver, or does again.
pub(super) fn hook_told(world: &World, hook: &str, trouble: Option<String>) -> Vec<Draft> {
    let message = trouble.map(|trouble| {
        format!(
            "{trouble}\nNothing is lost: what it should have told stands in `caribou alerts`. `caribou alerts test --hook \
             {hook}` tries it."
        )
    });
    standing(world, hook_alert_title(hook), message)
}

/// The history table of another tool is not kept in step, or is again.
pub(super) fn step_told(world: &World, tool: &str, trouble: Option<String>) -> Vec<Draft> {
    let message = trouble.map(|trouble| {
        format!(
            "{trouble}\nNo migration waits for it, and {tool} would run again what has run here. What is missing is written \
             with the next file, or by the next worker, once that is possible: bring the table back, or let this account \
             write it; `{END_IN_STEP}` ends it."
        )
    });
    standing(world, step_alert_title(tool), message)
}

/// Something about the system stands as long as there is a message. However often it is told, there is one alert about it.
fn standing(world: &World, title: String, message: Option<String>) -> Vec<Draft> {
    let open = world.system.alerts.values().rev().find(|a| a.title == title && a.status != AlertStatus::Resolved);
    let kind = match (open, message) {
        (None, Some(message)) => {
            EventKind::alert(AlertId(world.ids.alert + 1), None, AlertType::Warning, title, message)
        }
        (Some(alert), None) => EventKind::AlertChanged {
            alert: alert.id,
            status: AlertStatus::Resolved,
            level: alert.level,
            alert_type: None,
            timer: None,
        },
        _ => return Vec::new(),
    };
    vec![Draft::new(BatchId::SYSTEM, kind)]
}
