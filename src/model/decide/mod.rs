//! Deciding what follows from an input: pure, the same for worker, test and model.

mod alert;
mod batch;
mod checked;
mod checklist;
mod command;
mod context;
mod file;
mod freeze;
mod input;
mod kept;
mod measured;
mod milestone;
mod overrides;
mod recovery;
mod repair;
mod rollback;
mod server;
mod submit;
mod undo;
mod window;

pub use batch::INTERRUPTED;
pub use context::Refusal;
pub(crate) use freeze::refusal as freeze_refusal;
pub use input::{Draft, Finding, Input, ProbeFinding, Sending, StatementResult};
pub use rollback::rollback_scope;
pub use window::approval_refusal;

use crate::model::{BatchId, Cause, EventKind, FileState, JobSubject, Outage, World};
use context::{in_batch, known};

/// The events that follow from an input. The world is not changed; the caller appends them first.
///
/// # Errors
/// [`Refusal`] when the input does not fit the world. A command is never an error: it is answered by the event
/// `command_refused`.
pub fn decide(world: &World, input: Input) -> Result<Vec<Draft>, Refusal> {
    Ok(milestone::marked(world, follows(world, input)?))
}

fn follows(world: &World, input: Input) -> Result<Vec<Draft>, Refusal> {
    match input {
        Input::LeaseTaken { token, holder, connection, server, files_as_worker, versions } => {
            let taken = EventKind::LeaseTaken { token, holder, connection, server, files_as_worker, versions };
            Ok(vec![Draft::new(BatchId::SYSTEM, taken)])
        }
        Input::OtherServer { token, holder, connection, servers } => {
            Ok(server::changed(world, token, holder, connection, servers))
        }
        Input::Purged { rows } => Ok(vec![Draft::new(BatchId::SYSTEM, EventKind::EphemeralPurged { rows })]),
        Input::FreezeStepped { change, operator } => freeze::stepped(world, change, operator),
        Input::FreezeAnswered { command, result } => Ok(freeze::answered(world, command, result)),
        Input::FreezeMissing { batch, reason } => Ok(freeze::missing(world, known(world, batch)?, reason)),
        Input::FreezeAlert { title, message } => Ok(vec![freeze::alert(world, title, message)]),
        Input::LeaseReleased { token } => Ok(vec![Draft::new(BatchId::SYSTEM, EventKind::LeaseReleased { token })]),
        Input::Submitted { submission, operator, command } => Ok(submit::submit(world, *submission, operator, command)),
        Input::Commanded(command) => Ok(command::command(world, command)),
        Input::Decision { decision, now } => Ok(match &decision.overrides {
            Some(subject) => overrides::decided(world, &decision, subject),
            None => window::decision(world, decision, now),
        }),
        Input::Due { batch, subject: JobSubject::Rollback(rollback), kind, now } => {
            Ok(window::due(world, known(world, batch)?, rollback, kind, now))
        }
        Input::Due { batch, subject: JobSubject::Batch(_), now, .. } => {
            Ok(alert::prolonged(world, known(world, batch)?, now))
        }
        Input::Due { batch, subject: JobSubject::Alert(alert), kind, .. } => {
            Ok(alert::due(known(world, batch)?, alert, kind))
        }
        Input::HookTold { hook, trouble } => Ok(alert::hook_told(world, &hook, trouble)),
        Input::InStepTold { tool, trouble } => Ok(alert::step_told(world, &tool, trouble)),
        Input::WouldLose { batch, file, rows, objects, what } => {
            window::would_lose(&in_batch(world, batch, file)?, (rows, objects), &what)
        }
        Input::Driven { batch } => Ok(batch::driven(known(world, batch)?)),
        Input::Turn { batch, file } => file::turn(&in_batch(world, batch, file)?),
        Input::Prepared { batch, file, result } => file::prepared(&in_batch(world, batch, file)?, result),
        Input::Blocked { batch, file } => Ok(file::blocked(&in_batch(world, batch, file)?)),
        Input::CheckedBefore { batch, file, findings } => checked::before(&in_batch(world, batch, file)?, findings),
        Input::Captured { batch, file, fingerprint, definitions, orphans, relations, before } => {
            let context = in_batch(world, batch, file)?;
            Ok(vec![context.draft(EventKind::FileCaptured {
                file,
                fingerprint,
                definitions,
                orphans,
                relations,
                before,
            })])
        }
        Input::Sending(sending) => {
            let Sending {
                batch,
                file,
                statement,
                phase,
                hash,
                line,
                fingerprint,
                connection,
                kept,
                shares,
                found,
                runs,
            } = sending;
            let started = EventKind::StatementStarted {
                file,
                statement,
                phase,
                hash,
                line,
                fingerprint,
                connection,
                kept,
                shares,
                found,
                runs,
            };
            file::sending(&in_batch(world, batch, file)?, phase, started)
        }
        Input::Waited { batch, file, attempt, ms, failure, blockers } => {
            file::waited(&in_batch(world, batch, file)?, attempt, ms, failure, blockers)
        }
        Input::Ended { batch, file, result } => file::ended(&in_batch(world, batch, file)?, result),
        Input::CheckedDuring { batch, file, findings } => checked::during(&in_batch(world, batch, file)?, findings),
        Input::CheckedAfter { batch, file, findings } => checked::after(&in_batch(world, batch, file)?, findings),
        Input::Recorded { batch, file } => in_batch(world, batch, file)?.moved(FileState::Idle, Cause::Recorded, None),
        Input::Drained { batch, file } => {
            in_batch(world, batch, file)?.moved(FileState::ValidatingPost, Cause::StatementsDone, None)
        }
        Input::TransactionCommitted { batch, file } => Ok(file::committed(&in_batch(world, batch, file)?)),
        Input::TransactionLost { batch, file, phase, from, effect, evidence } => {
            let undone = EventKind::TransactionUndone { file, phase, from, effect, evidence };
            Ok(vec![in_batch(world, batch, file)?.draft(undone)])
        }
        Input::SessionLost { batch, file, failure } => undo::session_lost(&in_batch(world, batch, file)?, failure),
        Input::AbortBatch { batch } => Ok(batch::abort(world, known(world, batch)?)),
        Input::AbortFile { batch, file } => file::abort(&in_batch(world, batch, file)?),
        Input::RollBack { batch, file } => {
            in_batch(world, batch, file)?.moved(FileState::RollingBack, Cause::RollbackOrdered, None)
        }
        Input::RollbackDone { batch, rollback } => Ok(batch::rollback_done(known(world, batch)?, rollback)),
        Input::UndoChosen { batch, file, plan } => undo::chosen(&in_batch(world, batch, file)?, plan),
        Input::Verified { batch, file, difference, not_compared, left_alone } => {
            undo::verified(&in_batch(world, batch, file)?, difference, not_compared, left_alone)
        }
        Input::Decided { batch, file, effect, evidence, definitions } => {
            recovery::decided(&in_batch(world, batch, file)?, effect, evidence, definitions)
        }
        Input::Restarted { batch, resumable, expensive } => {
            recovery::restarted(world, known(world, batch)?, &resumable, &expensive)
        }
        Input::OutageEnded { batch, since, holder, by } => {
            let outage = Outage::found(known(world, batch)?, since, &holder, &by);
            Ok(vec![Draft::new(batch, EventKind::OutageEnded { outage })])
        }
        Input::BreakpointReached { batch, file, statement } => {
            Ok(batch::breakpoint_reached(&in_batch(world, batch, file)?, statement))
        }
        Input::Interrupted { batch } => Ok(batch::interrupted(known(world, batch)?)),
        Input::Throttled { batch, why } => Ok(batch::throttled(known(world, batch)?, why)),
        Input::Quiet { batch } => Ok(batch::quiet(known(world, batch)?)),
        Input::ProgressDue { batch, done } => Ok(batch::progress(world, known(world, batch)?, done)),
        Input::Expired { batch, places } => Ok(kept::expired(known(world, batch)?, &places)),
        Input::Probed { batch, phase, probes, findings } => {
            Ok(measured::probed(world, known(world, batch)?, phase, probes, findings))
        }
        Input::BaselineTaken { batch, baseline } => {
            Ok(vec![Draft::new(known(world, batch)?.id, EventKind::BaselineTaken { baseline })])
        }
        Input::Exhausted { batch } => Ok(batch::exhausted(known(world, batch)?)),
    }
}
