//! The rollback that a compensating batch stands for.

use crate::model::{BatchId, RollbackId};
use serde::{Deserialize, Serialize};

/// Subject of a compensating batch: it brings the system to a higher epoch, while the files themselves are undone in
/// the batch that they are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Compensates {
    pub batch: BatchId,
    pub rollback: RollbackId,
}
