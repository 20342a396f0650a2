//! Rollbacks: their class, their scope, and the window in which somebody decides (`3-rollback`).

use super::row::{Cell, Row, Table};
use super::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// How a window was closed without a rollback. The column has no word for it: its row keeps `pending`, with
/// `is_deleted = 1` and this word in `properties.decision`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// An approver said no.
    Rejected,
    /// The window lapsed, and the files stay.
    Kept,
    /// The window lapsed, and a person has to look.
    Escalated,
}

impl Closed {
    /// The word in `properties.decision`, in JSON and on screens.
    pub fn as_str(self) -> &'static str {
        match self {
            Closed::Rejected => "rejected",
            Closed::Kept => "kept",
            Closed::Escalated => "escalated",
        }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a compensating batch takes back: it brings the system to a higher epoch, while the files themselves are undone
/// in the batch that they are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compensates {
    pub batch: BatchId,
    pub rollback: RollbackId,
}

/// A row of `migration_rollback_log`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    pub id: RollbackId,
    pub batch: BatchId,
    pub file: Option<FileId>,
    pub class: Class,
    pub reason: String,
    pub status: RollbackStatus,
    /// The files in the order in which they will be undone. While it is pending it is as it was when the window opened:
    /// the scope is looked at again when somebody approves.
    pub files: Vec<FileId>,
    /// The files that the finding or the operator named; the scope follows from them. Empty: the whole batch.
    pub affected: Vec<FileId>,
    /// When the window lapses; `None` where there is none.
    pub decide_by: Option<Millis>,
    /// The last warning that was given.
    pub warned: Option<Mark>,
    /// How the window was closed, if it was.
    pub closed: Option<Closed>,
    /// The operator who asked for it; `None` when a finding or a failure brought it.
    pub opened_by: Option<String>,
    /// Who approved or rejected it.
    pub decided_by: Option<String>,
    /// The alert that was raised with it.
    pub alert: Option<AlertId>,
    /// The batch that stands for it in history.
    pub compensated_by: Option<BatchId>,
    /// The files whose undo has begun.
    pub begun: BTreeSet<FileId>,
    /// Somebody has decided that rows which others wrote may go.
    pub loss_accepted: bool,
    pub started_at: Option<Millis>,
    pub ms: u64,
    pub error: Option<String>,
    pub created_at: Millis,
    pub updated_at: Millis,
}

impl Rollback {
    /// The rollback that a `rollback_opened` event brings; `None` for any other event.
    pub(super) fn opened(event: &Event) -> Option<Rollback> {
        let EventKind::RollbackOpened { rollback, file, class, reason, files, affected, window, alert } = &event.kind
        else {
            return None;
        };
        Some(Rollback {
            id: *rollback,
            batch: event.batch,
            file: *file,
            class: *class,
            reason: reason.clone(),
            status: RollbackStatus::Pending,
            files: files.clone(),
            affected: affected.clone(),
            decide_by: window.map(|ms| event.at.plus(ms)),
            warned: None,
            closed: None,
            opened_by: event.operator.clone(),
            decided_by: None,
            alert: *alert,
            compensated_by: None,
            begun: BTreeSet::new(),
            loss_accepted: false,
            started_at: None,
            ms: 0,
            error: None,
            created_at: event.at,
            updated_at: event.at,
        })
    }

    /// Takes in an event about it.
    pub(super) fn apply(&mut self, event: &Event) {
        use EventKind::*;
        match &event.kind {
            RollbackStarted { files, compensating, .. } => {
                self.status = RollbackStatus::Running;
                self.started_at = Some(event.at);
                self.compensated_by = *compensating;
                if !files.is_empty() {
                    self.files.clone_from(files);
                }
            }
            RollbackEnded { status, error, .. } => {
                self.status = *status;
                self.ms = event.at.since(self.started_at.unwrap_or(self.created_at));
                self.error.clone_from(error);
            }
            WindowWarned { mark, .. } => self.warned = Some(*mark),
            WindowLapsed { then, .. } => self.closed = then.closes(),
            DecisionAccepted { verdict, .. } => {
                self.decided_by.clone_from(&event.operator);
                match (verdict, self.status) {
                    (Verdict::Reject, RollbackStatus::Pending) => self.closed = Some(Closed::Rejected),
                    (Verdict::Approve, RollbackStatus::Running) => self.loss_accepted = true,
                    _ => {}
                }
            }
            _ => {}
        }
        self.updated_at = event.at;
    }

    /// Whether it still has work to do or waits for somebody.
    pub fn is_open(&self) -> bool {
        self.is_awaiting() || self.status == RollbackStatus::Running
    }

    /// Whether somebody is to decide: pending and not closed.
    pub fn is_awaiting(&self) -> bool {
        self.status == RollbackStatus::Pending && self.closed.is_none()
    }

    /// Whether its window is over at a moment of the database's clock: at the deadline itself it is.
    pub fn has_lapsed(&self, now: Millis) -> bool {
        self.decide_by.is_some_and(|deadline| now >= deadline)
    }

    pub(super) fn row(&self) -> Row {
        let properties = serde_json::json!({
            "files": self.files,
            "decide_by": self.decide_by.map(Millis::to_rfc3339),
            "decision": self.closed,
            "opened_by": self.opened_by,
            "decided_by": self.decided_by,
            "compensated_by": self.compensated_by,
        });
        let row = Row::new(
            Table::RollbackLog,
            self.id.0,
            vec![
                Cell::Int(self.batch.0),
                Cell::Int(self.file.map_or(0, |f| f.0)),
                Cell::text(self.class.as_str()),
                Cell::Text(self.reason.chars().take(255).collect()),
                Cell::text(self.status.as_str()),
                Cell::int(self.files.len() as u64),
                Cell::int(self.ms),
                self.error.as_ref().map_or(Cell::Null, |e| Cell::text(e)),
            ],
            &properties,
            self.created_at,
            self.updated_at,
        );
        if self.closed.is_some() { row.deleted(self.updated_at) } else { row }
    }
}
