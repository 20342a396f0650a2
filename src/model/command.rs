//! Commands of operators. The worker answers each with an event; nothing is drawn on expectation.

use crate::model::{
    Ahead, AlertId, AlertStatus, BatchId, BatchStatus, Checksum, Class, CommandId, FileId, FileRepair, FileState,
    Outcome, RollbackId, Seen, Submission, Verdict,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Length of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepUnit {
    /// Until the next statement has ended.
    Statement,
    /// Until a file has entered its next state.
    Transition,
}

/// The operator's verbs, the same words as on the command line. Later verbs are added here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Verb {
    /// Drive the command's submission as a new batch (how `migrate` hands over to a live worker).
    Run,
    Pause,
    Resume,
    Step {
        unit: StepUnit,
    },
    Retry {
        file: FileId,
    },
    /// A person has mended a failed file by hand and says how it stands.
    Settle {
        file: FileId,
        outcome: Outcome,
    },
    /// Stop now: the running statement is killed, and everything of the batch is undone unless told otherwise.
    Abort {
        keep_completed: bool,
    },
    /// Take back what has run. No files: the whole batch. A window opens in which somebody decides, unless it is class A
    /// or `now` is asked for, and no second account has to approve.
    #[serde(rename = "rollback")]
    RollBack {
        files: Vec<FileId>,
        class: Class,
        #[serde(default)]
        now: bool,
        /// What others have made since may go with it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        accept_loss: bool,
    },
    /// Somebody has seen an alert, has dealt with it, or passes it on.
    Alert {
        alert: AlertId,
        to: AlertStatus,
    },
    /// Let go what is kept of what a file destroyed, or all files of the batch.
    Discard {
        file: Option<FileId>,
    },
    Break {
        file: FileId,
        statement: Option<u32>,
        clear: bool,
    },
    /// A person says that an item of the checklist is done for a plan, or takes that back.
    Tick {
        item: String,
        plan: Checksum,
        done: bool,
    },
    /// Keep others from writing, as far as the server can.
    Freeze,
    /// Let them write again; or say that the emergency is over.
    Thaw {
        /// The operator has lifted it past the worker.
        #[serde(default)]
        emergency: bool,
    },
    /// Files that have run lie in the directory otherwise: that is what is recorded of them.
    Repair {
        files: Vec<FileRepair>,
    },
    /// This server, which is not the one that the journal was written on, is the right one.
    AcceptServer {
        server: String,
    },
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// State that the operator saw when asking. When it no longer holds, the command is refused and says what changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_status: Option<BatchStatus>,
    /// A file and the state it was in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<(FileId, FileState)>,
    /// What came next: a step is spent on that alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<Ahead>,
}

impl Expectation {
    /// The status of the batch, which must still be what it is.
    pub fn of_status(status: BatchStatus) -> Expectation {
        Expectation { batch_status: Some(status), ..Expectation::default() }
    }
}

/// A row of `migration_commands` as the worker reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    pub id: CommandId,
    /// The batch it is about; 0 for `run`.
    pub batch: BatchId,
    /// The account, as the server stamped it.
    pub operator: String,
    pub verb: Verb,
    #[serde(default)]
    pub reason: Option<String>,
    #[serde(default)]
    pub expects: Expectation,
    /// The plan that `run` asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<Box<Submission>>,
}

/// A command as somebody asks for it, before it has a number and before anybody has looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandRequest {
    pub batch: BatchId,
    pub verb: Verb,
    pub reason: Option<String>,
    /// State that the operator saw when asking.
    pub expects: Expectation,
}

impl CommandRequest {
    /// A verb that is about the system, not about a batch.
    pub fn of_system(verb: Verb) -> CommandRequest {
        CommandRequest { batch: BatchId::SYSTEM, verb, reason: None, expects: Expectation::default() }
    }
}

/// A decision as an approver asks for it, before it has a number and before anybody has looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRequest {
    pub batch: BatchId,
    pub rollback: RollbackId,
    pub verdict: Verdict,
    pub reason: Option<String>,
    /// State that the approver saw when deciding.
    pub seen: Seen,
}

/// Rollback that a blast radius is looked up for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RollbackSubject {
    /// A rollback that is open: it waits for a decision, or runs.
    Opened(RollbackId),
    /// One that nobody has asked for yet: these files, or the whole batch.
    Proposed { files: Vec<FileId>, class: Class },
}
