//! The way of one file from its turn to its completion.

use super::*;

pub(super) fn turn(of: &Of<'_>) -> Result<Vec<Draft>, Refusal> {
    let mut events = Vec::new();
    if of.batch.status == BatchStatus::Pending {
        events.push(of.draft(EventKind::BatchStarted));
    }
    events.extend(of.moved(FileState::Preparing, Cause::Turn, None)?);
    Ok(events)
}

pub(super) fn prepared(of: &Of<'_>, result: Result<(), Failure>) -> Result<Vec<Draft>, Refusal> {
    match result {
        Ok(()) => of.moved(FileState::ValidatingPre, Cause::Prepared, None),
        Err(failure) => stopped_before(of, Cause::NotReady, failure),
    }
}

/// The file stands in line, and goes on by itself.
pub(super) fn blocked(of: &Of<'_>) -> Vec<Draft> {
    let reason = of.batch.queue(of.file).map(|queue| queue.reason());
    let placed = |reason| of.draft(EventKind::HoldPlaced { hold: Hold::Blocked, file: Some(of.file.id), reason });
    reason.map(placed).into_iter().collect()
}

pub(super) fn checked_before(of: &Of<'_>, findings: Vec<Finding>) -> Result<Vec<Draft>, Refusal> {
    of.expects("the checks before", FileState::ValidatingPre)?;
    let blocking = findings.iter().find(|f| f.blocks()).cloned();
    let mut events = recorded(of, ValidationPhase::Pre, findings);
    match blocking {
        None => events.extend(of.moved(FileState::Migrating, Cause::ChecksPassed, None)?),
        Some(finding) => {
            let failure = Failure::new(Category::Validation, format!("{}: {}", finding.check, finding.result))
                .hint("nothing was touched; mend the file and migrate again, or retry when the cause is gone");
            events.extend(stopped_before(of, Cause::CheckFailed, failure)?);
        }
    }
    Ok(events)
}

/// A file that stops before anything was touched.
fn stopped_before(of: &Of<'_>, cause: Cause, failure: Failure) -> Result<Vec<Draft>, Refusal> {
    let mut events = of.moved(FileState::Failed, cause, Some(failure.clone()))?;
    events.push(alert(of, AlertType::Error, "stopped before it ran", &failure.to_string()));
    Ok(events)
}

pub(super) fn waited(
    of: &Of<'_>,
    attempt: u32,
    ms: u64,
    failure: Failure,
    blockers: Vec<String>,
) -> Result<Vec<Draft>, Refusal> {
    let running = running(of)?;
    let (file, statement, phase) = (of.file.id, running.statement, running.phase);
    Ok(vec![of.draft(EventKind::StatementWaited { file, statement, phase, attempt, ms, failure, blockers })])
}

pub(super) fn ended(of: &Of<'_>, result: StatementResult) -> Result<Vec<Draft>, Refusal> {
    let running = running(of)?;
    let (file, statement, phase) = (of.file.id, running.statement, running.phase);
    match result {
        StatementResult::Done { rows, ms, warnings, fingerprint, definitions, kept } => {
            let left_alone = left_alone(of, phase, &warnings);
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
            let mut events = vec![of.draft(done)];
            if !left_alone.is_empty() {
                let what = "was undone, but for rows that others have changed since";
                events.push(alert(of, AlertType::Warning, what, &left_alone));
            }
            if phase == Phase::Forward && statement + 1 >= of.file.statements {
                events.extend(of.moved(FileState::ValidatingPost, Cause::StatementsDone, None)?);
            }
            Ok(events)
        }
        StatementResult::Failed { ms, failure, effect } => {
            let failed = EventKind::StatementFailed { file, statement, phase, ms, failure: failure.clone(), effect };
            let mut events = vec![of.draft(failed)];
            events.extend(match phase {
                Phase::Forward => undo::begin(of, Cause::StatementFailed, failure)?,
                Phase::Undo => undo::failed(of, failure)?,
            });
            Ok(events)
        }
    }
}

/// The rows that a step which puts kept data back has left as others made them, one a line.
fn left_alone(of: &Of<'_>, phase: Phase, warnings: &[String]) -> String {
    const NAMED: usize = 20;
    let step = of.file.undo.as_ref().and_then(|undo| match &undo.plan {
        UndoPlan::Derived { steps, .. } => steps.get(undo.done as usize),
        _ => None,
    });
    let puts_back = matches!(step.map(|step| &step.act), Some(UndoAct::PutBack { .. }));
    if phase != Phase::Undo || !puts_back {
        return String::new();
    }
    let mut lines: Vec<String> = warnings.iter().take(NAMED).cloned().collect();
    if warnings.len() > NAMED {
        lines.push(format!("and {} more", warnings.len() - NAMED));
    }
    lines.join("\n")
}

fn running<'a>(of: &Of<'a>) -> Result<&'a Running, Refusal> {
    let misplaced = || Refusal::Misplaced { what: "the end of a statement", file: of.file.id, state: of.file.state };
    of.file.running.as_ref().ok_or_else(misplaced)
}

pub(super) fn checked_after(of: &Of<'_>, findings: Vec<Finding>) -> Result<Vec<Draft>, Refusal> {
    of.expects("the checks after", FileState::ValidatingPost)?;
    let critical = findings.iter().find(|f| f.blocks()).cloned();
    let windows = rollback::of_findings(of, &findings);
    let mut events = recorded(of, ValidationPhase::Post, findings);
    match critical {
        None => {
            events.extend(windows);
            events.extend(of.moved(FileState::Completing, Cause::ChecksPassed, None)?);
        }
        Some(finding) => {
            let failure = Failure::new(Category::Validation, format!("{}: {}", finding.check, finding.result));
            events.extend(undo::begin(of, Cause::ClassA, failure)?);
        }
    }
    Ok(events)
}

pub(super) fn abort(of: &Of<'_>) -> Result<Vec<Draft>, Refusal> {
    let cause = if of.batch.aborting.is_some() { Cause::Aborted } else { Cause::WithBatch };
    match of.file.state {
        FileState::Preparing | FileState::ValidatingPre => of.moved(FileState::Idle, cause, None),
        _ if cause == Cause::WithBatch => of.moved(FileState::RollingBack, cause, None),
        _ => undo::begin(of, Cause::Aborted, Failure::new(Category::Aborted, "an operator aborted the batch")),
    }
}

fn recorded(of: &Of<'_>, phase: ValidationPhase, findings: Vec<Finding>) -> Vec<Draft> {
    let mut next = of.world.ids.validation;
    findings
        .into_iter()
        .map(|f| {
            of.draft(EventKind::ValidationRecorded {
                validation: ValidationId(Ids::take(&mut next)),
                file: Some(of.file.id),
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

/// An alert about the file.
pub(super) fn alert(of: &Of<'_>, alert_type: AlertType, what: &str, message: &str) -> Draft {
    of.draft(EventKind::AlertRaised {
        alert: AlertId(of.world.ids.alert + 1 + of.taken),
        file: Some(of.file.id),
        alert_type,
        title: format!("{} {what}", of.file.path),
        message: message.to_owned(),
    })
}
