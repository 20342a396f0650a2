//! A plan becomes a batch with its files.

use super::input::Draft;
use crate::model::{
    BatchId, CommandId, Dependency, DependencyId, EventKind, FileId, Hold, Ids, On, PlannedFile, Submission, Verb,
    World,
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
    if let Some(command) = command {
        events.push(by(EventKind::CommandAccepted { command, verb: Verb::Run, reason: None }));
        events.push(by(EventKind::CommandEffective { command }));
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
    }
}
