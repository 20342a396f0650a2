//! What follows from an input: pure, the same for worker, test and model.

mod batch;
mod command;
mod file;
mod kept;
mod recovery;
mod rollback;
mod server;
mod submit;
mod undo;
mod window;

pub use batch::INTERRUPTED;
pub use rollback::rollback_scope;

use super::*;
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

/// An input that does not fit the world: a defect of the caller, or a world that has moved on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Transition(#[from] IllegalTransition),
    #[error("batch {0} is not known here")]
    NoBatch(BatchId),
    #[error("file {file} is not in batch {batch}")]
    NoFile { batch: BatchId, file: FileId },
    #[error("{what} does not fit file {file} in state {state}")]
    Misplaced { what: &'static str, file: FileId, state: FileState },
}

/// The events that follow from an input. The world is not changed; the caller appends them first.
///
/// # Errors
/// [`Refusal`] when the input does not fit the world. A command is never an error: it is answered by the event
/// `command_refused`.
pub fn decide(world: &World, input: Input) -> Result<Vec<Draft>, Refusal> {
    match input {
        Input::LeaseTaken { token, holder, connection, server } => {
            Ok(vec![Draft::new(BatchId::SYSTEM, EventKind::LeaseTaken { token, holder, connection, server })])
        }
        Input::OtherServer { token, holder, connection, servers } => {
            Ok(server::changed(world, token, holder, connection, servers))
        }
        Input::Purged { rows } => Ok(vec![Draft::new(BatchId::SYSTEM, EventKind::EphemeralPurged { rows })]),
        Input::LeaseReleased { token } => Ok(vec![Draft::new(BatchId::SYSTEM, EventKind::LeaseReleased { token })]),
        Input::Submitted { submission, operator, command } => Ok(submit::submit(world, *submission, operator, command)),
        Input::Commanded(command) => Ok(command::command(world, command)),
        Input::Decision { decision, now } => Ok(window::decision(world, decision, now)),
        Input::Due { batch, rollback, kind, now } => Ok(window::due(world, known(world, batch)?, rollback, kind, now)),
        Input::WouldLose { batch, file, rows, what } => window::would_lose(&of(world, batch, file)?, rows, &what),
        Input::Driven { batch } => Ok(batch::driven(known(world, batch)?)),
        Input::Turn { batch, file } => file::turn(&of(world, batch, file)?),
        Input::Prepared { batch, file, result } => file::prepared(&of(world, batch, file)?, result),
        Input::Blocked { batch, file } => Ok(file::blocked(&of(world, batch, file)?)),
        Input::CheckedBefore { batch, file, findings } => file::checked_before(&of(world, batch, file)?, findings),
        Input::Captured { batch, file, fingerprint, definitions } => {
            let of = of(world, batch, file)?;
            Ok(vec![of.draft(EventKind::FileCaptured { file, fingerprint, definitions })])
        }
        Input::Sending { batch, file, statement, phase, hash, line, fingerprint, connection, kept } => {
            let of = of(world, batch, file)?;
            of.expects(
                "a statement",
                match phase {
                    Phase::Forward => FileState::Migrating,
                    Phase::Undo => FileState::RollingBack,
                },
            )?;
            Ok(vec![of.draft(EventKind::StatementStarted {
                file,
                statement,
                phase,
                hash,
                line,
                fingerprint,
                connection,
                kept,
            })])
        }
        Input::Waited { batch, file, attempt, ms, failure, blockers } => {
            file::waited(&of(world, batch, file)?, attempt, ms, failure, blockers)
        }
        Input::Ended { batch, file, result } => file::ended(&of(world, batch, file)?, result),
        Input::CheckedAfter { batch, file, findings } => file::checked_after(&of(world, batch, file)?, findings),
        Input::Recorded { batch, file } => of(world, batch, file)?.moved(FileState::Idle, Cause::Recorded, None),
        Input::Drained { batch, file } => {
            of(world, batch, file)?.moved(FileState::ValidatingPost, Cause::StatementsDone, None)
        }
        Input::TransactionLost { batch, file, phase, from, effect, evidence } => {
            let undone = EventKind::TransactionUndone { file, phase, from, effect, evidence };
            Ok(vec![of(world, batch, file)?.draft(undone)])
        }
        Input::SessionLost { batch, file, failure } => undo::session_lost(&of(world, batch, file)?, failure),
        Input::AbortBatch { batch } => Ok(batch::abort(world, known(world, batch)?)),
        Input::AbortFile { batch, file } => file::abort(&of(world, batch, file)?),
        Input::RollBack { batch, file } => {
            of(world, batch, file)?.moved(FileState::RollingBack, Cause::RollbackOrdered, None)
        }
        Input::RollbackDone { batch, rollback } => Ok(batch::rollback_done(known(world, batch)?, rollback)),
        Input::UndoChosen { batch, file, plan } => undo::chosen(&of(world, batch, file)?, plan),
        Input::Verified { batch, file, difference } => undo::verified(&of(world, batch, file)?, difference),
        Input::Decided { batch, file, effect, evidence, definitions } => {
            recovery::decided(&of(world, batch, file)?, effect, evidence, definitions)
        }
        Input::Restarted { batch, resumable, dear } => {
            recovery::restarted(world, known(world, batch)?, &resumable, &dear)
        }
        Input::BreakpointReached { batch, file, statement } => {
            Ok(batch::breakpoint_reached(&of(world, batch, file)?, statement))
        }
        Input::Interrupted { batch } => Ok(batch::interrupted(known(world, batch)?)),
        Input::Quiet { batch } => Ok(batch::quiet(known(world, batch)?)),
        Input::ProgressDue { batch, done } => Ok(batch::progress(world, known(world, batch)?, done)),
        Input::Expired { batch, places } => Ok(kept::expired(known(world, batch)?, &places)),
        Input::Exhausted { batch } => Ok(batch::exhausted(known(world, batch)?)),
    }
}

fn known(world: &World, batch: BatchId) -> Result<&Batch, Refusal> {
    world.batch(batch).ok_or(Refusal::NoBatch(batch))
}

fn of(world: &World, batch: BatchId, file: FileId) -> Result<Of<'_>, Refusal> {
    let batch = known(world, batch)?;
    let file = batch.file(file).ok_or(Refusal::NoFile { batch: batch.id, file })?;
    Ok(Of { world, batch, file, taken: 0 })
}

/// A file in its batch in its world: what almost every decision is about.
struct Of<'a> {
    world: &'a World,
    batch: &'a Batch,
    file: &'a File,
    /// How many rollbacks, each with its alert, this decision has opened before.
    taken: i64,
}

impl Of<'_> {
    fn draft(&self, kind: EventKind) -> Draft {
        Draft::new(self.batch.id, kind)
    }

    fn expects(&self, what: &'static str, state: FileState) -> Result<(), Refusal> {
        if self.file.state == state {
            return Ok(());
        }
        Err(Refusal::Misplaced { what, file: self.file.id, state: self.file.state })
    }

    /// The move to a state, if the table allows it.
    fn moved(&self, to: FileState, cause: Cause, failure: Option<Failure>) -> Result<Vec<Draft>, Refusal> {
        let from = self.file.state;
        let row = check_transition(from, to)?;
        debug_assert!(row.causes.contains(&cause), "{from} -> {to} does not happen by {cause:?}");
        Ok(vec![self.draft(EventKind::FileMoved { file: self.file.id, from, to, cause, failure })])
    }
}
