//! The history table that is kept in step, and which events it has to hear of.

use crate::adopt::InStep;
use crate::model::{BatchId, Event, EventKind, FileId, FileState};

/// What is kept in step here.
#[derive(Debug, Default)]
pub(crate) struct InStepState {
    /// The tool; `None` where nothing is kept in step.
    pub(super) tool: Option<String>,
    /// Its table, where that was found and all is written that was to be.
    pub(super) table: Option<InStep>,
}

/// True if an event moves a file to its end, or from there.
pub(crate) fn ended(event: &Event) -> Option<(BatchId, FileId)> {
    match &event.kind {
        EventKind::FileMoved { file, to: FileState::Idle, .. } => Some((event.batch, *file)),
        _ => None,
    }
}

/// True if an event may change what is kept in step.
pub(crate) fn changes(event: &Event) -> bool {
    matches!(&event.kind, EventKind::BatchCreated { policy, .. } if policy.adopted.is_some())
}
