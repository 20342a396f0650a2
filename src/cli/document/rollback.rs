//! Rollbacks and alerts in these documents.

use super::has_none_more;
use crate::model::{Batch, File, Hold, Millis, World};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RollbackDocument {
    pub id: i64,
    pub batch: i64,
    pub class: &'static str,
    pub status: &'static str,
    /// Way in which its window was closed without a rollback: rejected, kept or escalated.
    pub decision: Option<&'static str>,
    /// Reason why it holds half-way until somebody has approved or rejected it.
    pub held: Option<String>,
    pub reason: String,
    pub decide_by: Option<String>,
    /// Approver who approved or rejected it.
    pub decided_by: Option<String>,
    /// The batch that stands for it in history.
    pub compensated_by: Option<i64>,
    pub error: Option<String>,
    /// Paths of the files, in the order in which they are undone; on a page of a batch, of those that it holds.
    pub scope: Vec<String>,
    /// Number of files whose paths are not among these.
    #[serde(skip_serializing_if = "has_none_more")]
    pub scope_more: u64,
    /// Of each file whose undo did not go in one: its path, and what is to be told of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AlertDocument {
    pub id: i64,
    #[serde(rename = "type")]
    pub alert_type: &'static str,
    pub title: String,
    pub status: &'static str,
    pub level: u32,
}

/// A rollback, with its scope as it is now.
pub(crate) fn rollback_document(world: &World, batch: &Batch, rollback: &crate::model::Rollback) -> RollbackDocument {
    let is_running = rollback.status == crate::model::RollbackStatus::Running;
    let of_crash = batch.crashed().next().is_some();
    // What a rollback would undo now is known of a whole batch only: a page tells what it was when it was opened.
    let scope = match batch.files.len() < batch.total_files as usize {
        true => rollback.files.clone(),
        false => world.scope_of(rollback),
    };
    let files = || scope.iter().filter_map(|id| batch.file(*id));
    let story = |file: &File| file.undo.as_ref().map(|undo| undo.story()).unwrap_or_default();
    let told = |file: &File| story(file).into_iter().map(|line| format!("{}: {line}", file.path)).collect::<Vec<_>>();
    RollbackDocument {
        id: rollback.id.0,
        batch: rollback.batch.0,
        class: rollback.class.as_str(),
        status: rollback.status.as_str(),
        decision: rollback.closed.map(crate::model::Closed::as_str),
        held: batch.holds.get(&Hold::AwaitingApproval).filter(|_| is_running && !of_crash).cloned(),
        reason: rollback.reason.clone(),
        decide_by: rollback.decide_by.map(Millis::to_rfc3339),
        decided_by: rollback.decided_by.clone(),
        compensated_by: rollback.compensated_by.map(|b| b.0),
        error: rollback.error.clone(),
        scope: files().map(|file| file.path.clone()).collect(),
        scope_more: (scope.len() - files().count()) as u64,
        undo: if rollback.is_open() { Vec::new() } else { files().flat_map(told).collect() },
    }
}

impl From<&crate::model::Alert> for AlertDocument {
    fn from(alert: &crate::model::Alert) -> AlertDocument {
        AlertDocument {
            id: alert.id.0,
            alert_type: alert.alert_type.as_str(),
            title: alert.title.clone(),
            status: alert.status.as_str(),
            level: alert.level,
        }
    }
}
