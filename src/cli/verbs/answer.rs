//! The answers to what was handed in, in JSON.

use super::super::document::RollbackDocument;
use crate::model::{BatchId, CommandId};
use serde::Serialize;

/// The answer to a command.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct CommandAnswer {
    pub command: CommandId,
    pub batch: BatchId,
    pub verb: &'static str,
    /// `submitted`, `accepted`, `effective` or `refused`.
    pub status: &'static str,
    pub reason: Option<String>,
    pub worker_alive: bool,
}

/// The answer to `rollback`, `approve`, `reject` or `override`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct RequestAnswer {
    /// The number of the command or of the decision.
    pub id: i64,
    pub batch: BatchId,
    pub verb: &'static str,
    /// `submitted`, `accepted`, `effective` or `refused`.
    pub status: &'static str,
    pub reason: Option<String>,
    pub worker_alive: bool,
    /// The rollback as it stands, where there is one yet.
    pub rollback: Option<RollbackDocument>,
}

/// The answer to a freeze that this account has lifted by itself.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct ThawAnswer {
    /// Null where it could not be handed in for the journal.
    pub command: Option<CommandId>,
    pub verb: &'static str,
    pub status: &'static str,
    pub emergency: bool,
    pub read_only: bool,
    /// How it is known that it is lifted.
    pub proof: String,
    pub reason: &'static str,
    pub worker_alive: bool,
}
