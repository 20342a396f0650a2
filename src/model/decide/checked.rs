//! What checks have found of a file before, during and after its statements, and where it goes by that.

use super::context::{FileContext, Refusal};
use super::input::{Draft, Finding};
use super::{file, rollback, undo};
use crate::model::{
    Category, Cause, EventKind, FORESEEN, Failure, File, FileState, Ids, Overridden, PassedCheck, ValidationId,
    ValidationPhase, ValidationStatus,
};

const NOTHING_TOUCHED: &str = "nothing was touched; mend the file and migrate again, or retry when the cause is gone";
const RUNS_ALL_THE_SAME: &str =
    "nothing was touched; mend the file and migrate again; `caribou retry` runs it all the same, with your reason";

pub(super) fn before(context: &FileContext<'_>, findings: Vec<Finding>) -> Result<Vec<Draft>, Refusal> {
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
            events.extend(file::stopped_before(context, Cause::CheckFailed, failure)?);
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

/// What blocks undoes the file, unless that has begun already.
pub(super) fn during(context: &FileContext<'_>, findings: Vec<Finding>) -> Result<Vec<Draft>, Refusal> {
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

pub(super) fn after(context: &FileContext<'_>, findings: Vec<Finding>) -> Result<Vec<Draft>, Refusal> {
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
    use crate::model::{BatchId, Command, CommandId, Expectation, FileId, FileType, PlannedFinding, Verb};

    const AT: (BatchId, FileId) = (BatchId(1), FileId(1));

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
}
