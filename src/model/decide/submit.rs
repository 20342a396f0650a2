//! A plan becomes a batch with its files.

use super::input::{Draft, Finding};
use crate::model::{
    BatchId, BatchStatus, Cause, CommandId, Dependency, DependencyId, EventKind, FileId, FileState, Hold, Ids, On,
    PlannedFile, Submission, ValidationId, ValidationPhase, Verb, World,
};

pub(super) fn submit(
    world: &World,
    submission: Submission,
    operator: String,
    command: Option<CommandId>,
) -> Vec<Draft> {
    let mut ids = world.ids;
    let batch = BatchId(Ids::take(&mut ids.batch));
    let mut events = Vec::with_capacity(submission.files.len() + 4);
    let by = |kind| Draft { batch, operator: Some(operator.clone()), kind };
    events.push(by(EventKind::BatchCreated {
        name: submission.name,
        epoch_from: submission.epoch_from,
        epoch_to: submission.epoch_to,
        total_files: u32::try_from(submission.files.len()).unwrap_or(u32::MAX),
        plan: submission.plan,
        policy: submission.policy.clone(),
        compensates: None,
    }));
    let keys: Vec<FileId> = submission.files.iter().map(|_| FileId(Ids::take(&mut ids.file))).collect();
    for (order, (file, planned)) in (0..).zip(keys.iter().zip(submission.files)) {
        events.push(by(planned_event(&mut ids, &keys, *file, order, planned)));
    }
    for finding in &submission.findings {
        let Finding { check, status, class, result, ms } = Finding::from_plan(finding);
        let validation = ValidationId(Ids::take(&mut ids.validation));
        let (file, phase) = (None, ValidationPhase::Pre);
        let recorded = EventKind::ValidationRecorded { validation, file, phase, check, status, class, result, ms };
        events.push(Draft::new(batch, recorded));
    }
    if let Some(command) = command {
        events.push(by(EventKind::CommandAccepted { command, verb: Verb::Run, reason: None }));
        events.push(by(EventKind::CommandEffective { command }));
    }
    if submission.policy.adopted.is_some() || submission.policy.squashed {
        events.extend(taken_over(&keys).map(|kind| Draft::new(batch, kind)));
        return events;
    }
    if let Some(open) = world.batches.values().rev().find(|b| !b.status.is_final() && b.compensates.is_none()) {
        let reason = format!("after batch {} ({}), which is {}", open.id, open.name, open.status);
        events.push(by(EventKind::HoldPlaced { hold: Hold::Blocked, file: None, reason }));
    }
    if submission.policy.step {
        let reason = "step by step, as asked at the start".to_owned();
        events.push(by(EventKind::HoldPlaced { hold: Hold::Stepping, file: None, reason }));
    }
    events
}

/// Another tool has run the files: each is recorded, and the batch has ended before anything could run.
fn taken_over(files: &[FileId]) -> impl Iterator<Item = EventKind> {
    use FileState::{Completing, Idle};
    let moved = |file, from, to, cause| EventKind::FileMoved { file, from, to, cause, failure: None };
    let files = files.iter().flat_map(move |file| {
        [moved(*file, Idle, Completing, Cause::Adopted), moved(*file, Completing, Idle, Cause::Recorded)]
    });
    let ended = EventKind::BatchEnded { status: BatchStatus::Completed, reason: None };
    std::iter::once(EventKind::BatchStarted).chain(files.collect::<Vec<_>>()).chain([ended])
}

fn planned_event(ids: &mut Ids, keys: &[FileId], file: FileId, sort_order: u32, planned: PlannedFile) -> EventKind {
    let depends_on = planned
        .requires
        .into_iter()
        .filter_map(|r| {
            let on = match r.on {
                On::Planned(place) => *keys.get(place)?,
                On::Earlier(file) => file,
            };
            let id = DependencyId(Ids::take(&mut ids.dependency));
            Some(Dependency { id, on, path: r.path, kind: r.kind, description: r.description })
        })
        .collect();
    EventKind::FilePlanned {
        file,
        path: planned.path,
        file_type: planned.file_type,
        hash: planned.hash,
        canonical: planned.canonical,
        source: planned.source,
        epoch_from: planned.epoch_from,
        epoch_to: planned.epoch_to,
        sort_order,
        wave: planned.wave,
        statements: planned.statements,
        undo_statements: planned.undo_statements,
        coverage: planned.coverage,
        depends_on,
        locks: planned.locks,
        expected: planned.expected,
        findings: planned.findings,
    }
}

#[cfg(test)]
mod tests {
    use crate::model::testing::{Ledger, submission};
    use crate::model::*;

    #[test]
    fn what_another_tool_has_run_is_recorded_and_does_not_run() {
        let mut ledger = Ledger::default();
        let mut plan = submission(&[(FileType::Doctrine, 3, &[]), (FileType::Module, 1, &[0])]);
        plan.policy.step = true;
        plan.policy.adopted = Some(Adopted { tool: "Flyway".into(), table: "app.flyway_schema_history".into() });
        plan.policy.alerts = Some(AlertPolicy { prolonged: 1, rises: 1, ack_expires: 1, milestones: false });
        ledger.give(Input::Submitted { submission: Box::new(plan), operator: "ana@%".into(), command: None });
        let batch = &ledger.world.batches[&BatchId(1)];
        assert_eq!((batch.status, batch.completed, batch.holds.len()), (BatchStatus::Completed, 2, 0));
        assert!(batch.files.values().all(|file| file.state == FileState::Idle && file.stands()));
        let ran = ledger.events.iter().filter(|event| matches!(event.kind, EventKind::StatementStarted { .. })).count();
        assert_eq!(ran, 0);
        let due: Vec<_> = ledger.events.iter().flat_map(job_changes).collect();
        assert!(!due.iter().any(|change| matches!(change, JobChange::Set(_))), "an ended batch is not timed: {due:?}");
        let refused = rollback_scope(&ledger.world, batch, &[], Class::B).unwrap_err();
        assert!(refused.contains("Flyway"), "{refused}");
    }
}
