//! Rollbacks: their class, their scope, and the window in which somebody decides (`docs/design/undo.md`, Classes).

use crate::model::{
    AlertId, BatchId, Class, Closed, Event, EventKind, FileId, Mark, Millis, RollbackId, RollbackStatus, Verdict,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A rollback: what it is about, who has decided, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Time when the window lapses; `None` where there is none.
    pub decide_by: Option<Millis>,
    /// The last warning that was given.
    pub warned: Option<Mark>,
    /// End of the window without a rollback, if it came to that.
    pub closed: Option<Closed>,
    /// The operator who asked for it; `None` when a finding or a failure brought it.
    pub opened_by: Option<String>,
    /// Approver who approved or rejected it.
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
        let EventKind::RollbackOpened { rollback, file, class, reason, files, affected, window, alert, loss_accepted } =
            &event.kind
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
            loss_accepted: *loss_accepted,
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

    /// True if it still has work to do or waits for somebody.
    pub fn is_open(&self) -> bool {
        self.is_awaiting() || self.status == RollbackStatus::Running
    }

    /// True if somebody is to decide: pending and not closed.
    pub fn is_awaiting(&self) -> bool {
        self.status == RollbackStatus::Pending && self.closed.is_none()
    }

    /// True if its window is over at a moment of the database's clock: at the deadline itself it is.
    pub fn has_lapsed(&self, now: Millis) -> bool {
        self.decide_by.is_some_and(|deadline| now >= deadline)
    }
}
