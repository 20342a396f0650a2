//! A file in its batch, about which almost every decision is, and inputs that do not fit it.

use super::input::Draft;
use crate::model::{
    AlertId, AlertType, Batch, BatchId, Cause, EventKind, Failure, File, FileId, FileState, IllegalTransition,
    SystemStatus, World, check_transition,
};

/// An input that does not fit the world: a defect of the caller, or a world that has moved on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Transition(#[from] IllegalTransition),
    #[error("batch {0} is not known here")]
    NoBatch(BatchId),
    #[error("file {file} is not in batch {batch}")]
    NoFile { batch: BatchId, file: FileId },
    #[error("the freeze cannot go on so: the system is {from}")]
    Freeze { from: SystemStatus },
    #[error("{what} does not fit file {file} in state {state}")]
    Misplaced { what: &'static str, file: FileId, state: FileState },
}

/// A batch that the world knows.
pub(super) fn known(world: &World, batch: BatchId) -> Result<&Batch, Refusal> {
    world.batch(batch).ok_or(Refusal::NoBatch(batch))
}

/// A file of a batch, with both around it.
pub(super) fn in_batch(world: &World, batch: BatchId, file: FileId) -> Result<FileContext<'_>, Refusal> {
    let batch = known(world, batch)?;
    let file = batch.file(file).ok_or(Refusal::NoFile { batch: batch.id, file })?;
    Ok(FileContext { world, batch, file, taken: 0 })
}

/// A file in its batch in its world: what almost every decision is about.
pub(super) struct FileContext<'a> {
    pub(super) world: &'a World,
    pub(super) batch: &'a Batch,
    pub(super) file: &'a File,
    /// Number of rollbacks, each with its alert, this decision has opened before.
    pub(super) taken: i64,
}

impl FileContext<'_> {
    pub(super) fn draft(&self, kind: EventKind) -> Draft {
        Draft::new(self.batch.id, kind)
    }

    pub(super) fn expects(&self, what: &'static str, state: FileState) -> Result<(), Refusal> {
        if self.file.state == state {
            return Ok(());
        }
        Err(Refusal::Misplaced { what, file: self.file.id, state: self.file.state })
    }

    /// The move to a state, if the table allows it.
    pub(super) fn moved(&self, to: FileState, cause: Cause, failure: Option<Failure>) -> Result<Vec<Draft>, Refusal> {
        let from = self.file.state;
        let row = check_transition(from, to)?;
        debug_assert!(row.causes.contains(&cause), "{from} -> {to} does not happen by {cause:?}");
        Ok(vec![self.draft(EventKind::FileMoved { file: self.file.id, from, to, cause, failure })])
    }

    /// An alert about the file.
    pub(super) fn alert(&self, alert_type: AlertType, what: &str, message: &str) -> Draft {
        let alert = AlertId(self.world.ids.alert + 1 + self.taken);
        self.draft(EventKind::alert(
            alert,
            Some(self.file.id),
            alert_type,
            format!("{} {what}", self.file.path),
            message,
        ))
    }
}
