//! The journal's events. What is not an event did not happen.

use super::*;
use serde::{Deserialize, Serialize};

/// One line of the journal: numbered, timed and signed when it was appended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub batch: BatchId,
    /// Gapless within the batch, from 1.
    pub seq: Seq,
    /// The database's clock.
    pub at: Millis,
    /// The account that asked for it, where someone did.
    pub operator: Option<String>,
    pub kind: EventKind,
}

/// Which of a file's two scripts a statement belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The migration itself.
    #[default]
    Forward,
    /// Its rollback script.
    Undo,
}

/// One declared dependency of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    pub id: DependencyId,
    /// The file that it depends on; it may be of an earlier batch.
    pub on: FileId,
    /// That file's path, for messages.
    pub path: String,
    pub kind: DependencyType,
    pub description: String,
}

/// What happened. Serialised as JSON with the tag `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// A plan became a batch; its files follow as `file_planned`.
    BatchCreated {
        name: String,
        epoch_from: Epoch,
        epoch_to: Epoch,
        total_files: u32,
        plan: Checksum,
        policy: Policy,
        /// What it takes back, if it is a compensating batch: no files follow then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        compensates: Option<Compensates>,
    },
    FilePlanned {
        file: FileId,
        path: String,
        file_type: FileType,
        /// SHA-256 of the file's bytes.
        hash: Checksum,
        /// Hash of its tokens; unmoved by line endings and comments.
        canonical: Checksum,
        /// Where its texts are kept (`migration_sources`).
        source: Checksum,
        epoch_from: Epoch,
        epoch_to: Epoch,
        sort_order: u32,
        wave: u32,
        statements: u32,
        /// Statements of the rollback script, `None` where there is none.
        undo_statements: Option<u32>,
        /// What undoes its statements; all zero in a journal that did not count it.
        #[serde(default, skip_serializing_if = "UndoCoverage::is_empty")]
        coverage: UndoCoverage,
        depends_on: Vec<Dependency>,
        /// What it uses while it is under way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        locks: Locks,
    },
    BatchStarted,
    BatchEnded {
        status: BatchStatus,
        reason: Option<String>,
    },

    /// A file went from one state to another.
    FileMoved {
        file: FileId,
        from: FileState,
        to: FileState,
        cause: Cause,
        failure: Option<Failure>,
    },
    /// A person says how a failed file stands; `file_moved` follows.
    FileSettled {
        file: FileId,
        outcome: Outcome,
        reason: String,
    },
    /// The definitions of what the file touches, before it runs: `None` for what does not exist.
    FileCaptured {
        file: FileId,
        fingerprint: String,
        definitions: Vec<(String, Option<String>)>,
    },

    /// Written and committed before the statement is sent.
    StatementStarted {
        file: FileId,
        statement: u32,
        phase: Phase,
        hash: Checksum,
        line: u32,
        fingerprint: String,
        connection: u64,
        /// What is kept of what it destroys, and where that will lie.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    StatementFinished {
        file: FileId,
        statement: u32,
        phase: Phase,
        rows: u64,
        ms: u64,
        warnings: Vec<String>,
        fingerprint: String,
        /// What it changed, as defined afterwards: `None` for what does not exist any more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        definitions: Vec<(String, Option<String>)>,
        /// What was kept, counted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
    },
    StatementFailed {
        file: FileId,
        statement: u32,
        phase: Phase,
        ms: u64,
        failure: Failure,
        effect: Effect,
    },
    /// It waited for somebody's lock and will try again.
    StatementWaited {
        file: FileId,
        statement: u32,
        phase: Phase,
        attempt: u32,
        ms: u64,
        failure: Failure,
        blockers: Vec<String>,
    },
    /// A restart looked at the database and says what became of a statement that was under way.
    StatementDecided {
        file: FileId,
        statement: u32,
        phase: Phase,
        effect: Effect,
        evidence: String,
        /// As in `statement_finished`, where it took effect.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        definitions: Vec<(String, Option<String>)>,
    },

    /// An explicit transaction of one of the file's scripts ended without a commit that we know of: what ran in it since
    /// the statement `from` of that script is not in force, or nobody can say whether it is.
    TransactionUndone {
        file: FileId,
        #[serde(default)]
        phase: Phase,
        from: u32,
        #[serde(default = "not_in_force")]
        effect: Effect,
        evidence: String,
    },

    /// What was kept of what the file destroyed is let go: its undo can no longer bring that back. The tables are dropped
    /// once this is durable.
    KeptDiscarded {
        file: FileId,
        /// Tables of the undo schema.
        places: Vec<String>,
        reason: String,
    },

    UndoPlanned {
        file: FileId,
        rollback: Option<RollbackId>,
        plan: UndoPlan,
    },
    /// The fingerprint after the undo against the one before the file ran.
    UndoVerified {
        file: FileId,
        equal: bool,
        difference: Option<String>,
    },

    RollbackOpened {
        rollback: RollbackId,
        file: Option<FileId>,
        class: Class,
        reason: String,
        files: Vec<FileId>,
        /// The files that the finding or the operator named; empty for the whole batch.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        affected: Vec<FileId>,
        /// How long somebody may decide, in milliseconds from this event on; `None` where nobody is asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<u64>,
        /// The alert raised with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alert: Option<AlertId>,
    },
    RollbackStarted {
        rollback: RollbackId,
        /// The scope as it is now; empty where it is what the rollback was opened with.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<FileId>,
        /// The batch that stands for it in history.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        compensating: Option<BatchId>,
    },
    RollbackEnded {
        rollback: RollbackId,
        status: RollbackStatus,
        error: Option<String>,
    },

    /// A window is running out, and nobody has decided.
    WindowWarned {
        rollback: RollbackId,
        mark: Mark,
    },
    /// Nobody decided in time. `rollback_started` follows where the policy says so.
    WindowLapsed {
        rollback: RollbackId,
        then: Lapse,
        /// Why it is not what the policy says, where it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// An approver's decision counts. `judged` is the moment, on the server's clock, that was compared with the deadline.
    DecisionAccepted {
        decision: DecisionId,
        rollback: RollbackId,
        verdict: Verdict,
        judged: Millis,
        reason: Option<String>,
    },
    DecisionRefused {
        decision: DecisionId,
        rollback: RollbackId,
        verdict: Verdict,
        judged: Millis,
        reason: String,
    },

    ValidationRecorded {
        validation: ValidationId,
        file: Option<FileId>,
        phase: ValidationPhase,
        check: String,
        status: ValidationStatus,
        class: Option<Class>,
        result: String,
        ms: u64,
    },

    /// A worker ended while the file was migrating, and its undo is not to begin unasked: somebody chooses.
    CrashHeld {
        file: FileId,
        reason: String,
        /// Whether it can go on instead: nothing of what ran is in doubt, and nothing that follows needs the session that
        /// is gone.
        resumable: bool,
    },
    /// It goes on from a statement.
    CrashResumed {
        file: FileId,
        statement: u32,
    },
    HoldPlaced {
        hold: Hold,
        file: Option<FileId>,
        reason: String,
    },
    HoldLifted {
        hold: Hold,
        file: Option<FileId>,
    },
    BreakpointSet {
        file: FileId,
        statement: Option<u32>,
    },
    BreakpointCleared {
        file: FileId,
        statement: Option<u32>,
    },
    /// A held batch may go one unit further.
    StepGranted {
        unit: StepUnit,
    },

    CommandAccepted {
        command: CommandId,
        verb: Verb,
        /// Why the operator asked for it, where a reason was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    CommandRefused {
        command: CommandId,
        verb: Verb,
        reason: String,
    },
    /// What the command asked for is now so.
    CommandEffective {
        command: CommandId,
    },

    AlertRaised {
        alert: AlertId,
        file: Option<FileId>,
        alert_type: AlertType,
        title: String,
        message: String,
    },
    AlertChanged {
        alert: AlertId,
        status: AlertStatus,
        level: u32,
        /// How grave it is now, where that changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alert_type: Option<AlertType>,
    },
    ProgressNoted {
        progress: ProgressId,
        done: Progress,
    },

    /// Batch 0: a worker holds the lease.
    LeaseTaken {
        token: Token,
        holder: String,
        connection: u64,
        server: String,
    },
    /// Batch 0: a worker took the lease on another server than the one that the journal was written on, and holds
    /// everything.
    ServerChanged {
        token: Token,
        holder: String,
        connection: u64,
        known: String,
        found: String,
    },
    /// Batch 0: a person says that this server is the right one.
    ServerAccepted {
        server: String,
        reason: String,
    },
    /// Batch 0: expired rows of the ephemeral schema are gone, so many of each table.
    EphemeralPurged {
        rows: Vec<(String, u64)>,
    },
    /// Batch 0: and gave it back.
    LeaseReleased {
        token: Token,
    },
    /// Batch 0, or the batch that froze it.
    SystemChanged {
        id: SystemStateId,
        status: SystemStatus,
        reason: String,
        components: Vec<String>,
        message: String,
    },
}

fn not_in_force() -> Effect {
    Effect::None
}
