//! The alerts that are known, of all batches and of the system, and what may be done about one.

use super::app::App;
use super::names;
use super::views::{RowKey, RowKind};
use crate::model::{Alert, AlertId, AlertStatus, AlertType, BatchId, Rollback};
use std::collections::BTreeMap;

/// Every alert that is known, through no filter: those that nobody has seen by level and gravity, then those that
/// somebody has seen, then those that are over, the newest first.
pub fn all(app: &App) -> Vec<&Alert> {
    let mut known: BTreeMap<AlertId, &Alert> = BTreeMap::new();
    known.extend(app.lists.alerts.told.iter().flat_map(|list| &list.alerts).map(|alert| (alert.id, alert)));
    // The journal on the screen is newer than what was read.
    known.extend(app.data.world.system.alerts.iter().map(|(id, alert)| (*id, alert)));
    known.extend(app.data.batch().into_iter().flat_map(|batch| &batch.alerts).map(|(id, alert)| (*id, alert)));
    let mut all: Vec<&Alert> = known.into_values().collect();
    let newest = |alert: &Alert| std::cmp::Reverse(alert.id);
    all.sort_by_key(|alert| match alert.status {
        AlertStatus::New | AlertStatus::Escalated => {
            let level = std::cmp::Reverse((alert.level, alert.alert_type.gravity()));
            (0, level, newest(alert))
        }
        AlertStatus::Acknowledged => (1, std::cmp::Reverse((0, 0)), newest(alert)),
        AlertStatus::Resolved => (2, std::cmp::Reverse((0, 0)), newest(alert)),
    });
    all
}

/// The alerts that somebody should look at, of every batch: what nobody has acknowledged, milestones left out.
pub fn open(app: &App) -> Vec<&Alert> {
    let is_open = |alert: &&Alert| matches!(alert.status, AlertStatus::New | AlertStatus::Escalated);
    all(app).into_iter().filter(is_open).filter(|alert| alert.alert_type != AlertType::Info).collect()
}

/// The alerts that pass the filter of the screen.
pub fn shown(app: &App) -> Vec<&Alert> {
    let filter = &app.alerts.filter;
    all(app).into_iter().filter(|alert| filter.is_empty() || filter.passes(&searchable(alert))).collect()
}

fn searchable(alert: &Alert) -> String {
    format!(
        "A{} {} {} {} type:{} status:{} level:{} batch:{}",
        alert.id, alert.alert_type, alert.status, alert.title, alert.alert_type, alert.status, alert.level, alert.batch
    )
}

/// Key of a row.
pub fn key(alert: &Alert) -> RowKey {
    RowKey(RowKind::Single, alert.id.0)
}

/// The alert under the cursor.
pub fn selected(app: &App) -> Option<&Alert> {
    shown(app).get(app.alerts.cursor).copied()
}

/// The rollback that an alert was raised with, where its batch is on the screen.
pub fn rollback_of<'a>(app: &'a App, alert: &Alert) -> Option<&'a Rollback> {
    app.data.batch()?.rollbacks.values().find(|rollback| rollback.alert == Some(alert.id))
}

/// Its title with the file's name in place of its path; where there is little room with the file's number, which leaves it
/// to what happened.
pub fn title(app: &App, alert: &Alert, wide: bool) -> String {
    let file = alert.file.and_then(|id| app.data.world.file(alert.batch, id));
    let short = |path| if wide { names::name(path) } else { names::number(path) };
    file.map_or_else(|| alert.title.clone(), |file| alert.title.replacen(&file.path, short(&file.path), 1))
}

/// Reason why an alert cannot be brought to a status, if so.
pub fn cannot(alert: &Alert, to: AlertStatus) -> Option<String> {
    match (alert.status, to) {
        (AlertStatus::Resolved, _) => Some(format!("A{} is resolved already", alert.id)),
        (AlertStatus::Acknowledged, AlertStatus::Acknowledged) => {
            Some(format!("A{} is acknowledged already", alert.id))
        }
        _ => None,
    }
}

/// The batch whose journal an alert stands in, where it is the one on the screen: what it knows of the alert is shown.
pub fn is_on_screen(app: &App, alert: &Alert) -> bool {
    alert.batch == BatchId::SYSTEM || app.data.batch == Some(alert.batch)
}
