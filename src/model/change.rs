//! Changes that an event makes, for those who keep the present state elsewhere.

use super::{AlertId, FileId, ProgressId, RollbackId, SystemStateId, ValidationId};

/// Something of an event's batch that the event has made or changed. What stands there now is in the world; of what is
/// made once and never changes (a validation, the dependencies of a file) the event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The batch itself.
    Batch,
    File(FileId),
    /// Dependencies of a planned file.
    Dependencies(FileId),
    Validation(ValidationId),
    Rollback(RollbackId),
    Progress(ProgressId),
    /// An alert of the batch; of the system where the event is of no batch.
    Alert(AlertId),
    /// The freeze, which is of the system.
    System(SystemStateId),
}
