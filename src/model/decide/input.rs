//! What is decided about, and what comes of it.

use crate::model::*;
use serde::{Deserialize, Serialize};

/// An event that is not yet numbered and timed.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub batch: BatchId,
    pub operator: Option<String>,
    pub kind: EventKind,
}

impl Draft {
    /// An event of the engine itself.
    pub fn new(batch: BatchId, kind: EventKind) -> Draft {
        Draft { batch, operator: None, kind }
    }
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The check's name (`validation_type`).
    pub check: String,
    pub status: ValidationStatus,
    /// The rollback class that the finding is worth, where it is one.
    pub class: Option<Class>,
    /// What was compared, and what was found.
    pub result: String,
    pub ms: u64,
}

impl Finding {
    /// Whether the file may not go on.
    pub fn blocks(&self) -> bool {
        self.status == ValidationStatus::Failed
    }
}

/// How a statement ended.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementResult {
    Done {
        rows: u64,
        ms: u64,
        warnings: Vec<String>,
        fingerprint: String,
        /// What it changed, as defined afterwards.
        definitions: Vec<(String, Option<String>)>,
        /// What was kept, counted.
        kept: Vec<Kept>,
    },
    Failed {
        ms: u64,
        failure: Failure,
        effect: Effect,
    },
}

/// What the engine learned or was asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    LeaseTaken {
        token: Token,
        holder: String,
        connection: u64,
        server: String,
    },
    LeaseReleased {
        token: Token,
    },
    /// The lease was taken on another server than the one that the journal was written on.
    OtherServer {
        token: Token,
        holder: String,
        connection: u64,
        servers: Servers,
    },
    /// Expired rows of the ephemeral schema are gone, so many of each table.
    Purged {
        rows: Vec<(String, u64)>,
    },
    /// A plan is to become a batch.
    Submitted {
        submission: Box<Submission>,
        operator: String,
        command: Option<CommandId>,
    },
    Commanded(Command),
    /// An approver has decided; `now` is the server's clock. Every batch after the one concerned is loaded.
    Decision {
        decision: Decision,
        now: Millis,
    },
    /// Something about a window is due, on the server's clock. Every batch after the one concerned is loaded.
    Due {
        batch: BatchId,
        rollback: RollbackId,
        kind: JobKind,
        now: Millis,
    },
    /// Undoing the file would destroy rows that others wrote since. `what` says where they are.
    WouldLose {
        batch: BatchId,
        file: FileId,
        rows: u64,
        what: String,
    },
    /// A batch that waited for others is driven now.
    Driven {
        batch: BatchId,
    },
    /// The file's turn has come.
    Turn {
        batch: BatchId,
        file: FileId,
    },
    Prepared {
        batch: BatchId,
        file: FileId,
        result: Result<(), Failure>,
    },
    /// The file clashes with others before it, and stands in line.
    Blocked {
        batch: BatchId,
        file: FileId,
    },
    CheckedBefore {
        batch: BatchId,
        file: FileId,
        findings: Vec<Finding>,
    },
    Captured {
        batch: BatchId,
        file: FileId,
        fingerprint: String,
        definitions: Vec<(String, Option<String>)>,
    },
    /// A statement is about to be sent; committed before it is.
    Sending {
        batch: BatchId,
        file: FileId,
        statement: u32,
        phase: Phase,
        hash: Checksum,
        line: u32,
        fingerprint: String,
        connection: u64,
        /// What is kept of what it destroys.
        kept: Vec<Kept>,
    },
    Waited {
        batch: BatchId,
        file: FileId,
        attempt: u32,
        ms: u64,
        failure: Failure,
        blockers: Vec<String>,
    },
    Ended {
        batch: BatchId,
        file: FileId,
        result: StatementResult,
    },
    CheckedAfter {
        batch: BatchId,
        file: FileId,
        findings: Vec<Finding>,
    },
    /// The file's completion has been recorded everywhere.
    Recorded {
        batch: BatchId,
        file: FileId,
    },
    /// The file has no statement left to run.
    Drained {
        batch: BatchId,
        file: FileId,
    },
    /// An explicit transaction of one of the file's scripts ended without a commit that we know of.
    TransactionLost {
        batch: BatchId,
        file: FileId,
        phase: Phase,
        from: u32,
        effect: Effect,
        evidence: String,
    },
    /// What the file had set up in its session (a transaction, variables, temporary tables) is gone with the session.
    SessionLost {
        batch: BatchId,
        file: FileId,
        failure: Failure,
    },
    /// An abort that keeps nothing found completed files and nothing under way.
    AbortBatch {
        batch: BatchId,
    },
    /// An abort, or a rollback of the whole batch, comes to the file, which has no statement under way.
    AbortFile {
        batch: BatchId,
        file: FileId,
    },
    /// A running rollback comes to this completed file.
    RollBack {
        batch: BatchId,
        file: FileId,
    },
    /// A running rollback has nothing left that it can undo.
    RollbackDone {
        batch: BatchId,
        rollback: RollbackId,
    },
    UndoChosen {
        batch: BatchId,
        file: FileId,
        plan: UndoPlan,
    },
    /// `difference` is `None` when the fingerprints are equal.
    Verified {
        batch: BatchId,
        file: FileId,
        difference: Option<String>,
    },
    /// A restart looked at the database and says what became of the statement under way.
    Decided {
        batch: BatchId,
        file: FileId,
        effect: Effect,
        evidence: String,
        /// What it changed, as defined now, where it took effect.
        definitions: Vec<(String, Option<String>)>,
    },
    /// A worker has taken the batch over from one that is gone. `resumable` files can go on in another session; the undo
    /// of `dear` ones is not to begin unasked, and why.
    Restarted {
        batch: BatchId,
        resumable: Vec<FileId>,
        dear: Vec<(FileId, String)>,
    },
    BreakpointReached {
        batch: BatchId,
        file: FileId,
        statement: Option<u32>,
    },
    /// The process is asked to end: the batch pauses.
    Interrupted {
        batch: BatchId,
    },
    /// No statement is under way, so what was asked for is so.
    Quiet {
        batch: BatchId,
    },
    ProgressDue {
        batch: BatchId,
        done: Progress,
    },
    /// The time of these tables of the undo schema is over.
    Expired {
        batch: BatchId,
        places: Vec<String>,
    },
    /// Nothing more can move.
    Exhausted {
        batch: BatchId,
    },
}
