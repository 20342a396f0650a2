//! Undoing: who follows a file that failed, and how an undo ends.

use super::context::{FileContext, Refusal};
use super::input::Draft;
use crate::model::{
    AlertType, Batch, Category, Cause, Class, EventKind, Failure, FileId, FileState, Outcome, RollbackId, Undo, UndoBy,
    UndoPlan,
};

/// Of some files, those that have completed. One that could not be undone before is for a person, not for a rollback
/// that nobody ordered.
pub(super) fn completed(batch: &Batch, files: Vec<FileId>) -> impl Iterator<Item = FileId> + '_ {
    files.into_iter().filter(|id| batch.file(*id).is_some_and(|f| f.outcome == Some(Outcome::Completed)))
}

/// The file goes to rolling_back, in a rollback of its own or in the one that is already running.
pub(super) fn begin(context: &FileContext<'_>, cause: Cause, failure: Failure) -> Result<Vec<Draft>, Refusal> {
    let reason = failure.to_string();
    let mut events = context.moved(FileState::RollingBack, cause, Some(failure))?;
    if context.batch.running_rollback().is_some_and(|r| r.files.contains(&context.file.id)) {
        return Ok(events);
    }
    let (class, files) = context.batch.failure_scope(context.file, cause);
    let rollback = RollbackId(context.world.ids.rollback + 1 + context.taken);
    let opened = EventKind::RollbackOpened {
        rollback,
        file: Some(context.file.id),
        class,
        reason: reason.clone(),
        files,
        affected: vec![context.file.id],
        window: None,
        alert: None,
        loss_accepted: false,
    };
    events.push(context.draft(opened));
    events.push(context.draft(EventKind::RollbackStarted { rollback, files: Vec::new(), compensating: None }));
    let alert_type = if class == Class::A { AlertType::Critical } else { AlertType::Warning };
    events.push(context.alert(alert_type, "failed and is rolled back", &reason));
    Ok(events)
}

pub(super) fn chosen(context: &FileContext<'_>, plan: UndoPlan) -> Result<Vec<Draft>, Refusal> {
    context.expects("an undo plan", FileState::RollingBack)?;
    let rollback = context.batch.running_rollback().map(|r| r.id);
    let short = context.file.undo.as_ref().and_then(|undo| Some((undo, undo.fell_short.clone()?)));
    let after = short.as_ref().and_then(|(undo, why)| undo.part(why.clone()));
    let planned = EventKind::UndoPlanned { file: context.file.id, rollback, plan: plan.clone(), after };
    let mut events = vec![context.draft(planned)];
    if let UndoPlan::Impossible { reason, .. } = plan {
        let trouble = match short {
            Some((undo, why)) => format!("{}; and the rest cannot be derived: {reason}", told(undo, &why)),
            None => reason,
        };
        events.extend(impossible(context, trouble)?);
    }
    Ok(events)
}

/// The undo that was planned is not the end: the rest is derived; or there is no other way, and a person is needed.
pub(super) fn fell_short(context: &FileContext<'_>, failure: Failure) -> Result<Vec<Draft>, Refusal> {
    match &context.file.undo {
        Some(undo) if undo.has_rest() => {
            Ok(vec![context.draft(EventKind::UndoFellShort { file: context.file.id, failure })])
        }
        Some(undo) => impossible(context, told(undo, &failure)),
        None => impossible(context, failure.to_string()),
    }
}

/// Tells what befell a part of an undo, and where.
fn told(undo: &Undo, failure: &Failure) -> String {
    match (failure.statement, undo.by()) {
        (Some(_), Some(UndoBy::Script)) => format!("in its rollback script, {failure}"),
        (Some(step), Some(UndoBy::Derived)) => {
            let words = Failure { statement: None, line: None, ..failure.clone() };
            format!("in step {} of {} of what was derived, {words}", step + 1, undo.len())
        }
        _ => failure.to_string(),
    }
}

/// The undo did not work: a person is needed. What failed first keeps its place, its category and its words.
pub(super) fn impossible(context: &FileContext<'_>, trouble: String) -> Result<Vec<Draft>, Refusal> {
    let failure = match &context.file.failure {
        Some(first) => Failure { undo: Some(trouble), ..first.clone() },
        None => Failure::new(Category::Undo, trouble),
    };
    let message = failure.to_string();
    let mut events = context.moved(FileState::Failed, Cause::UndoFailed, Some(failure))?;
    events.push(context.alert(AlertType::Critical, "could not be undone: a person is needed", &message));
    Ok(events)
}

/// A script cannot go on without what it had set up in its session.
pub(super) fn session_lost(context: &FileContext<'_>, failure: Failure) -> Result<Vec<Draft>, Refusal> {
    match context.file.state {
        FileState::RollingBack => fell_short(context, failure),
        _ => begin(context, Cause::StatementFailed, failure),
    }
}

pub(super) fn verified(
    context: &FileContext<'_>,
    difference: Option<String>,
    not_compared: Vec<String>,
    left_alone: Vec<String>,
) -> Result<Vec<Draft>, Refusal> {
    context.expects("a verification", FileState::RollingBack)?;
    let equal = difference.is_none();
    let told = (equal && !left_alone.is_empty()).then(|| left_alone.join("\n"));
    let (file, difference_then) = (context.file.id, difference.clone());
    let event = EventKind::UndoVerified { file, equal, difference: difference_then, not_compared, left_alone };
    let mut events = vec![context.draft(event)];
    if let Some(told) = told {
        let what = "was undone, but for what others have changed since";
        events.push(context.alert(AlertType::Warning, what, &told));
    }
    events.extend(match difference {
        None => context.moved(FileState::Idle, Cause::Undone, None)?,
        Some(difference) => {
            let message = format!("what stands after the undo is not what stood before the file:\n{difference}");
            fell_short(context, Failure::new(Category::Undo, message))?
        }
    });
    Ok(events)
}
