//! The batch as a whole: holds, progress and its end.

use super::context::FileContext;
use super::input::Draft;
use super::{rollback, undo};
use crate::model::{
    Batch, BatchStatus, Class, EventKind, FileState, Hold, Progress, ProgressId, RollbackId, RollbackStatus, Verb,
    World,
};

/// The batches before it have ended: it is held up no more.
pub(super) fn driven(batch: &Batch) -> Vec<Draft> {
    let held = batch.holds.contains_key(&Hold::Blocked);
    let lifted = || Draft::new(batch.id, EventKind::HoldLifted { hold: Hold::Blocked, file: None });
    held.then(lifted).into_iter().collect()
}

pub(super) fn breakpoint_reached(context: &FileContext<'_>, statement: Option<u32>) -> Vec<Draft> {
    let file = context.file.id;
    let place = match statement {
        Some(n) => format!("{}:{}", context.file.path, n + 1),
        None => context.file.path.clone(),
    };
    let reason = format!("breakpoint at {place}");
    vec![
        context.draft(EventKind::BreakpointCleared { file, statement }),
        context.draft(EventKind::HoldPlaced { hold: Hold::Paused, file: None, reason }),
    ]
}

/// The reason of the hold that an interrupted process leaves behind; the next `migrate` lifts it.
pub const INTERRUPTED: &str = "the process that drove it was asked to end";

pub(super) fn interrupted(batch: &Batch) -> Vec<Draft> {
    if batch.status.is_final() || batch.holds.contains_key(&Hold::Paused) {
        return Vec::new();
    }
    let reason = INTERRUPTED.to_owned();
    vec![Draft::new(batch.id, EventKind::HoldPlaced { hold: Hold::Paused, file: None, reason })]
}

/// The server is too busy for anything to begin, or no longer.
pub(super) fn throttled(batch: &Batch, why: Option<String>) -> Vec<Draft> {
    let hold = Hold::Throttled;
    let kind = match (batch.is_throttled(), why) {
        (false, Some(reason)) if !batch.status.is_final() => EventKind::HoldPlaced { hold, file: None, reason },
        (true, None) => EventKind::HoldLifted { hold, file: None },
        _ => return Vec::new(),
    };
    vec![Draft::new(batch.id, kind)]
}

/// No statement is under way: a pause is in force.
pub(super) fn quiet(batch: &Batch) -> Vec<Draft> {
    let done = |verb: &Verb| match verb {
        Verb::Pause => true,
        Verb::Abort { .. } => batch.active().all(|f| f.state == FileState::RollingBack),
        Verb::Step { .. } => batch.grant.is_none(),
        _ => true,
    };
    let effective = batch.commands.iter().filter(|(_, verb)| done(verb));
    effective.map(|(id, _)| Draft::new(batch.id, EventKind::CommandEffective { command: *id })).collect()
}

pub(super) fn progress(world: &World, batch: &Batch, done: Progress) -> Vec<Draft> {
    if batch.progress.as_ref().is_some_and(|(_, before)| *before == done) {
        return Vec::new();
    }
    let progress = batch.progress.as_ref().map_or(ProgressId(world.ids.progress + 1), |(id, _)| *id);
    vec![Draft::new(batch.id, EventKind::ProgressNoted { progress, done })]
}

/// An abort that keeps nothing: what has completed is rolled back too.
pub(super) fn abort(world: &World, batch: &Batch) -> Vec<Draft> {
    let rollback = RollbackId(world.ids.rollback + 1);
    let opened = EventKind::RollbackOpened {
        rollback,
        file: None,
        class: Class::A,
        reason: "an operator aborted the batch".to_owned(),
        files: undo::completed(batch, batch.scope(Class::A, &[])).collect(),
        affected: Vec::new(),
        window: None,
        alert: None,
        loss_accepted: false,
    };
    let started = EventKind::RollbackStarted { rollback, files: Vec::new(), compensating: None };
    vec![Draft::new(batch.id, opened), Draft::new(batch.id, started)]
}

/// A running rollback has undone what it can. One of class A ends the batch, unless an abort has come meanwhile that
/// has more to undo; after any other the files that do not depend on it go on.
pub(super) fn rollback_done(batch: &Batch, id: RollbackId) -> Vec<Draft> {
    let Some(rollback) = batch.rollbacks.get(&id) else { return Vec::new() };
    let mut events = rollback::ended(batch, rollback);
    let others = batch.rollbacks.values().any(|r| r.status == RollbackStatus::Running && r.id != id);
    if rollback.class == Class::A && batch.active.is_empty() && !others && !batch.owes_an_abort() {
        events.extend(exhausted(batch));
    }
    events
}

/// Nothing more can move: the batch ends.
pub(super) fn exhausted(batch: &Batch) -> Vec<Draft> {
    if batch.status.is_final() {
        return Vec::new();
    }
    let (status, reason) = end(batch);
    vec![Draft::new(batch.id, EventKind::BatchEnded { status, reason })]
}

fn end(batch: &Batch) -> (BatchStatus, Option<String>) {
    let total = batch.files.len();
    let failed = batch.count(FileState::Failed);
    let first_failure = batch.in_order().find_map(|f| f.failure.as_ref().map(|e| format!("{}: {e}", f.path)));
    if batch.completed as usize == total {
        (BatchStatus::Completed, None)
    } else if failed > 0 || batch.completed > 0 {
        let kept = format!("{} of {total} files are completed", batch.completed);
        (BatchStatus::Failed, Some(first_failure.map_or(kept.clone(), |f| format!("{f}; {kept}"))))
    } else {
        (BatchStatus::RolledBack, first_failure)
    }
}
