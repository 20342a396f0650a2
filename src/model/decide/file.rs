//! The way of one file from its turn to its completion.

use super::context::{FileContext, Refusal};
use super::input::{Draft, Finding, StatementResult};
use super::{rollback, undo};
use crate::model::{
    AlertType, BatchStatus, Category, Cause, EventKind, FORESEEN, Failure, File, FileState, Hold, Ids, Overridden,
    PassedCheck, Phase, Running, ValidationId, ValidationPhase, ValidationStatus,
};

const NOTHING_TOUCHED: &str = "nothing was touched; mend the file and migrate again, or retry when the cause is gone";
const RUNS_ALL_THE_SAME: &str =
    "nothing was touched; mend the file and migrate again; `caribou retry` runs it all the same, with your reason";

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

pub(super) fn checked_before(context: &FileContext<'_>, findings: Vec<Finding>) -> Result<Vec<Draft>, Refusal> {
    context.expects("the checks before", FileState::ValidatingPre)?;
    let planned = context.file.findings.iter().map(Finding::from_plan);
    let findings: Vec<Finding> =
        findings.into_iter().chain(planned).map(|finding| let_pass(context.file, finding)).collect();
    let blocking = findings.iter().find(|f| f.blocks()).cloned();
    let mut events = recorded(context, ValidationPhase::Pre, findings);
    match blocking {
        None => events.extend(context.moved(FileState::Migrating, Cause::ChecksPassed, None)?),
        Some(finding) => {
            let failure = Failure::new(Category::Validation, format!("{}: {}", finding.check, finding.result))
                .hint(if finding.check == FORESEEN { RUNS_ALL_THE_SAME } else { NOTHING_TOUCHED });
            events.extend(stopped_before(context, Cause::CheckFailed, failure)?);
        }
    }
    Ok(events)
}

/// A finding that somebody lets pass does not block; it is told with their word.
fn let_pass(file: &File, finding: Finding) -> Finding {
    match file.overridden.get(&finding.check).filter(|_| finding.blocks()) {
        Some(Overridden { by, reason }) => {
            let result = format!("let pass by {by}: {reason}\n{}", finding.result);
            Finding { status: ValidationStatus::Warning, result, ..finding }
        }
        None => finding,
    }
}

/// A file that stops before anything was touched.
fn stopped_before(context: &FileContext<'_>, cause: Cause, failure: Failure) -> Result<Vec<Draft>, Refusal> {
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

/// What blocks undoes the file, unless that has begun already.
pub(super) fn checked_during(context: &FileContext<'_>, findings: Vec<Finding>) -> Result<Vec<Draft>, Refusal> {
    let blocking = findings.iter().find(|f| f.blocks()).cloned();
    let mut events = recorded(context, ValidationPhase::During, findings);
    let cause = match context.file.state {
        FileState::Migrating => Cause::StatementFailed,
        FileState::ValidatingPost => Cause::ClassA,
        _ => return Ok(events),
    };
    if let Some(finding) = blocking {
        let failure = Failure::new(Category::Validation, format!("{}: {}", finding.check, finding.result));
        events.extend(undo::begin(context, cause, failure)?);
    }
    Ok(events)
}

pub(super) fn checked_after(context: &FileContext<'_>, findings: Vec<Finding>) -> Result<Vec<Draft>, Refusal> {
    context.expects("the checks after", FileState::ValidatingPost)?;
    let critical = findings.iter().find(|f| f.blocks()).cloned();
    let windows = rollback::from_findings(context, &findings);
    let mut events = recorded(context, ValidationPhase::Post, findings);
    match critical {
        None => {
            events.extend(windows);
            events.extend(context.moved(FileState::Completing, Cause::ChecksPassed, None)?);
        }
        Some(finding) => {
            let failure = Failure::new(Category::Validation, format!("{}: {}", finding.check, finding.result));
            events.extend(undo::begin(context, Cause::ClassA, failure)?);
        }
    }
    Ok(events)
}

pub(super) fn abort(context: &FileContext<'_>) -> Result<Vec<Draft>, Refusal> {
    let cause = if context.batch.aborting.is_some() { Cause::Aborted } else { Cause::WithBatch };
    match context.file.state {
        FileState::Preparing | FileState::ValidatingPre => context.moved(FileState::Idle, cause, None),
        _ if cause == Cause::WithBatch => context.moved(FileState::RollingBack, cause, None),
        _ => undo::begin(context, Cause::Aborted, Failure::new(Category::Aborted, "an operator aborted the batch")),
    }
}

fn recorded(context: &FileContext<'_>, phase: ValidationPhase, findings: Vec<Finding>) -> Vec<Draft> {
    let (mut next, file) = (context.world.ids.validation, context.file.id);
    let mut events: Vec<EventKind> = Vec::new();
    for Finding { check, status, class, result, ms } in findings {
        let validation = ValidationId(Ids::take(&mut next));
        if status != ValidationStatus::Passed || class.is_some() {
            let file = Some(file);
            events.push(EventKind::ValidationRecorded { validation, file, phase, check, status, class, result, ms });
            continue;
        }
        let passed = PassedCheck { check, result, ms };
        match events.last_mut() {
            Some(EventKind::ChecksPassed { checks, .. }) => checks.push(passed),
            _ => events.push(EventKind::ChecksPassed { file, phase, first: validation, checks: vec![passed] }),
        }
    }
    events.into_iter().map(|kind| context.draft(kind)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Input;
    use super::*;
    use crate::model::testing::{Ledger, submission};
    use crate::model::{
        BatchId, Checksum, Command, CommandId, Effect, Expectation, FileId, FileType, PlannedFinding, Sending, Verb,
    };

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

    /// A file of which the plan says that it will fail, stopped for that.
    fn foreseen() -> Ledger {
        let mut ledger = Ledger::default();
        let mut plan = submission(&[(FileType::Module, 1, &[])]);
        let result = "line 2: statement 1: it alters b, which will not be there (missing_table)".to_owned();
        plan.files[0].findings = vec![PlannedFinding { check: FORESEEN.to_owned(), blocks: true, result }];
        ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
        again(&mut ledger);
        ledger
    }

    fn again(ledger: &mut Ledger) {
        let (batch, file) = AT;
        ledger.give(Input::Turn { batch, file });
        ledger.give(Input::Prepared { batch, file, result: Ok(()) });
        ledger.give(Input::CheckedBefore { batch, file, findings: Vec::new() });
    }

    #[test]
    fn what_is_foreseen_stops_a_file_before_it_runs_and_a_retry_lets_it_pass() {
        let mut ledger = foreseen();
        let (batch, file) = AT;
        let way = [FileState::Preparing, FileState::ValidatingPre, FileState::Failed];
        assert_eq!(ledger.way(file), way);
        let failure = ledger.world.file(batch, file).and_then(|file| file.failure.clone()).expect("a failure");
        assert!(failure.message.starts_with("foreseen: line 2"), "{failure}");
        let verb = Verb::Retry { file };
        ledger.give(Input::Commanded(Command {
            id: CommandId(1),
            batch,
            operator: "bea@%".into(),
            verb,
            reason: Some("b is there now".into()),
            expects: Expectation::default(),
            submission: None,
        }));
        again(&mut ledger);
        assert_eq!(ledger.world.file(batch, file).map(|file| file.state), Some(FileState::Migrating));
        let said = ledger.events.iter().find_map(|event| match &event.kind {
            EventKind::CheckOverridden { check, reason, .. } => {
                Some((event.operator.clone(), check.clone(), reason.clone()))
            }
            _ => None,
        });
        assert_eq!(said, Some((Some("bea@%".to_owned()), FORESEEN.to_owned(), "b is there now".to_owned())));
        let told = ledger.events.iter().rev().find_map(|event| match &event.kind {
            EventKind::ValidationRecorded { status, result, .. } => Some((*status, result.clone())),
            _ => None,
        });
        let (status, result) = told.expect("it is told");
        assert!(
            status == ValidationStatus::Warning && result.starts_with("let pass by bea@%: b is there now\n"),
            "{result}"
        );
        assert_eq!(ledger.reread(), ledger.events);
    }

    #[test]
    fn checks_that_passed_are_one_event_and_a_result_each() {
        let mut ledger = Ledger::default();
        let plan = submission(&[(FileType::Module, 1, &[])]);
        ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
        let (batch, file) = AT;
        ledger.give(Input::Turn { batch, file });
        ledger.give(Input::Prepared { batch, file, result: Ok(()) });
        let finding = |check: &str, status| Finding {
            check: check.into(),
            status,
            class: None,
            result: format!("{check} looked"),
            ms: 2,
        };
        use ValidationStatus::{Passed, Warning};
        let findings = [("a", Passed), ("b", Passed), ("c", Warning), ("d", Passed)];
        let findings = findings.map(|(check, status)| finding(check, status)).to_vec();
        ledger.give(Input::CheckedBefore { batch, file, findings });
        let told = ledger.events.iter().filter(|event| event.kind.validations().next().is_some());
        let names: Vec<&str> = told.clone().map(|event| event.kind.name()).collect();
        assert_eq!(names, ["checks_passed", "validation_recorded", "checks_passed"]);
        let results = told.flat_map(|event| event.kind.validations());
        let results: Vec<_> = results.map(|one| (one.id.0, one.check, one.status, one.result, one.ms)).collect();
        let all = [(1, "a", Passed), (2, "b", Passed), (3, "c", Warning), (4, "d", Passed)];
        assert_eq!(results.len(), all.len());
        for (found, (id, check, status)) in results.iter().zip(all) {
            assert_eq!(found, &(id, check, status, format!("{check} looked").as_str(), 2));
        }
        let counted = &ledger.world.batches[&batch].validations;
        assert_eq!((counted[Passed as usize], counted[Warning as usize]), (3, 1));
        assert_eq!(ledger.world.ids.validation, 4, "no key is given twice");
        assert_eq!(ledger.reread(), ledger.events);
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
