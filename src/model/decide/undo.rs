//! Undoing: who follows a file that failed, and how an undo ends.

use super::*;

/// The class and the scope of the rollback that a failure brings at once (`2-lifecycle`, scenario 2): the file itself
/// always; after a doctrine file, or an abort that keeps nothing, everything of the batch that has completed; else what
/// depends on it.
fn scope(of: &Of<'_>, cause: Cause) -> (Class, Vec<FileId>) {
    let whole = match (cause, of.batch.aborting) {
        (_, Some(keep_completed)) => !keep_completed,
        // A crash says nothing against the files that have completed: they stay.
        (Cause::Restarted, None) => false,
        (Cause::ClassA, None) => true,
        (_, None) => of.file.file_type == FileType::Doctrine,
    };
    let class = match of.file.file_type {
        _ if whole => Class::A,
        FileType::Doctrine => Class::A,
        FileType::Module | FileType::Agent => Class::B,
        FileType::Documentation => Class::D,
    };
    let follow = match (whole, class) {
        (true, _) => of.batch.scope(Class::A, &[]),
        (false, Class::B) if of.batch.aborting.is_none() => of.batch.scope(Class::B, &[of.file.id]),
        (false, _) => Vec::new(),
    };
    let mut files = vec![of.file.id];
    files.extend(with_it(of.batch, follow).filter(|id| *id != of.file.id));
    (class, files)
}

/// Of some files, those that have completed. One that could not be undone before is for a person, not for a rollback
/// that nobody ordered.
pub(super) fn completed(batch: &Batch, files: Vec<FileId>) -> impl Iterator<Item = FileId> + '_ {
    files.into_iter().filter(|id| batch.file(*id).is_some_and(|f| f.outcome == Some(Outcome::Completed)))
}

/// Of some files, those that have completed or run beside the one that failed.
fn with_it(batch: &Batch, files: Vec<FileId>) -> impl Iterator<Item = FileId> + '_ {
    use FileState::{Completing, Migrating, ValidatingPost};
    let runs = |f: &File| matches!(f.state, Migrating | ValidatingPost | Completing);
    let goes = move |f: &File| runs(f) || f.outcome == Some(Outcome::Completed);
    files.into_iter().filter(move |id| batch.file(*id).is_some_and(goes))
}

/// The file goes to rolling_back, in a rollback of its own or in the one that is already running.
pub(super) fn begin(of: &Of<'_>, cause: Cause, failure: Failure) -> Result<Vec<Draft>, Refusal> {
    let reason = failure.to_string();
    let mut events = of.moved(FileState::RollingBack, cause, Some(failure))?;
    if of.batch.running_rollback().is_some_and(|r| r.files.contains(&of.file.id)) {
        return Ok(events);
    }
    let (class, files) = scope(of, cause);
    let rollback = RollbackId(of.world.ids.rollback + 1 + of.taken);
    let opened = EventKind::RollbackOpened {
        rollback,
        file: Some(of.file.id),
        class,
        reason: reason.clone(),
        files,
        affected: vec![of.file.id],
        window: None,
        alert: None,
    };
    events.push(of.draft(opened));
    events.push(of.draft(EventKind::RollbackStarted { rollback, files: Vec::new(), compensating: None }));
    let alert_type = if class == Class::A { AlertType::Critical } else { AlertType::Warning };
    events.push(file::alert(of, alert_type, "failed and is rolled back", &reason));
    Ok(events)
}

pub(super) fn chosen(of: &Of<'_>, plan: UndoPlan) -> Result<Vec<Draft>, Refusal> {
    of.expects("an undo plan", FileState::RollingBack)?;
    let rollback = of.batch.running_rollback().map(|r| r.id);
    let mut events = vec![of.draft(EventKind::UndoPlanned { file: of.file.id, rollback, plan: plan.clone() })];
    if let UndoPlan::Impossible { reason, .. } = plan {
        events.extend(failed(of, Failure::new(Category::Undo, reason))?);
    }
    Ok(events)
}

/// The undo did not work: a person is needed. What failed first keeps its place, its code and the first word.
pub(super) fn failed(of: &Of<'_>, failure: Failure) -> Result<Vec<Draft>, Refusal> {
    let mut failure = failure;
    if let Some(first) = of.file.failure.as_ref().filter(|f| f.message != failure.message) {
        let script = if failure.statement.is_some() { "in its rollback script, " } else { "" };
        let message = format!("{}; and it could not be undone: {script}{failure}", first.message);
        failure = Failure { message, ..first.clone() };
    }
    failure.category = Category::Undo;
    let message = failure.to_string();
    let mut events = of.moved(FileState::Failed, Cause::UndoFailed, Some(failure))?;
    events.push(file::alert(of, AlertType::Critical, "could not be undone: a person is needed", &message));
    Ok(events)
}

/// A script cannot go on without what it had set up in its session.
pub(super) fn session_lost(of: &Of<'_>, failure: Failure) -> Result<Vec<Draft>, Refusal> {
    match of.file.state {
        FileState::RollingBack => failed(of, failure),
        _ => begin(of, Cause::StatementFailed, failure),
    }
}

pub(super) fn verified(of: &Of<'_>, difference: Option<String>) -> Result<Vec<Draft>, Refusal> {
    of.expects("a verification", FileState::RollingBack)?;
    let equal = difference.is_none();
    let event = EventKind::UndoVerified { file: of.file.id, equal, difference: difference.clone() };
    let mut events = vec![of.draft(event)];
    events.extend(match difference {
        None => of.moved(FileState::Idle, Cause::Undone, None)?,
        Some(difference) => {
            let message = format!("what stands after the undo is not what stood before the file:\n{difference}");
            failed(of, Failure::new(Category::Undo, message))?
        }
    });
    Ok(events)
}
