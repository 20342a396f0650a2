//! The journal's events. What is not an event did not happen.

use super::*;
use serde::{Deserialize, Serialize};

/// The version of the payload's form, written into every payload as `v`.
pub const FORMAT_VERSION: u32 = 1;

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

/// One step of an undo: a statement of the rollback script and what it takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoStep {
    /// Index of the statement in the rollback script, from 0.
    pub statement: u32,
    /// The forward statements that it undoes; empty when it is not known which (a whole script).
    pub undoes: Vec<u32>,
}

/// What one step of an undo that was made here does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum UndoAct {
    /// Runs a statement that leads back, on a session with core as its default schema.
    Run { sql: String },
    /// Drops a schema that the file made, if nothing stands in it.
    DropSchema { schema: String },
    /// Puts back what was kept.
    PutBack { kept: Box<Kept> },
}

/// One step of an undo that was made here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedStep {
    #[serde(flatten)]
    pub act: UndoAct,
    /// The forward statements that are taken back once it has run; empty for all but the last step of each.
    pub undoes: Vec<u32>,
}

/// A foreign key, and how many rows of its table have no parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphans {
    pub table: String,
    pub key: String,
    pub rows: u64,
}

/// How a file will be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum UndoPlan {
    /// No statement took effect.
    Nothing,
    /// By the file's own rollback script, whole or the steps that are certain.
    Written { steps: Vec<UndoStep> },
    /// Statement by statement, from the definitions that were journalled before and after each.
    Derived {
        steps: Vec<DerivedStep>,
        /// Foreign keys that rows broke before it began.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        orphans: Vec<Orphans>,
    },
    /// It cannot be undone with certainty: what stands, and why.
    Impossible { reason: String, remaining: Vec<u32> },
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

impl EventKind {
    /// The file that the event is about (column `file_id`).
    pub fn file(&self) -> Option<FileId> {
        use EventKind::*;
        match self {
            FilePlanned { file, .. }
            | FileMoved { file, .. }
            | FileSettled { file, .. }
            | FileCaptured { file, .. }
            | StatementStarted { file, .. }
            | StatementFinished { file, .. }
            | StatementFailed { file, .. }
            | StatementWaited { file, .. }
            | StatementDecided { file, .. }
            | TransactionUndone { file, .. }
            | KeptDiscarded { file, .. }
            | UndoPlanned { file, .. }
            | UndoVerified { file, .. }
            | CrashHeld { file, .. }
            | CrashResumed { file, .. }
            | BreakpointSet { file, .. }
            | BreakpointCleared { file, .. } => Some(*file),
            RollbackOpened { file, .. }
            | ValidationRecorded { file, .. }
            | HoldPlaced { file, .. }
            | HoldLifted { file, .. }
            | AlertRaised { file, .. } => *file,
            _ => None,
        }
    }

    /// The statement that the event is about, from 0 (column `statement_index`).
    pub fn statement(&self) -> Option<u32> {
        use EventKind::*;
        match self {
            StatementStarted { statement, .. }
            | StatementFinished { statement, .. }
            | StatementFailed { statement, .. }
            | StatementWaited { statement, .. }
            | StatementDecided { statement, .. }
            | CrashResumed { statement, .. } => Some(*statement),
            BreakpointSet { statement, .. } | BreakpointCleared { statement, .. } => *statement,
            _ => None,
        }
    }

    /// The tag, as it stands in the column `kind`.
    pub fn name(&self) -> &'static str {
        use EventKind::*;
        match self {
            BatchCreated { .. } => "batch_created",
            FilePlanned { .. } => "file_planned",
            BatchStarted => "batch_started",
            BatchEnded { .. } => "batch_ended",
            FileMoved { .. } => "file_moved",
            FileSettled { .. } => "file_settled",
            FileCaptured { .. } => "file_captured",
            StatementStarted { .. } => "statement_started",
            StatementFinished { .. } => "statement_finished",
            StatementFailed { .. } => "statement_failed",
            StatementWaited { .. } => "statement_waited",
            StatementDecided { .. } => "statement_decided",
            TransactionUndone { .. } => "transaction_undone",
            KeptDiscarded { .. } => "kept_discarded",
            UndoPlanned { .. } => "undo_planned",
            UndoVerified { .. } => "undo_verified",
            RollbackOpened { .. } => "rollback_opened",
            RollbackStarted { .. } => "rollback_started",
            RollbackEnded { .. } => "rollback_ended",
            WindowWarned { .. } => "window_warned",
            WindowLapsed { .. } => "window_lapsed",
            DecisionAccepted { .. } => "decision_accepted",
            DecisionRefused { .. } => "decision_refused",
            ValidationRecorded { .. } => "validation_recorded",
            CrashHeld { .. } => "crash_held",
            CrashResumed { .. } => "crash_resumed",
            HoldPlaced { .. } => "hold_placed",
            HoldLifted { .. } => "hold_lifted",
            BreakpointSet { .. } => "breakpoint_set",
            BreakpointCleared { .. } => "breakpoint_cleared",
            StepGranted { .. } => "step_granted",
            CommandAccepted { .. } => "command_accepted",
            CommandRefused { .. } => "command_refused",
            CommandEffective { .. } => "command_effective",
            AlertRaised { .. } => "alert_raised",
            AlertChanged { .. } => "alert_changed",
            ProgressNoted { .. } => "progress_noted",
            LeaseTaken { .. } => "lease_taken",
            ServerChanged { .. } => "server_changed",
            ServerAccepted { .. } => "server_accepted",
            EphemeralPurged { .. } => "ephemeral_purged",
            LeaseReleased { .. } => "lease_released",
            SystemChanged { .. } => "system_changed",
        }
    }

    /// The payload as it is journalled: the event as JSON with the format version `v`.
    ///
    /// # Errors
    /// Never for the kinds above; the type says so because serde_json does.
    pub fn to_payload(&self) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        struct Versioned<'a> {
            v: u32,
            #[serde(flatten)]
            kind: &'a EventKind,
        }
        serde_json::to_string(&Versioned { v: FORMAT_VERSION, kind: self })
    }

    /// Reads a payload back.
    ///
    /// # Errors
    /// When the JSON is not an event of this version.
    pub fn from_payload(payload: &str) -> Result<EventKind, serde_json::Error> {
        use serde::de::Error;
        #[derive(Deserialize)]
        struct Version {
            #[serde(default)]
            v: u32,
        }
        let Version { v } = serde_json::from_str(payload)?;
        if v > FORMAT_VERSION {
            return Err(serde_json::Error::custom(format!(
                "the event has format {v}, and this Caribou reads up to {FORMAT_VERSION}: use the newer one"
            )));
        }
        serde_json::from_str(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_there_and_back_with_its_tag() {
        let kind = EventKind::StatementFinished {
            file: FileId(7),
            statement: 2,
            phase: Phase::Forward,
            rows: 3,
            ms: 12,
            warnings: vec!["1366 Incorrect value".into()],
            fingerprint: "1:ab".into(),
            definitions: vec![("table t".into(), None)],
            kept: Vec::new(),
        };
        let payload = kind.to_payload().unwrap();
        assert!(payload.contains(r#""v":1"#) && payload.contains(kind.name()), "{payload}");
        assert_eq!(EventKind::from_payload(&payload).unwrap(), kind);
        assert_eq!((kind.file(), kind.statement()), (Some(FileId(7)), Some(2)));
    }

    #[test]
    fn a_newer_format_is_refused_by_name() {
        let error = EventKind::from_payload(r#"{"v":9,"kind":"batch_started"}"#).unwrap_err().to_string();
        assert!(error.contains("format 9"), "{error}");
    }
}
