//! The journal's events. What is not an event did not happen.
//!
//! One enum, and one file although it is a long one: it is the whole vocabulary of the journal, read from top to bottom by
//! whoever wants to know what can happen, and serialised under one tag. What an event changes stands elsewhere (`apply.rs`).

use crate::model::{
    AlertId, AlertStatus, AlertTimer, AlertType, Baseline, BatchId, BatchStatus, Before, Cause, Checksum, Class,
    CommandId, Compensates, DecisionId, Dependency, Effect, Epoch, Expected, Failure, FileId, FileState, FileType,
    FreezeStep, Hold, Kept, Lapse, Locks, Mark, MeasuredProbe, Millis, Orphans, Outage, Outcome, PassedCheck, Phase,
    PlannedFinding, Policy, Progress, ProgressId, RecordedDefinition, Repair, RollbackId, RollbackStatus, RunText, Seq,
    StepUnit, SystemStateId, Token, UndoCoverage, UndoPart, UndoPlan, ValidationId, ValidationPhase, ValidationStatus,
    Verb, Verdict, Versions,
};
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

/// Kind of an event, with its data. Serialised as JSON with the tag `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
        /// Batch and rollback that it undoes, if it is a compensating batch: no files follow then.
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
        /// Key of its texts in `migration_sources`.
        source: Checksum,
        epoch_from: Epoch,
        epoch_to: Epoch,
        sort_order: u32,
        wave: u32,
        statements: u32,
        /// Statements of the rollback script, `None` where there is none.
        undo_statements: Option<u32>,
        /// Its statements counted by what undoes them; all zero in a journal that did not count it.
        #[serde(default, skip_serializing_if = "UndoCoverage::is_empty")]
        coverage: UndoCoverage,
        depends_on: Vec<Dependency>,
        /// Objects that it uses while it is under way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        locks: Locks,
        /// Time that it was expected to take when it was planned, where anything is known of that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expected: Option<Box<Expected>>,
        /// Findings of the plan that the checks before it take up.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        findings: Vec<PlannedFinding>,
    },
    BatchStarted,
    /// Time within which the batch should end, in milliseconds; people are told when it runs longer.
    BatchExpected {
        within: u64,
    },
    /// The batch runs longer than it should.
    BatchProlonged {
        /// The alert raised with it.
        alert: AlertId,
    },
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
    /// A person says that a file which has run lies in the directory otherwise now: that is what is recorded of it from
    /// here on. What ran is kept, and undone, as it ran.
    FileRepaired {
        file: FileId,
        repair: Repair,
        reason: String,
    },
    /// The definitions of what the file touches, before it runs: `None` for what does not exist.
    FileCaptured {
        file: FileId,
        fingerprint: String,
        definitions: Vec<RecordedDefinition>,
        /// Foreign keys that rows break before it, where that was counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        orphans: Option<Vec<Orphans>>,
        /// Rows without a parent in the declared relations whose tables it touches, before it; those that could be counted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        relations: Vec<Orphans>,
        /// What was wrong before it, where the checks after it ask for that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Box<Before>>,
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
        /// Data that is kept of what it destroys, and the place where that will lie.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<Kept>,
        /// Its transaction stays open behind it: what comes next goes on with it, and all of it is committed, or nothing.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        shares: bool,
        /// Objects that it changes and that no longer stand as they were seen last: others have changed them since.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        found: Vec<RecordedDefinition>,
        /// What it runs, where the file's own text does not tell that (`EXECUTE`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runs: Option<Box<RunText>>,
    },
    StatementFinished {
        file: FileId,
        statement: u32,
        phase: Phase,
        rows: u64,
        ms: u64,
        warnings: Vec<String>,
        fingerprint: String,
        /// Definitions of the objects that it changed, as they are afterwards: `None` for what does not exist any more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        definitions: Vec<RecordedDefinition>,
        /// Data that was kept, counted.
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
        definitions: Vec<RecordedDefinition>,
    },

    /// A transaction that statements of the file share was committed before the last of those that could share it: from
    /// the statement `from` to `statement`.
    TransactionCommitted {
        file: FileId,
        from: u32,
        statement: u32,
    },

    /// A transaction of several statements of one of the file's scripts ended without a commit that we know of: what ran
    /// in it since the statement `from` of that script is not in force, or nobody can say whether it is.
    TransactionUndone {
        file: FileId,
        #[serde(default)]
        phase: Phase,
        from: u32,
        #[serde(default = "not_in_force")]
        effect: Effect,
        evidence: String,
    },

    /// Kept data of what the file destroyed is let go: its undo can no longer bring that back. The tables are dropped
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
        /// The part that came before, where this is the rest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<UndoPart>,
    },
    /// The undo that was planned has not brought everything back: the rest is derived from what stands now.
    UndoFellShort {
        file: FileId,
        failure: Failure,
    },
    /// The fingerprint after the undo against the one before the file ran.
    UndoVerified {
        file: FileId,
        equal: bool,
        difference: Option<String>,
        /// Aspects that could not be compared, in words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        not_compared: Vec<String>,
        /// Definitions that others have changed since, and that the undo left as they made them, in words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_alone: Vec<String>,
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
        /// Time in which somebody may decide, in milliseconds from this event on; `None` where nobody is asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<u64>,
        /// The alert raised with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alert: Option<AlertId>,
        /// Whoever asked for it said that what others have made since may go.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        loss_accepted: bool,
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
        /// Reason why it is not what the policy says, where it is not.
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
    /// Checks of a file that passed, one after the other: a row of the log each, the first of them under this key and the
    /// others under those behind it.
    ChecksPassed {
        file: FileId,
        phase: ValidationPhase,
        first: ValidationId,
        checks: Vec<PassedCheck>,
    },
    /// Somebody lets a check pass that stopped the file before it ran.
    CheckOverridden {
        file: FileId,
        check: String,
        reason: String,
        /// The approver's decision; none where a retry lets it pass.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision: Option<DecisionId>,
    },
    /// Batch 0: an approver lets a check of one file pass that keeps a plan from becoming a batch.
    PlanOverridden {
        decision: DecisionId,
        plan: Checksum,
        check: String,
        path: String,
        reason: String,
    },
    /// An approver's word about a check does not count.
    OverrideRefused {
        decision: DecisionId,
        reason: String,
    },

    /// Probes were measured: before the first file of the batch ran (`pre`), and after its last (`post`).
    ProbesMeasured {
        phase: ValidationPhase,
        probes: Vec<MeasuredProbe>,
    },
    /// How the server and the touched tables stand at the batch's end.
    BaselineTaken {
        baseline: Box<Baseline>,
    },

    /// A worker has the batch again after a time without one: the server was away, or its worker was.
    OutageEnded {
        #[serde(flatten)]
        outage: Outage,
    },
    /// A worker ended while the file was migrating, and its undo is not to begin unasked: somebody chooses.
    CrashHeld {
        file: FileId,
        reason: String,
        /// True if it can go on instead: nothing of what ran is in doubt, and nothing that follows needs the session that
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
        /// Reason why the operator asked for it, where a reason was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    CommandRefused {
        command: CommandId,
        verb: Verb,
        reason: String,
    },
    /// The command has reached the state that it asked for.
    CommandEffective {
        command: CommandId,
    },

    AlertRaised {
        alert: AlertId,
        file: Option<FileId>,
        alert_type: AlertType,
        title: String,
        message: String,
        /// `resolved` from the start where nobody has to do anything.
        #[serde(default = "new", skip_serializing_if = "is_new")]
        status: AlertStatus,
        #[serde(default, skip_serializing_if = "is_zero")]
        level: u32,
        /// What time does to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timer: Option<AlertTimer>,
    },
    AlertChanged {
        alert: AlertId,
        status: AlertStatus,
        level: u32,
        /// Gravity of the alert from now on, where that changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alert_type: Option<AlertType>,
        /// What time does to it from now on; what it would have done before is over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timer: Option<AlertTimer>,
    },
    /// Batch 0: a person says that an item of the checklist is done for a plan, or takes that back.
    ChecklistTicked {
        item: String,
        plan: Checksum,
        done: bool,
    },
    ProgressNoted {
        progress: ProgressId,
        done: Progress,
    },

    /// Batch 0: what becomes of a freeze.
    FreezeChanged {
        /// Key of its row in `migration_system_state`.
        state: SystemStateId,
        change: FreezeStep,
    },
    /// Batch 0: a worker holds the lease.
    LeaseTaken {
        token: Token,
        holder: String,
        connection: u64,
        server: String,
        /// True if files run as the worker's own account, which may change the journal.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        files_as_worker: bool,
        /// Versions of the server and of the worker.
        #[serde(default, skip_serializing_if = "Versions::is_unknown")]
        versions: Versions,
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
}

fn not_in_force() -> Effect {
    Effect::None
}

fn new() -> AlertStatus {
    AlertStatus::New
}

fn is_new(status: &AlertStatus) -> bool {
    *status == AlertStatus::New
}

fn is_zero(level: &u32) -> bool {
    *level == 0
}
