//! What follows from an input: pure, the same for worker, test and model.

mod batch;
mod command;
mod file;
mod input;
mod kept;
mod recovery;
mod rollback;
mod server;
mod submit;
mod undo;
mod window;

pub use batch::INTERRUPTED;
pub use input::{Draft, Finding, Input, StatementResult};
pub use rollback::rollback_scope;

use super::*;

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
