//! Operators' commands: each is accepted or refused, with the reason.

use super::input::Draft;
use super::{alert, checklist, freeze, kept, recovery, repair, rollback, server, submit};
use crate::model::{
    Batch, BatchId, BatchStatus, Cause, Command, CommandId, EventKind, Expectation, FORESEEN, FileId, FileState, Hold,
    Outcome, STALE_PLAN, Verb, World,
};

pub(super) fn command(world: &World, command: Command) -> Vec<Draft> {
    if let Some(answer) = server::while_held(world, &command) {
        return answer;
    }
    let Command { id, batch, operator, verb, reason, expects, submission } = command;
    if verb == Verb::Run {
        return match submission {
            Some(submission) if world.has_moved_on(&submission) => {
                vec![refused(BatchId::SYSTEM, id, &operator, verb, STALE_PLAN.into())]
            }
            Some(submission) => submit::submit(world, *submission, operator, Some(id)),
            None => vec![refused(BatchId::SYSTEM, id, &operator, verb, "the command has no plan".into())],
        };
    }
    if let Verb::Repair { files } = &verb {
        return match repair::repair(world, files, reason.as_deref()) {
            Err(why) => vec![refused(BatchId::SYSTEM, id, &operator, verb, why)],
            Ok(repaired) => in_effect(id, verb, reason, repaired, &operator),
        };
    }
    if batch == BatchId::SYSTEM {
        let of_system = |kind| Draft::new(batch, kind);
        let answer = match &verb {
            Verb::Alert { alert, to } => alert::change(&world.system.alerts, None, *alert, *to),
            Verb::Tick { item, plan, done } => checklist::tick(item, plan, *done),
            _ => Err(format!("batch {batch} does not exist")),
        };
        return match answer {
            Err(why) => vec![refused(batch, id, &operator, verb, why)],
            Ok(follow) => in_effect(id, verb, reason, follow.into_iter().map(of_system).collect(), &operator),
        };
    }
    if matches!(verb, Verb::Freeze | Verb::Thaw { .. }) {
        let reason = freeze::refusal(world, &verb).unwrap_or_else(|| freeze::OF_THE_SYSTEM.to_owned());
        return vec![refused(BatchId::SYSTEM, id, &operator, verb, reason)];
    }
    let Some(batch) = world.batch(batch) else {
        let reason = format!("batch {batch} does not exist");
        return vec![refused(BatchId::SYSTEM, id, &operator, verb, reason)];
    };
    match moved_on(batch, &expects).map_or_else(|| follows(world, batch, &verb, reason.as_deref()), Err) {
        Err(why) => vec![refused(batch.id, id, &operator, verb, why)],
        Ok(follow) => {
            let at_once = !batch.is_running_statement() && !matches!(verb, Verb::Abort { .. } | Verb::Step { .. });
            let mut all = vec![Draft::new(batch.id, EventKind::CommandAccepted { command: id, verb, reason })];
            all.extend(follow);
            if at_once {
                all.push(Draft::new(batch.id, EventKind::CommandEffective { command: id }));
            }
            all.into_iter().map(|draft| Draft { operator: Some(operator.clone()), ..draft }).collect()
        }
    }
}

/// A command of the system that has its effect at once, with what follows from it.
fn in_effect(id: CommandId, verb: Verb, reason: Option<String>, follow: Vec<Draft>, operator: &str) -> Vec<Draft> {
    let of_system = |kind| Draft::new(BatchId::SYSTEM, kind);
    let accepted = of_system(EventKind::CommandAccepted { command: id, verb, reason });
    let effective = of_system(EventKind::CommandEffective { command: id });
    let all = std::iter::once(accepted).chain(follow).chain([effective]);
    all.map(|draft| Draft { operator: Some(operator.to_owned()), ..draft }).collect()
}

fn refused(batch: BatchId, command: CommandId, operator: &str, verb: Verb, reason: String) -> Draft {
    let kind = EventKind::CommandRefused { command, verb, reason };
    Draft { batch, operator: Some(operator.to_owned()), kind }
}

/// Tells what changed since the operator looked, if it matters to what they asked.
fn moved_on(batch: &Batch, expects: &Expectation) -> Option<String> {
    if let Some(seen) = expects.batch_status.filter(|seen| *seen != batch.status) {
        return Some(format!("moved on since you looked: the batch was {seen} and is now {}", batch.status));
    }
    if let Some((file, seen)) = expects.file.and_then(|(id, seen)| Some((batch.file(id)?, seen)))
        && file.state != seen
    {
        return Some(format!("moved on since you looked: {} was {seen} and is now {}", file.path, file.state));
    }
    let moved = expects.ahead?.moved_on(batch)?;
    Some(format!("moved on since you looked: {moved}"))
}

/// Gives the events that follow beside the acceptance, or the reason why it is refused.
fn follows(world: &World, batch: &Batch, verb: &Verb, reason: Option<&str>) -> Result<Vec<Draft>, String> {
    let chooses = batch.crashed().next().is_some();
    if chooses && matches!(verb, Verb::RollBack { .. }) {
        return recovery::undo_crashed(world, batch, reason);
    }
    if let Verb::RollBack { files, class, now, accept_loss } = verb {
        let (class, now, accept_loss) = (*class, *now, *accept_loss);
        return rollback::ask(world, batch, &rollback::Asked { files, class, now, accept_loss, reason });
    }
    let kinds = act(batch, verb, reason)?;
    Ok(kinds.into_iter().map(|kind| Draft::new(batch.id, kind)).collect())
}

/// The events of a verb that is about its batch alone.
fn act(batch: &Batch, verb: &Verb, reason: Option<&str>) -> Result<Vec<EventKind>, String> {
    let said = |otherwise: &str| reason.filter(|r| !r.trim().is_empty()).unwrap_or(otherwise).to_owned();
    match verb {
        Verb::Run
        | Verb::RollBack { .. }
        | Verb::Freeze
        | Verb::Thaw { .. }
        | Verb::AcceptServer { .. }
        | Verb::Repair { .. }
        | Verb::Tick { .. } => Err("it is not of this batch alone".into()),
        Verb::Retry { file } => retry(batch, *file, &said("no reason was given")),
        Verb::Settle { file, outcome } => settle(batch, *file, *outcome, reason),
        Verb::Alert { alert, to } => alert::change(&batch.alerts, batch.policy.alerts, *alert, *to),
        Verb::Discard { file } => kept::discard(batch, *file, reason),
        Verb::Break { file, statement, clear } => breakpoint(batch, *file, *statement, *clear),
        _ if batch.status.is_final() => Err(format!("batch {} has ended: it is {}", batch.id, batch.status)),
        Verb::Pause if batch.holds.contains_key(&Hold::Paused) => Err("it is paused already".into()),
        Verb::Pause => {
            Ok(vec![EventKind::HoldPlaced { hold: Hold::Paused, file: None, reason: said("an operator paused it") }])
        }
        Verb::Resume if batch.crashed().next().is_some() => recovery::resume(batch),
        Verb::Resume => {
            let held: Vec<Hold> =
                [Hold::Paused, Hold::Stepping].into_iter().filter(|h| batch.holds.contains_key(h)).collect();
            if held.is_empty() {
                let throttled = batch.holds.get(&Hold::Throttled);
                let why = throttled.map(|why| format!("it is throttled, and goes on by itself: {why}"));
                return Err(why.unwrap_or_else(|| "nothing holds it".into()));
            }
            Ok(held.into_iter().map(|hold| EventKind::HoldLifted { hold, file: None }).collect())
        }
        Verb::Step { .. } if batch.grant.is_some() => Err("a step is under way".into()),
        Verb::Step { unit } => {
            let mut events = Vec::new();
            if batch.may_move() {
                let reason = said("an operator steps");
                events.push(EventKind::HoldPlaced { hold: Hold::Stepping, file: None, reason });
            }
            events.push(EventKind::StepGranted { unit: *unit });
            Ok(events)
        }
        Verb::Abort { .. } if batch.aborting.is_some() => Err("it is being aborted already".into()),
        Verb::Abort { .. } => Ok([Hold::Paused, Hold::Stepping, Hold::AwaitingApproval]
            .into_iter()
            .filter(|h| batch.holds.contains_key(h))
            // That rows of others would go is another question than whether the batch is wanted.
            .filter(|h| *h != Hold::AwaitingApproval || batch.crashed().next().is_some())
            .map(|hold| EventKind::HoldLifted { hold, file: None })
            .collect()),
    }
}

/// A retry lets pass what the plan foresaw: whoever asks for it knows better.
fn retry(batch: &Batch, id: FileId, reason: &str) -> Result<Vec<EventKind>, String> {
    let file = batch.file(id).ok_or_else(|| format!("file {id} is not in batch {}", batch.id))?;
    if file.state != FileState::Failed {
        return Err(format!("{} is {}, and only a failed file can be retried", file.path, file.state));
    }
    if file.has_effects() {
        let standing: Vec<String> = file.in_force().chain(file.in_doubt()).map(|n| (n + 1).to_string()).collect();
        return Err(format!(
            "{} has effects that still stand (statements {}): mend them by hand and say so with `caribou settle`",
            file.path,
            standing.join(", ")
        ));
    }
    let mut events = Vec::new();
    if file.stopped_by.contains(FORESEEN) {
        let (check, reason) = (FORESEEN.to_owned(), reason.to_owned());
        events.push(EventKind::CheckOverridden { file: id, check, reason, decision: None });
    }
    events.extend(runs_again(batch, id));
    Ok(events)
}

/// A failed file of which nothing stands waits for its turn again.
pub(super) fn runs_again(batch: &Batch, file: FileId) -> Vec<EventKind> {
    let (from, to) = (FileState::Failed, FileState::Idle);
    let mut events = vec![EventKind::FileMoved { file, from, to, cause: Cause::Retried, failure: None }];
    if batch.status.is_final() {
        events.push(EventKind::BatchStarted);
    }
    events
}

/// A person has mended things by hand. The batch's own end is looked at again.
fn settle(batch: &Batch, id: FileId, outcome: Outcome, reason: Option<&str>) -> Result<Vec<EventKind>, String> {
    let file = batch.file(id).ok_or_else(|| format!("file {id} is not in batch {}", batch.id))?;
    if file.state != FileState::Failed {
        return Err(format!("{} is {}, and only a failed file can be settled", file.path, file.state));
    }
    let Some(reason) = reason.map(str::trim).filter(|r| !r.is_empty()) else {
        return Err("settling needs a reason: what was mended, and how".into());
    };
    let (from, to) = (FileState::Failed, FileState::Idle);
    let mut events = vec![
        EventKind::FileSettled { file: id, outcome, reason: reason.to_owned() },
        EventKind::FileMoved { file: id, from, to, cause: Cause::Settled, failure: None },
    ];
    let others_completed = batch.completed as usize + 1 == batch.files.len();
    let nothing_else = batch.completed == 0 && batch.count(FileState::Failed) == 1;
    let status = match outcome {
        Outcome::Completed if others_completed => Some(BatchStatus::Completed),
        Outcome::RolledBack if nothing_else => Some(BatchStatus::RolledBack),
        _ => None,
    };
    if let Some(status) = status.filter(|_| batch.status.is_final()) {
        events.push(EventKind::BatchEnded { status, reason: Some(format!("{} was settled: {reason}", file.path)) });
    }
    Ok(events)
}

fn breakpoint(batch: &Batch, id: FileId, statement: Option<u32>, clear: bool) -> Result<Vec<EventKind>, String> {
    let file = batch.file(id).ok_or_else(|| format!("file {id} is not in batch {}", batch.id))?;
    if let Some(n) = statement.filter(|n| *n >= file.statements) {
        return Err(format!("{} has {} statements: there is no statement {}", file.path, file.statements, n + 1));
    }
    let stands = batch.breakpoints.contains(&(id, statement));
    match (clear, stands) {
        (true, true) => Ok(vec![EventKind::BreakpointCleared { file: id, statement }]),
        (true, false) => Err("there is no such breakpoint".into()),
        (false, true) => Err("the breakpoint is set already".into()),
        (false, false) if file.state != FileState::Idle && statement.is_none() => {
            Err(format!("{} is {}: a breakpoint before it can no longer hold", file.path, file.state))
        }
        (false, false) if file.records.len() as u64 > statement.map_or(0, u64::from) => {
            Err(format!("that statement of {} has run already", file.path))
        }
        (false, false) => Ok(vec![EventKind::BreakpointSet { file: id, statement }]),
    }
}
