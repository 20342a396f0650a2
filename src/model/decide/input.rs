//! Inputs of a decision, and drafts of the events that come of it.

use crate::model::{
    Baseline, BatchId, Before, Checksum, Class, Command, CommandId, Decision, Effect, EventKind, Failure, FileId,
    FreezeStep, JobKind, JobSubject, Kept, MeasuredProbe, Millis, Orphans, Phase, PlannedFinding, Progress,
    RecordedDefinition, RollbackId, RunText, Servers, Submission, Token, UndoPlan, ValidationPhase, ValidationStatus,
    Versions,
};
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

/// Result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The check's name (`validation_type`).
    pub check: String,
    pub status: ValidationStatus,
    /// The rollback class that the finding is worth, where it is one.
    pub class: Option<Class>,
    /// Objects or values that were compared, and the result, in words.
    pub result: String,
    pub ms: u64,
}

impl Finding {
    /// The finding of a plan, as the checks before the file take it up.
    pub(super) fn from_plan(planned: &PlannedFinding) -> Finding {
        let status = if planned.blocks { ValidationStatus::Failed } else { ValidationStatus::Warning };
        Finding { check: planned.check.clone(), status, class: None, result: planned.result.clone(), ms: 0 }
    }

    /// True if the file may not go on.
    pub fn blocks(&self) -> bool {
        self.status == ValidationStatus::Failed
    }
}

/// Finding on a probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeFinding {
    /// Name of the probe; `None` for one on all of them.
    pub probe: Option<String>,
    pub finding: Finding,
}

/// End of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementResult {
    Done {
        rows: u64,
        ms: u64,
        warnings: Vec<String>,
        fingerprint: String,
        /// Definitions of the objects that it changed, as they are afterwards.
        definitions: Vec<RecordedDefinition>,
        /// Data that was kept, counted.
        kept: Vec<Kept>,
    },
    Failed {
        ms: u64,
        failure: Failure,
        effect: Effect,
    },
}

/// A statement that is about to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Sending {
    pub batch: BatchId,
    pub file: FileId,
    pub statement: u32,
    pub phase: Phase,
    pub hash: Checksum,
    pub line: u32,
    pub fingerprint: String,
    pub connection: u64,
    /// Data that is kept of what it destroys.
    pub kept: Vec<Kept>,
    /// Its transaction stays open behind it.
    pub shares: bool,
    /// Objects that others have changed since they were seen last.
    pub found: Vec<RecordedDefinition>,
    /// What it runs, where the file's own text does not tell that.
    pub runs: Option<Box<RunText>>,
}

impl Sending {
    /// The statement on the first line, by itself: nothing is kept of what it destroys, and nothing has changed since.
    pub fn new((batch, file): (BatchId, FileId), (phase, statement): (Phase, u32), hash: Checksum) -> Sending {
        Sending {
            batch,
            file,
            statement,
            phase,
            hash,
            line: 1,
            fingerprint: String::new(),
            connection: 0,
            kept: Vec::new(),
            shares: false,
            found: Vec::new(),
            runs: None,
        }
    }
}

/// Input of a decision: something that the engine learned, or was asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    LeaseTaken {
        token: Token,
        holder: String,
        connection: u64,
        server: String,
        files_as_worker: bool,
        versions: Versions,
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
    /// A freeze goes one step on.
    FreezeStepped {
        change: FreezeStep,
        operator: Option<String>,
    },
    /// What a command that freezes or thaws has come to; `Err`: why not.
    FreezeAnswered {
        command: Command,
        result: Result<(), String>,
    },
    /// The batch's policy asks for a freeze, and there can be none.
    FreezeMissing {
        batch: BatchId,
        reason: String,
    },
    /// People are told something about the freeze.
    FreezeAlert {
        title: &'static str,
        message: String,
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
    /// Something is due, on the server's clock. Where it is about a window, every batch after the one concerned is
    /// loaded.
    Due {
        batch: BatchId,
        subject: JobSubject,
        kind: JobKind,
        now: Millis,
    },
    /// An alert could not be delivered by a hook, again and again, or could be again (`None`).
    HookTold {
        hook: String,
        trouble: Option<String>,
    },
    /// A file could not be written into the history table of another tool that is kept in step, or all of them are in it
    /// again (`None`).
    InStepTold {
        tool: String,
        trouble: Option<String>,
    },
    /// Undoing the file would destroy rows that others wrote since, or what they have made. `what` says where that is.
    WouldLose {
        batch: BatchId,
        file: FileId,
        rows: u64,
        /// True if it would take away more than rows.
        objects: bool,
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
        definitions: Vec<RecordedDefinition>,
        orphans: Option<Vec<Orphans>>,
        relations: Vec<Orphans>,
        before: Option<Box<Before>>,
    },
    /// A statement is about to be sent; committed before it is.
    Sending(Sending),
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
    /// What the checks say of a statement that has ended.
    CheckedDuring {
        batch: BatchId,
        file: FileId,
        findings: Vec<Finding>,
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
    /// The transaction that the file's statements share was committed, since nothing goes on with it for now.
    TransactionCommitted {
        batch: BatchId,
        file: FileId,
    },
    /// A transaction of several statements of one of the file's scripts ended without a commit that we know of.
    TransactionLost {
        batch: BatchId,
        file: FileId,
        phase: Phase,
        from: u32,
        effect: Effect,
        evidence: String,
    },
    /// The session is gone, and with it what the file had set up there (a transaction, variables, temporary tables).
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
        not_compared: Vec<String>,
        /// Definitions that others have changed, left as they made them.
        left_alone: Vec<String>,
    },
    /// A restart looked at the database and says what became of the statement under way.
    Decided {
        batch: BatchId,
        file: FileId,
        effect: Effect,
        evidence: String,
        /// Definitions of the objects that it changed, as they are now, where it took effect.
        definitions: Vec<RecordedDefinition>,
    },
    /// A worker has taken the batch over from one that is gone. `resumable` files can go on in another session; the undo
    /// of `expensive` ones is not to begin unasked, and why.
    Restarted {
        batch: BatchId,
        resumable: Vec<FileId>,
        expensive: Vec<(FileId, String)>,
    },
    /// The batch was taken over behind a time without a worker, and what was left has been looked at.
    OutageEnded {
        batch: BatchId,
        /// Last sign of life of the worker that was missed.
        since: Millis,
        holder: String,
        /// The worker that has it now.
        by: String,
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
    /// The server is too busy for anything to begin, and why; `None`: it is not.
    Throttled {
        batch: BatchId,
        why: Option<String>,
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
    /// Probes were measured, before a batch or after it.
    Probed {
        batch: BatchId,
        phase: ValidationPhase,
        probes: Vec<MeasuredProbe>,
        findings: Vec<ProbeFinding>,
    },
    /// The server and the touched tables were measured at a batch's end.
    BaselineTaken {
        batch: BatchId,
        baseline: Box<Baseline>,
    },
    /// Nothing more can move.
    Exhausted {
        batch: BatchId,
    },
}
