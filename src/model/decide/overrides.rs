//! Overrides: an approver lets a check pass that stopped a file before it ran, or that keeps a plan from becoming a batch.

use super::command::runs_again;
use super::input::Draft;
use super::server;
use super::window::four_eyes;
use crate::model::{BatchId, Checksum, Decision, EventKind, FileId, FileState, OverrideSubject, World};

/// The longest name of a check, and the longest path, in characters: as the columns take them.
const LONGEST_NAME: usize = 100;
const LONGEST_PATH: usize = 512;

/// An approver lets something pass.
pub(super) fn decided(world: &World, decision: &Decision, subject: &OverrideSubject) -> Vec<Draft> {
    let batch = match subject {
        OverrideSubject::Plan { .. } => BatchId::SYSTEM,
        OverrideSubject::File { .. } => world.batch(decision.batch).map_or(BatchId::SYSTEM, |batch| batch.id),
    };
    let kinds = judge(world, decision, subject)
        .unwrap_or_else(|reason| vec![EventKind::OverrideRefused { decision: decision.id, reason }]);
    let by = |kind| Draft { batch, operator: Some(decision.operator.clone()), kind };
    kinds.into_iter().map(by).collect()
}

/// Gives the events that follow, or the reason why it does not count.
fn judge(world: &World, decision: &Decision, subject: &OverrideSubject) -> Result<Vec<EventKind>, String> {
    if let Some(other) = &world.system.other {
        return Err(server::holds(other));
    }
    let Some(reason) = decision.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()) else {
        return Err("letting a check pass needs a reason".to_owned());
    };
    match subject {
        OverrideSubject::File { file, retries, checks } => of_file(world, decision, (*file, *retries), checks, reason),
        OverrideSubject::Plan { plan, check, path } => of_plan(decision, plan, check, path, reason),
    }
}

/// The file runs again, and the checks are told and do not stop it.
fn of_file(
    world: &World,
    decision: &Decision,
    (file, retries): (FileId, u32),
    checks: &[String],
    reason: &str,
) -> Result<Vec<EventKind>, String> {
    let batch = world.batch(decision.batch).ok_or_else(|| format!("batch {} does not exist", decision.batch))?;
    let file = batch.file(file).ok_or_else(|| format!("file {file} is not in batch {}", batch.id))?;
    four_eyes(batch, &decision.operator)?;
    if file.state != FileState::Failed || file.stopped_by.is_empty() {
        return Err(format!("{} is {}: no check has stopped it before it ran", file.path, file.state));
    }
    if file.retries != retries {
        return Err(format!("moved on since you looked: {} was tried again", file.path));
    }
    if let Some(other) = checks.iter().find(|check| !file.stopped_by.contains(*check)) {
        let by: Vec<&str> = file.stopped_by.iter().map(String::as_str).collect();
        return Err(format!("{} was not stopped by {other}, but by {}", file.path, by.join(", ")));
    }
    if checks.is_empty() {
        return Err("no check is named".to_owned());
    }
    let overridden = |check: &String| EventKind::CheckOverridden {
        file: file.id,
        check: check.clone(),
        reason: reason.to_owned(),
        decision: Some(decision.id),
    };
    Ok(checks.iter().map(overridden).chain(runs_again(batch, file.id)).collect())
}

fn of_plan(
    decision: &Decision,
    plan: &Checksum,
    check: &str,
    path: &str,
    reason: &str,
) -> Result<Vec<EventKind>, String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if check.is_empty() || check.len() > LONGEST_NAME || !check.chars().all(is_name) {
        return Err("a check has a name of letters, digits and underscores".to_owned());
    }
    if !plan.is_sha256() || path.is_empty() || path.chars().count() > LONGEST_PATH {
        return Err("what is let pass is a check of one file of a plan, by the plan's checksum".to_owned());
    }
    Ok(vec![EventKind::PlanOverridden {
        decision: decision.id,
        plan: plan.clone(),
        check: check.to_owned(),
        path: path.to_owned(),
        reason: reason.to_owned(),
    }])
}

#[cfg(test)]
mod tests {
    use super::super::{Finding, Input};
    use super::*;
    use crate::model::testing::{Ledger, submission};
    use crate::model::{DecisionId, FileType, RollbackId, ValidationStatus, Verdict};

    const AT: (BatchId, FileId) = (BatchId(1), FileId(1));

    fn finding(check: &str) -> Finding {
        let (status, result) = (ValidationStatus::Failed, format!("{check} is wrong"));
        Finding { check: check.to_owned(), status, class: None, result, ms: 0 }
    }

    fn turn(ledger: &mut Ledger, findings: &[&str]) -> FileState {
        let (batch, file) = AT;
        ledger.give(Input::Turn { batch, file });
        ledger.give(Input::Prepared { batch, file, result: Ok(()) });
        ledger.give(Input::CheckedBefore {
            batch,
            file,
            findings: findings.iter().map(|name| finding(name)).collect(),
        });
        ledger.world.file(batch, file).expect("the file").state
    }

    /// A file that two checks stop, of a batch that Ana started.
    fn stopped(four_eyes: bool) -> Ledger {
        let mut ledger = Ledger::default();
        let mut plan = submission(&[(FileType::Module, 1, &[])]);
        plan.policy.four_eyes = four_eyes;
        ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
        assert_eq!(turn(&mut ledger, &["names", "table_budget"]), FileState::Failed);
        ledger
    }

    fn asks(ledger: &mut Ledger, operator: &str, checks: &[&str], reason: Option<&str>) -> Option<String> {
        let checks = checks.iter().map(|check| (*check).to_owned()).collect();
        let retries = ledger.world.file(AT.0, AT.1).map_or(0, |file| file.retries);
        let decision = Decision {
            id: DecisionId(1),
            batch: AT.0,
            rollback: RollbackId(0),
            operator: operator.to_owned(),
            verdict: Verdict::Approve,
            reason: reason.map(str::to_owned),
            seen: None,
            overrides: Some(OverrideSubject::File { file: AT.1, retries, checks }),
        };
        let (before, now) = (ledger.events.len(), ledger.now());
        ledger.give(Input::Decision { decision, now });
        ledger.events[before..].iter().find_map(|event| match &event.kind {
            EventKind::OverrideRefused { reason, .. } => Some(reason.clone()),
            _ => None,
        })
    }

    #[test]
    fn what_is_let_pass_is_told_and_stops_no_more() {
        let mut ledger = stopped(true);
        assert_eq!(asks(&mut ledger, "bea@%", &["names", "table_budget"], Some("agreed")), None);
        assert_eq!(turn(&mut ledger, &["names", "table_budget"]), FileState::Migrating);
        let told = ledger.events.iter().filter_map(|event| match &event.kind {
            EventKind::ValidationRecorded { status: ValidationStatus::Warning, result, .. } => Some(result.as_str()),
            _ => None,
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            ["let pass by bea@%: agreed\nnames is wrong", "let pass by bea@%: agreed\ntable_budget is wrong"]
        );
        assert_eq!(ledger.reread(), ledger.events);
    }

    #[test]
    fn another_check_stops_it_again() {
        let mut ledger = stopped(false);
        assert_eq!(asks(&mut ledger, "ana@%", &["names"], Some("agreed")), None, "without four eyes anybody may");
        assert_eq!(turn(&mut ledger, &["names", "table_budget"]), FileState::Failed);
        let file = ledger.world.file(AT.0, AT.1).expect("the file");
        assert_eq!(file.stopped_by.iter().map(String::as_str).collect::<Vec<_>>(), ["table_budget"]);
    }

    #[test]
    fn what_does_not_count_says_why() {
        let mut ledger = stopped(true);
        for (operator, checks, reason, says) in [
            ("ana@10.%", &["names"][..], Some("mine"), "four eyes"),
            ("bea@%", &["names"], None, "needs a reason"),
            ("bea@%", &["parses"], Some("x"), "not stopped by parses, but by names, table_budget"),
            ("bea@%", &[], Some("x"), "no check is named"),
        ] {
            let refused = asks(&mut ledger, operator, checks, reason).expect(says);
            assert!(refused.contains(says), "{refused}");
        }
        assert_eq!(asks(&mut ledger, "bea@%", &["names"], Some("x")), None);
        let refused = asks(&mut ledger, "bea@%", &["names"], Some("x")).expect("it waits for its turn");
        assert!(refused.contains("no check has stopped it"), "{refused}");
    }
}
