//! Recovery of a batch that another left behind (`docs/design/lifecycle.md`, After a crash).

use super::context::{FileContext, Refusal};
use super::input::Draft;
use super::undo;
use crate::model::{
    AlertType, Batch, Category, Cause, Effect, EventKind, Failure, File, FileId, FileState, Hold, OnCrash, Phase,
    RecordedDefinition, World,
};

/// Records what became of the statement that was under way when the worker ended.
pub(super) fn decided(
    context: &FileContext<'_>,
    effect: Effect,
    evidence: String,
    definitions: Vec<RecordedDefinition>,
) -> Result<Vec<Draft>, Refusal> {
    let misplaced = || Refusal::Misplaced { what: "evidence", file: context.file.id, state: context.file.state };
    let running = context.file.running.as_ref().ok_or_else(misplaced)?;
    let (file, statement, phase) = (context.file.id, running.statement, running.phase);
    let said = evidence.clone();
    let decided = EventKind::StatementDecided { file, statement, phase, effect, evidence: said, definitions };
    let mut events = vec![context.draft(decided)];
    if phase == Phase::Undo && effect == Effect::Unknown {
        events.extend(undo::fell_short(context, Failure::new(Category::InDoubt, evidence))?);
    }
    Ok(events)
}

/// By the seed's rule: what touched nothing waits again, what was migrating is rolled back, what had run all its
/// statements goes on, what was rolling back goes on. Statements in doubt must have been decided before.
///
/// A batch that a person held, paused or in step mode, did not crash where it stood between two statements: every
/// checkpoint is certain. Those of its files whose session left nothing behind (`resumable`) stay where they stand.
///
/// Where the policy says so, or the undo would cost too much (`expensive`), nothing is undone unasked: the file stays where it
/// stands, and somebody chooses.
pub(super) fn restarted(
    world: &World,
    batch: &Batch,
    resumable: &[FileId],
    expensive: &[(FileId, String)],
) -> Result<Vec<Draft>, Refusal> {
    let held_by_a_person = [Hold::Paused, Hold::Stepping].iter().any(|hold| batch.holds.contains_key(hold));
    let mut events = Vec::new();
    let mut taken = 0;
    let mut choices = Vec::new();
    for file in batch.active() {
        let context = FileContext { world, batch, file, taken };
        match file.state {
            FileState::Preparing | FileState::ValidatingPre => {
                events.extend(context.moved(FileState::Idle, Cause::Restarted, None)?);
            }
            FileState::Migrating if file.next_statement().is_none() && file.is_certain() => {
                events.extend(context.moved(FileState::ValidatingPost, Cause::StatementsDone, None)?);
            }
            FileState::Migrating if held_by_a_person && resumable.contains(&file.id) && file.is_certain() => {}
            FileState::Migrating if file.crash.is_some() => {}
            FileState::Migrating => {
                match unasked(batch, file, expensive) {
                    Ok(()) => events.extend(undo::begin(&context, Cause::Restarted, left(file))?),
                    Err(why) => {
                        let (reason, held) = held(&context, &why, resumable.contains(&file.id));
                        events.extend(held);
                        choices.push(reason);
                    }
                }
                taken += 1;
            }
            _ => {}
        }
    }
    if !choices.is_empty() {
        let (hold, reason) = (Hold::AwaitingApproval, choices.join("; "));
        events.push(Draft::new(batch.id, EventKind::HoldPlaced { hold, file: None, reason }));
    }
    Ok(events)
}

/// Decides that the undo of a file that was left half-way begins unasked, or gives the reason why not. An abort is an
/// answer already, and what has nothing to undo needs none.
fn unasked(batch: &Batch, file: &File, expensive: &[(FileId, String)]) -> Result<(), String> {
    if batch.aborting.is_some() || !file.has_effects() {
        return Ok(());
    }
    if batch.policy.after_crash.then == OnCrash::Hold {
        return Err("policy.on_crash = hold".to_owned());
    }
    expensive.iter().find(|(id, _)| *id == file.id).map_or(Ok(()), |(_, why)| Err(why.clone()))
}

/// Describes as a failure how far a file had come when its worker ended.
fn left(file: &File) -> Failure {
    let done = file.in_force().count();
    let after = match done {
        0 => "before its first statement had ended".to_owned(),
        1 => "after 1 statement".to_owned(),
        _ => format!("after {done} statements"),
    };
    Failure::new(Category::InDoubt, format!("the worker ended while the file was migrating, {after}"))
}

/// Nothing moves until somebody has chosen.
fn held(context: &FileContext<'_>, why: &str, resumable: bool) -> (String, Vec<Draft>) {
    let resumable = resumable && context.file.resume_point().is_some();
    let choices = if resumable { "`rollback` undoes it, `resume` goes on" } else { "`rollback` undoes it" };
    let reason = format!("{}: {}; {why}: {choices}", context.file.path, left(context.file).message);
    let alert = context.alert(AlertType::Critical, "was left half-way: somebody has to choose", &reason);
    let found = EventKind::CrashHeld { file: context.file.id, reason: reason.clone(), resumable };
    (reason, vec![context.draft(found), alert])
}

/// Somebody has chosen that what a crash left half-way goes on.
pub(super) fn resume(batch: &Batch) -> Result<Vec<EventKind>, String> {
    let mut events = Vec::new();
    for file in batch.crashed() {
        let Some(statement) = file.resumes_at() else {
            let doubt: Vec<String> = file.in_doubt().map(|n| (n + 1).to_string()).collect();
            let why = match doubt.is_empty() {
                true => "what it had set up in its session is gone".to_owned(),
                false => format!("nobody can say whether statement {} took effect", doubt.join(", ")),
            };
            return Err(format!("{} cannot go on, since {why}; `caribou rollback` undoes it", file.path));
        };
        events.push(EventKind::CrashResumed { file: file.id, statement });
    }
    let lifted = [Hold::AwaitingApproval, Hold::Paused, Hold::Stepping].into_iter();
    let lifted = lifted.filter(|hold| batch.holds.contains_key(hold));
    events.extend(lifted.map(|hold| EventKind::HoldLifted { hold, file: None }));
    Ok(events)
}

/// Somebody has chosen that it is undone.
pub(super) fn undo_crashed(world: &World, batch: &Batch, reason: Option<&str>) -> Result<Vec<Draft>, String> {
    let Some(reason) = reason.map(str::trim).filter(|r| !r.is_empty()) else {
        return Err("a rollback needs a reason".into());
    };
    let lifted = EventKind::HoldLifted { hold: Hold::AwaitingApproval, file: None };
    let mut events = vec![Draft::new(batch.id, lifted)];
    for (taken, file) in (0..).zip(batch.crashed()) {
        let context = FileContext { world, batch, file, taken };
        let mut failure = left(file);
        failure.message = format!("{}; rolled back by an operator: {reason}", failure.message);
        events.extend(undo::begin(&context, Cause::Restarted, failure).map_err(|refusal| refusal.to_string())?);
    }
    Ok(events)
}

impl File {
    /// True if every statement that was sent has ended, and is in force; or the file has rolled it back itself. What was
    /// lost is always the end of what ran.
    fn is_certain(&self) -> bool {
        self.running.is_none()
            && self.records.iter().all(|r| matches!(r.effect, Effect::Took | Effect::None))
            && self.records.last().is_none_or(|r| r.effect == Effect::Took)
    }
}
