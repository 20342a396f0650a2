//! Work that a worker is started for, and the end that it comes to.

use crate::model::{BatchId, BatchStatus, CommandId, DecisionId, Submission};
use std::time::Duration;

/// Work of a worker.
#[derive(Debug, Clone)]
pub enum Work {
    /// Whatever comes, until told to stop.
    Forever,
    /// This plan as a new batch, to its end.
    Submit { submission: Box<Submission>, operator: String },
    /// Answer the commands that wait, the last of them this one, carry out the rollbacks that were ordered, and end:
    /// for verbs that no worker is needed for.
    AnswerCommand { command: CommandId },
    /// Answer the decisions that wait, the last of them this one, carry out what was approved, and end.
    AnswerDecision { decision: DecisionId },
    /// A batch that exists, to its end.
    Continue { batch: BatchId },
}

/// End of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Told to stop: what was open is paused safely.
    Stopped {
        batch: Option<BatchId>,
    },
    Batch {
        id: BatchId,
        status: BatchStatus,
        needs_person: bool,
    },
    /// Another worker holds the lease.
    Busy {
        holder: String,
        age: Duration,
    },
}
