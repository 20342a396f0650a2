//! The way of one file from its turn to its completion.

use super::context::{FileContext, Refusal};
use super::input::{Draft, Finding, StatementResult};
use super::{rollback, undo};
use crate::model::{
    AlertType, BatchStatus, Category, Cause, EventKind, Failure, FileState, Hold, Ids, Phase, Running, ValidationId,
    ValidationPhase,
};

pub(super) fn turn(context: &FileContext<'_>) -> Result<Vec<Draft>, Refusal> {
    let mut events = Vec::new();
    if context.batch.status == BatchStatus::Pending {
        events.push(context.draft(EventKind::BatchStarted));
    }
    events.extend(context.moved(FileState::Preparing, Cause::Turn, None)?);
    Ok(events)
}

pub(super) fn prepared(context: &FileContext<'_>, result: Result<(), Failure>) -> Result<Vec<Draft>, Refusal> {
    match result {
        Ok(()) => context.moved(FileState::ValidatingPre, Cause::Prepared, None),
        Err(failure) => stopped_before(context, Cause::NotReady, failure),
    }
}

/// The file stands in line, and goes on by itself.
pub(super) fn blocked(context: &FileContext<'_>) -> Vec<Draft> {
    let reason = context.batch.queue(context.file).map(|queue| queue.reason());
    let placed =
        |reason| context.draft(EventKind::HoldPlaced { hold: Hold::Blocked, file: Some(context.file.id), reason });
    reason.map(placed).into_iter().collect()
}

pub(super) fn checked_before(context: &FileContext<'_>, findings: Vec<Finding>) -> Result<Vec<Draft>, Refusal> {
    context.expects("the checks before", FileState::ValidatingPre)?;
    let blocking = findings.iter().find(|f| f.blocks()).cloned();
    let mut events = recorded(context, ValidationPhase::Pre, findings);
    match blocking {
        None => events.extend(context.moved(FileState::Migrating, Cause::ChecksPassed, None)?),
        Some(finding) => {
            let failure = Failure::new(Category::Validation, format!("{}: {}", finding.check, finding.result))
                .hint("nothing was touched; mend the file and migrate again, or retry when the cause is gone");
            events.extend(stopped_before(context, Cause::CheckFailed, failure)?);
        }
    }
    Ok(events)
}

/// A file that stops before anything was touched.
fn stopped_before(context: &FileContext<'_>, cause: Cause, failure: Failure) -> Result<Vec<Draft>, Refusal> {
    let mut events = context.moved(FileState::Failed, cause, Some(failure.clone()))?;
    events.push(context.alert(AlertType::Error, "stopped before it ran", &failure.to_string()));
    Ok(events)
}

pub(super) fn waited(
    context: &FileContext<'_>,
    attempt: u32,
    ms: u64,
    failure: Failure,
    blockers: Vec<String>,
) -> Result<Vec<Draft>, Refusal> {
    let running = running(context)?;
    let (file, statement, phase) = (context.file.id, running.statement, running.phase);
    Ok(vec![context.draft(EventKind::StatementWaited { file, statement, phase, attempt, ms, failure, blockers })])
}

/// A statement is about to be sent; its intent is durable before.
pub(super) fn sending(context: &FileContext<'_>, phase: Phase, started: EventKind) -> Result<Vec<Draft>, Refusal> {
    let state = match phase {
        Phase::Forward => FileState::Migrating,
        Phase::Undo => FileState::RollingBack,
    };
    context.expects("a statement", state)?;
    Ok(vec![context.draft(started)])
}

pub(super) fn ended(context: &FileContext<'_>, result: StatementResult) -> Result<Vec<Draft>, Refusal> {
    let running = running(context)?;
    let (file, statement, phase) = (context.file.id, running.statement, running.phase);
    match result {
        StatementResult::Done { rows, ms, warnings, fingerprint, definitions, kept } => {
            let left_alone = left_alone(context, phase, &warnings);
            let done = EventKind::StatementFinished {
                file,
                statement,
                phase,
                rows,
                ms,
                warnings,
                fingerprint,
                definitions,
                kept,
            };
            let mut events = vec![context.draft(done)];
            if !left_alone.is_empty() {
                let what = "was undone, but for rows that others have changed since";
                events.push(context.alert(AlertType::Warning, what, &left_alone));
            }
            if phase == Phase::Forward && statement + 1 >= context.file.statements {
                events.extend(context.moved(FileState::ValidatingPost, Cause::StatementsDone, None)?);
            }
            Ok(events)
        }
        StatementResult::Failed { ms, failure, effect } => {
            let failed = EventKind::StatementFailed { file, statement, phase, ms, failure: failure.clone(), effect };
            let mut events = vec![context.draft(failed)];
            events.extend(match phase {
                Phase::Forward => undo::begin(context, Cause::StatementFailed, failure)?,
                Phase::Undo => undo::fell_short(context, failure)?,
            });
            Ok(events)
        }
    }
}

/// The rows that a step which puts kept data back has left as others made them, one a line.
fn left_alone(context: &FileContext<'_>, phase: Phase, warnings: &[String]) -> String {
    const NAMED: usize = 20;
    let warnings = context.file.leaves_alone(phase, warnings);
    let mut lines: Vec<String> = warnings.iter().take(NAMED).cloned().collect();
    if warnings.len() > NAMED {
        lines.push(format!("and {} more", warnings.len() - NAMED));
    }
    lines.join("\n")
}

fn running<'a>(context: &FileContext<'a>) -> Result<&'a Running, Refusal> {
    let misplaced =
        || Refusal::Misplaced { what: "the end of a statement", file: context.file.id, state: context.file.state };
    context.file.running.as_deref().ok_or_else(misplaced)
}

pub(super) fn checked_after(context: &FileContext<'_>, findings: Vec<Finding>) -> Result<Vec<Draft>, Refusal> {
    context.expects("the checks after", FileState::ValidatingPost)?;
    let critical = findings.iter().find(|f| f.blocks()).cloned();
    let windows = rollback::from_findings(context, &findings);
    let mut events = recorded(context, ValidationPhase::Post, findings);
    match critical {
        None => {
            events.extend(windows);
            events.extend(context.moved(FileState::Completing, Cause::ChecksPassed, None)?);
        }
        Some(finding) => {
            let failure = Failure::new(Category::Validation, format!("{}: {}", finding.check, finding.result));
            events.extend(undo::begin(context, Cause::ClassA, failure)?);
        }
    }
    Ok(events)
}

pub(super) fn abort(context: &FileContext<'_>) -> Result<Vec<Draft>, Refusal> {
    let cause = if context.batch.aborting.is_some() { Cause::Aborted } else { Cause::WithBatch };
    match context.file.state {
        FileState::Preparing | FileState::ValidatingPre => context.moved(FileState::Idle, cause, None),
        _ if cause == Cause::WithBatch => context.moved(FileState::RollingBack, cause, None),
        _ => undo::begin(context, Cause::Aborted, Failure::new(Category::Aborted, "an operator aborted the batch")),
    }
}

fn recorded(context: &FileContext<'_>, phase: ValidationPhase, findings: Vec<Finding>) -> Vec<Draft> {
    let mut next = context.world.ids.validation;
    findings
        .into_iter()
        .map(|f| {
            context.draft(EventKind::ValidationRecorded {
                validation: ValidationId(Ids::take(&mut next)),
                file: Some(context.file.id),
                phase,
                check: f.check,
                status: f.status,
                class: f.class,
                result: f.result,
                ms: f.ms,
            })
        })
        .collect()
}
