//! The way of one file from its turn to its completion.

use super::context::{FileContext, Refusal};
use super::input::{Draft, StatementResult};
use super::undo;
use crate::model::{AlertType, BatchStatus, Category, Cause, EventKind, Failure, FileState, Hold, Phase, Running};

pub(super) fn turn(context: &FileContext<'_>) -> Result<Vec<Draft>, Refusal> {
    let mut events = Vec::new();
    if context.batch.status == BatchStatus::Pending {
        events.push(context.draft(EventKind::BatchStarted));
    }
    events.extend(context.moved(FileState::Preparing, Cause::Turn, None)?);
    Ok(events)
}

pub(super) fn prepared(context: &FileContext<'_>, result: Result<(), Failure>) -> Result<Vec<Draft>, Refusal> {
    match result {
        Ok(()) => context.moved(FileState::ValidatingPre, Cause::Prepared, None),
        Err(failure) => stopped_before(context, Cause::NotReady, failure),
    }
}

/// The file stands in line, and goes on by itself.
pub(super) fn blocked(context: &FileContext<'_>) -> Vec<Draft> {
    let reason = context.batch.queue(context.file).map(|queue| queue.reason());
    let placed =
        |reason| context.draft(EventKind::HoldPlaced { hold: Hold::Blocked, file: Some(context.file.id), reason });
    reason.map(placed).into_iter().collect()
}

/// A file that stops before anything was touched.
pub(super) fn stopped_before(context: &FileContext<'_>, cause: Cause, failure: Failure) -> Result<Vec<Draft>, Refusal> {
    let mut events = context.moved(FileState::Failed, cause, Some(failure.clone()))?;
    events.push(context.alert(AlertType::Error, "stopped before it ran", &failure.to_string()));
    Ok(events)
}

pub(super) fn waited(
    context: &FileContext<'_>,
    attempt: u32,
    ms: u64,
    failure: Failure,
    blockers: Vec<String>,
) -> Result<Vec<Draft>, Refusal> {
    let running = running(context)?;
    let (file, statement, phase) = (context.file.id, running.statement, running.phase);
    Ok(vec![context.draft(EventKind::StatementWaited { file, statement, phase, attempt, ms, failure, blockers })])
}

/// A statement is about to be sent; its intent is durable before.
pub(super) fn sending(context: &FileContext<'_>, phase: Phase, started: EventKind) -> Result<Vec<Draft>, Refusal> {
    let state = match phase {
        Phase::Forward => FileState::Migrating,
        Phase::Undo => FileState::RollingBack,
    };
    context.expects("a statement", state)?;
    Ok(vec![context.draft(started)])
}

pub(super) fn ended(context: &FileContext<'_>, result: StatementResult) -> Result<Vec<Draft>, Refusal> {
    let running = running(context)?;
    let (file, statement, phase) = (context.file.id, running.statement, running.phase);
    match result {
        StatementResult::Done { rows, ms, warnings, fingerprint, definitions, kept } => {
            let left_alone = left_alone(context, phase, &warnings);
            let done = EventKind::StatementFinished {
                file,
                statement,
                phase,
                rows,
                ms,
                warnings,
                fingerprint,
                definitions,
                kept,
            };
            let mut events = vec![context.draft(done)];
            if !left_alone.is_empty() {
                let what = "was undone, but for rows that others have changed since";
                events.push(context.alert(AlertType::Warning, what, &left_alone));
            }
            if phase == Phase::Forward && statement + 1 >= context.file.statements {
                events.extend(context.moved(FileState::ValidatingPost, Cause::StatementsDone, None)?);
            }
            Ok(events)
        }
        StatementResult::Failed { ms, failure, effect } => {
            let failed = EventKind::StatementFailed { file, statement, phase, ms, failure: failure.clone(), effect };
            let mut events = vec![context.draft(failed)];
            events.extend(match phase {
                Phase::Forward => undo::begin(context, Cause::StatementFailed, failure)?,
                Phase::Undo => undo::fell_short(context, failure)?,
            });
            Ok(events)
        }
    }
}

/// The transaction that the statements share was committed: what ran in it stands.
pub(super) fn committed(context: &FileContext<'_>) -> Vec<Draft> {
    let file = context.file;
    let last = u32::try_from(file.records.len()).unwrap_or(u32::MAX).saturating_sub(1);
    let committed = |from| EventKind::TransactionCommitted { file: file.id, from, statement: last };
    file.uncommitted().map(|from| context.draft(committed(from))).into_iter().collect()
}

/// The rows that a step which puts kept data back has left as others made them, one a line.
fn left_alone(context: &FileContext<'_>, phase: Phase, warnings: &[String]) -> String {
    const NAMED: usize = 20;
    let warnings = context.file.leaves_alone(phase, warnings);
    let mut lines: Vec<String> = warnings.iter().take(NAMED).cloned().collect();
    if warnings.len() > NAMED {
        lines.push(format!("and {} more", warnings.len() - NAMED));
    }
    lines.join("\n")
}

fn running<'a>(context: &FileContext<'a>) -> Result<&'a Running, Refusal> {
    let misplaced =
        || Refusal::Misplaced { what: "the end of a statement", file: context.file.id, state: context.file.state };
    context.file.running.as_deref().ok_or_else(misplaced)
}

pub(super) fn abort(context: &FileContext<'_>) -> Result<Vec<Draft>, Refusal> {
    let cause = if context.batch.aborting.is_some() { Cause::Aborted } else { Cause::WithBatch };
    match context.file.state {
        FileState::Preparing | FileState::ValidatingPre => context.moved(FileState::Idle, cause, None),
        _ if cause == Cause::WithBatch => context.moved(FileState::RollingBack, cause, None),
        _ => undo::begin(context, Cause::Aborted, Failure::new(Category::Aborted, "an operator aborted the batch")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Input;
    use super::*;
    use crate::model::testing::{Ledger, submission};
    use crate::model::{BatchId, Checksum, Effect, FileId, FileType, Sending};

    const AT: (BatchId, FileId) = (BatchId(1), FileId(1));

    /// A file of three statements, before the first.
    fn migrating() -> Ledger {
        let mut ledger = Ledger::default();
        let plan = submission(&[(FileType::Module, 3, &[])]);
        ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
        let (batch, file) = AT;
        ledger.give(Input::Turn { batch, file });
        ledger.give(Input::Prepared { batch, file, result: Ok(()) });
        ledger.give(Input::CheckedBefore { batch, file, findings: Vec::new() });
        ledger
    }

    fn send(ledger: &mut Ledger, statement: u32, shares: bool) {
        let sending = Sending::new(AT, (Phase::Forward, statement), Checksum("h".into()));
        ledger.give(Input::Sending(Sending { shares, ..sending }));
    }

    fn done(ledger: &mut Ledger) {
        let ((batch, file), fingerprint) = (AT, "g".to_owned());
        let (warnings, definitions, kept) = (Vec::new(), Vec::new(), Vec::new());
        let result = StatementResult::Done { rows: 0, ms: 1, warnings, fingerprint, definitions, kept };
        ledger.give(Input::Ended { batch, file, result });
    }

    fn uncommitted(ledger: &Ledger) -> Option<u32> {
        ledger.world.file(AT.0, AT.1).and_then(|file| file.uncommitted())
    }

    #[test]
    fn the_last_of_those_that_share_a_transaction_commits_it() {
        let mut ledger = migrating();
        send(&mut ledger, 0, true);
        assert_eq!(uncommitted(&ledger), None, "nothing has run in it");
        done(&mut ledger);
        assert_eq!(uncommitted(&ledger), Some(0));
        send(&mut ledger, 1, true);
        done(&mut ledger);
        assert_eq!(uncommitted(&ledger), Some(0));
        send(&mut ledger, 2, false);
        assert_eq!(uncommitted(&ledger), Some(0));
        done(&mut ledger);
        assert_eq!(uncommitted(&ledger), None);
    }

    #[test]
    fn what_shares_is_committed_before_its_last_where_nothing_goes_on() {
        let mut ledger = migrating();
        send(&mut ledger, 0, true);
        done(&mut ledger);
        let (batch, file) = AT;
        ledger.give(Input::TransactionCommitted { batch, file });
        let last = ledger.events.last().map(|event| event.kind.clone());
        assert_eq!(last, Some(EventKind::TransactionCommitted { file, from: 0, statement: 0 }));
        assert_eq!(uncommitted(&ledger), None);
        send(&mut ledger, 1, true);
        done(&mut ledger);
        assert_eq!(uncommitted(&ledger), Some(1), "another one");
        assert_eq!(ledger.reread(), ledger.events);
    }

    #[test]
    fn a_failure_takes_all_that_shares_with_it() {
        let mut ledger = migrating();
        send(&mut ledger, 0, true);
        done(&mut ledger);
        send(&mut ledger, 1, true);
        let ((batch, file), phase, evidence) = (AT, Phase::Forward, "rolled back".to_owned());
        ledger.give(Input::TransactionLost { batch, file, phase, from: 0, effect: Effect::None, evidence });
        let failure = Failure::new(Category::Constraint, "no");
        let result = StatementResult::Failed { ms: 1, failure, effect: Effect::None };
        ledger.give(Input::Ended { batch, file, result });
        let file = ledger.world.file(batch, file).expect("the file");
        assert_eq!((file.uncommitted(), file.has_effects()), (None, false));
        assert_eq!(file.state, FileState::RollingBack);
    }
}
