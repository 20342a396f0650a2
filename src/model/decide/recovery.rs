//! What a worker makes of a batch that another left behind (`2-lifecycle`, scenario 4).

use super::*;

/// What became of the statement that was under way when the worker ended.
pub(super) fn decided(
    of: &Of<'_>,
    effect: Effect,
    evidence: String,
    definitions: Vec<(String, Option<String>)>,
) -> Result<Vec<Draft>, Refusal> {
    let misplaced = || Refusal::Misplaced { what: "evidence", file: of.file.id, state: of.file.state };
    let running = of.file.running.as_ref().ok_or_else(misplaced)?;
    let (file, statement, phase) = (of.file.id, running.statement, running.phase);
    let said = evidence.clone();
    let decided = EventKind::StatementDecided { file, statement, phase, effect, evidence: said, definitions };
    let mut events = vec![of.draft(decided)];
    if phase == Phase::Undo && effect == Effect::Unknown {
        events.extend(undo::failed(of, Failure::new(Category::InDoubt, evidence))?);
    }
    Ok(events)
}

/// By the seed's rule: what touched nothing waits again, what was migrating is rolled back, what had run all its
/// statements goes on, what was rolling back goes on. Statements in doubt must have been decided before.
///
/// A batch that was paused did not crash: its worker ended between two statements, as it was asked to, and every
/// checkpoint is certain. Those of its files whose session left nothing behind (`resumable`) go on where they stand.
pub(super) fn restarted(world: &World, batch: &Batch, resumable: &[FileId]) -> Result<Vec<Draft>, Refusal> {
    let paused = batch.holds.contains_key(&Hold::Paused);
    let mut events = Vec::new();
    let mut taken = 0;
    for file in batch.active() {
        let of = Of { world, batch, file, taken };
        match file.state {
            FileState::Preparing | FileState::ValidatingPre => {
                events.extend(of.moved(FileState::Idle, Cause::Restarted, None)?);
            }
            FileState::Migrating if file.next_statement().is_none() && file.is_certain() => {
                events.extend(of.moved(FileState::ValidatingPost, Cause::StatementsDone, None)?);
            }
            FileState::Migrating if paused && resumable.contains(&file.id) && file.is_certain() => {}
            FileState::Migrating => {
                let done = file.in_force().count();
                let after = match done {
                    0 => "before its first statement had ended".to_owned(),
                    1 => "after 1 statement".to_owned(),
                    _ => format!("after {done} statements"),
                };
                let message = format!("the worker ended while the file was migrating, {after}");
                events.extend(undo::begin(&of, Cause::Restarted, Failure::new(Category::InDoubt, message))?);
                taken += 1;
            }
            _ => {}
        }
    }
    Ok(events)
}

impl File {
    /// Whether every statement that was sent has ended, and is in force.
    fn is_certain(&self) -> bool {
        self.running.is_none() && self.records.iter().all(|r| r.effect == Effect::Took)
    }
}
