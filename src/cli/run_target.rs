//! A batch to be driven, and the end of driving it.

use super::exit::Exit;
use crate::model::{BatchId, Submission, World};

/// A batch to be driven to its end: a new one, or one that is open.
pub(crate) enum RunTarget {
    Submit(Box<Submission>),
    Continue(BatchId),
}

/// The end of a batch that was driven or followed.
pub(crate) struct RunResult {
    pub batch: BatchId,
    pub world: World,
    pub exit: Exit,
}
