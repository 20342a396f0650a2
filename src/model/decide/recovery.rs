//! What a worker makes of a batch that another left behind (`2-lifecycle`, scenario 4).

use super::*;

/// What became of the statement that was under way when the worker ended.
pub(super) fn decided(of: &Of<'_>, effect: Effect, evidence: String) -> Result<Vec<Draft>, Refusal> {
    let misplaced = || Refusal::Misplaced { what: "evidence", file: of.file.id, state: of.file.state };
    let running = of.file.running.as_ref().ok_or_else(misplaced)?;
    let (file, statement, phase) = (of.file.id, running.statement, running.phase);
    let mut events =
        vec![of.draft(EventKind::StatementDecided { file, statement, phase, effect, evidence: evidence.clone() })];
    if phase == Phase::Undo && effect == Effect::Unknown {
        events.extend(undo::failed(of, Failure::new(Category::InDoubt, evidence))?);
    }
    Ok(events)
}

/// By the seed's rule: what touched nothing waits again, what was migrating is rolled back, what had run all its
/// statements goes on, what was rolling back goes on. Statements in doubt must have been decided before.
pub(super) fn restarted(world: &World, batch: &Batch) -> Result<Vec<Draft>, Refusal> {
    let mut events = Vec::new();
    for file in batch.active() {
        let of = Of { world, batch, file };
        match file.state {
            FileState::Preparing | FileState::ValidatingPre => {
                events.extend(of.moved(FileState::Idle, Cause::Restarted, None)?);
            }
            FileState::Migrating if file.next_statement().is_none() && !file.has_doubt() => {
                events.extend(of.moved(FileState::ValidatingPost, Cause::StatementsDone, None)?);
            }
            FileState::Migrating => {
                let done = file.in_force().count();
                let message = format!("the worker ended while the file was migrating, after {done} statements");
                events.extend(undo::begin(&of, Cause::Restarted, Failure::new(Category::InDoubt, message))?);
            }
            _ => {}
        }
    }
    Ok(events)
}

impl File {
    /// Whether a statement's effect is not known, or one of them is known not to have happened.
    fn has_doubt(&self) -> bool {
        self.records.iter().any(|r| r.effect != Effect::Took)
    }
}
