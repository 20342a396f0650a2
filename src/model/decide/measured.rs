//! Measurements around a batch: what was measured is journalled, and a probe that is slower opens a window.

use super::input::{Draft, Finding, ProbeFinding};
use super::rollback::{self, Opening};
use crate::model::{
    Batch, Class, EventKind, File, FileId, Ids, LockMode, MeasuredProbe, Outcome, ValidationId, ValidationPhase,
    ValidationStatus, World,
};

/// Probes were measured. Findings of class B open one window about the files that change what the slower probes read.
pub(super) fn probed(
    world: &World,
    batch: &Batch,
    phase: ValidationPhase,
    probes: Vec<MeasuredProbe>,
    findings: Vec<ProbeFinding>,
) -> Vec<Draft> {
    let mut ids = world.ids;
    let counts =
        |one: &&ProbeFinding| one.finding.class == Some(Class::B) && one.finding.status == ValidationStatus::Warning;
    let slower = || findings.iter().filter(counts);
    let tables = |one: &ProbeFinding| {
        let probe = probes.iter().find(|measured| Some(&measured.probe.name) == one.probe.as_ref())?;
        Some(probe.probe.tables.as_slice()).filter(|tables| !tables.is_empty())
    };
    let affected = affected(batch, &slower().map(tables).collect::<Vec<_>>());
    let reason: Vec<String> = slower().map(|one| first_lines(&one.finding.result)).collect();
    let mut kinds = vec![EventKind::ProbesMeasured { phase, probes }];
    kinds.extend(findings.into_iter().map(|one| recorded(&mut ids, phase, one.finding)));
    if !reason.is_empty() {
        let file = match affected.as_slice() {
            [one] => Some(*one),
            _ => None,
        };
        let opening = Opening { file, class: Class::B, reason: &reason.join("\n"), affected, has_window: true };
        kinds.extend(rollback::open(batch, &mut ids, opening).1);
    }
    kinds.into_iter().map(|kind| Draft::new(batch.id, kind)).collect()
}

/// What is told of a finding beside the log: its sentence and the figures, without the plans.
fn first_lines(result: &str) -> String {
    result.lines().take_while(|line| !line.starts_with("plan before")).collect::<Vec<_>>().join("\n")
}

/// The completed files that change one of the tables; none, for the whole batch, where a probe's tables are not known or
/// no file says that it changes one.
fn affected(batch: &Batch, tables: &[Option<&[String]>]) -> Vec<FileId> {
    let Some(tables) = tables.iter().copied().collect::<Option<Vec<&[String]>>>() else { return Vec::new() };
    let tables: Vec<&String> = tables.into_iter().flatten().collect();
    let changes = |file: &&File| {
        let Some(locks) = &file.locks else { return true };
        locks.iter().filter(|lock| lock.mode == LockMode::Exclusive).any(|lock| {
            let (kind, name) = lock.object.split_once(' ').unwrap_or(("", &lock.object));
            let name = name.rsplit('.').next().unwrap_or(name);
            // An index without its table may be one of any.
            kind == "index" || tables.iter().any(|table| table.rsplit('.').next() == Some(name))
        })
    };
    let completed = batch.in_order().filter(|file| file.outcome == Some(Outcome::Completed));
    completed.filter(changes).map(|file| file.id).collect()
}

fn recorded(ids: &mut Ids, phase: ValidationPhase, finding: Finding) -> EventKind {
    let Finding { check, status, class, result, ms } = finding;
    let validation = ValidationId(Ids::take(&mut ids.validation));
    EventKind::ValidationRecorded { validation, file: None, phase, check, status, class, result, ms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{Ledger, submission};
    use crate::model::{BatchId, Checksum, FileType, Input, Phase, Probe, RollbackId, Sending, StatementResult};

    const BATCH: BatchId = BatchId(1);

    /// Two files that have completed: the first changes t0, the second t1.
    fn completed() -> Ledger {
        let mut ledger = Ledger::default();
        let plan = submission(&[(FileType::Module, 1, &[]), (FileType::Module, 1, &[])]);
        ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
        for file in [1, 2].map(FileId) {
            let batch = BATCH;
            ledger.give(Input::Turn { batch, file });
            ledger.give(Input::Prepared { batch, file, result: Ok(()) });
            ledger.give(Input::CheckedBefore { batch, file, findings: Vec::new() });
            let sending = Sending::new((batch, file), (Phase::Forward, 0), Checksum("h".into()));
            ledger.give(Input::Sending(sending));
            let (warnings, definitions, fingerprint) = (Vec::new(), Vec::new(), "g".to_owned());
            let result = StatementResult::Done { rows: 0, ms: 1, warnings, fingerprint, definitions, kept: Vec::new() };
            ledger.give(Input::Ended { batch, file, result });
            ledger.give(Input::CheckedAfter { batch, file, findings: Vec::new() });
            ledger.give(Input::Recorded { batch, file });
        }
        ledger
    }

    fn slower(tables: &[&str]) -> Input {
        let tables = tables.iter().map(|table| (*table).to_owned()).collect();
        let probe = Probe { name: "p".into(), sql: "SELECT 1".into(), tables, max_ratio: 1.5, runs: 3 };
        let finding = Finding {
            check: "performance_probe".into(),
            status: ValidationStatus::Warning,
            class: Some(Class::B),
            result: "probe p is slower\nbefore: 1\nplan before:\nindex\nplan after:\nscan".into(),
            ms: 3,
        };
        let findings = vec![ProbeFinding { probe: Some("p".into()), finding }];
        let probes = vec![MeasuredProbe { us: vec![1, 2, 3], ..MeasuredProbe::new(probe) }];
        Input::Probed { batch: BATCH, phase: ValidationPhase::Post, probes, findings }
    }

    #[test]
    fn a_slower_probe_opens_a_window_about_the_files_that_change_its_tables() {
        for (tables, scope) in [(&["t1"][..], &[2][..]), (&["shop.t0"], &[1]), (&["t0", "t1"], &[2, 1]), (&[], &[2, 1])]
        {
            let mut ledger = completed();
            ledger.give(slower(tables));
            let rollback = &ledger.world.batches[&BATCH].rollbacks[&RollbackId(1)];
            assert!(rollback.is_awaiting() && rollback.class == Class::B && rollback.decide_by.is_some());
            assert_eq!(rollback.files.iter().map(|id| id.0).collect::<Vec<_>>(), scope, "{tables:?}");
            assert_eq!(rollback.reason, "probe p is slower\nbefore: 1", "the plans stay in the log");
            let logged = |kind: &EventKind| matches!(kind, EventKind::ValidationRecorded { file: None, result, .. } if result.contains("scan"));
            assert!(ledger.events.iter().any(|event| logged(&event.kind)));
        }
    }

    #[test]
    fn what_was_measured_before_is_there_again_after_a_restart() {
        let mut ledger = completed();
        let Input::Probed { probes, .. } = slower(&["t1"]) else { panic!("probes") };
        let (phase, findings) = (ValidationPhase::Pre, Vec::new());
        ledger.give(Input::Probed { batch: BATCH, phase, probes: probes.clone(), findings });
        let mut again = World::default();
        ledger.reread().iter().for_each(|event| drop(again.apply(event)));
        assert_eq!(again.batches[&BATCH].probes_before, Some(probes));
        assert!(again.batches[&BATCH].rollbacks.is_empty(), "nothing is compared before");
    }
}
