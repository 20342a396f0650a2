//! Decisions about rollbacks, and what follows when nobody decides. Everything is judged on the server's clock, at the
//! moment at which the worker takes it.

use super::context::{FileContext, Refusal};
use super::input::Draft;
use super::rollback::{refusal, start};
use super::{server, undo};
use crate::model::{
    Alert, AlertStatus, AlertType, Batch, BatchId, DataLoss, Decision, EventKind, FileId, FileState, Hold, JobKind,
    Lapse, Mark, Millis, Rollback, RollbackId, RollbackStatus, Seen, Verdict, World, may_be_one, user_of,
};

/// What the alert of a rollback that holds says of its file.
const HELD: &str = "waits for an approval before it is undone";

/// An approver decides.
pub(super) fn decision(world: &World, decision: Decision, now: Millis) -> Vec<Draft> {
    let batch = world.batch(decision.batch);
    let Decision { id, rollback, operator, verdict, reason, .. } = decision.clone();
    let found = batch.and_then(|b| Some((b, b.rollbacks.get(&rollback)?)));
    let judged = match found {
        Some((batch, rollback)) => judge(world, batch, rollback, &decision, now),
        None => Err(format!("there is no rollback {rollback} in batch {}", decision.batch)),
    };
    let known = batch.map_or(BatchId::SYSTEM, |b| b.id);
    let by = |kind| Draft { batch: known, operator: Some(operator.clone()), kind };
    match judged {
        Err(reason) => vec![by(EventKind::DecisionRefused { decision: id, rollback, verdict, judged: now, reason })],
        Ok(follows) => {
            let accepted = EventKind::DecisionAccepted { decision: id, rollback, verdict, judged: now, reason };
            let follows = follows.into_iter().map(|draft| Draft { operator: Some(operator.clone()), ..draft });
            std::iter::once(by(accepted)).chain(follows).collect()
        }
    }
}

/// Gives the events that follow from a decision beside its acceptance, or the reason why it does not count.
fn judge(
    world: &World,
    batch: &Batch,
    rollback: &Rollback,
    decision: &Decision,
    now: Millis,
) -> Result<Vec<Draft>, String> {
    if let Some(other) = &world.system.other {
        return Err(server::holds(other));
    }
    let is_held = is_held(batch, rollback);
    if let Some(closed) = rollback.closed {
        return Err(format!("rollback {} was closed: {closed}", rollback.id));
    }
    if rollback.has_lapsed(now) && rollback.is_awaiting() {
        let deadline = rollback.decide_by.map(Millis::to_rfc3339).unwrap_or_default();
        return Err(format!(
            "the window of rollback {} lapsed at {deadline}: it can no longer be decided; `caribou rollback` opens a new one",
            rollback.id
        ));
    }
    if !rollback.is_awaiting() && !is_held {
        return Err(format!("rollback {} is {} already", rollback.id, rollback.status));
    }
    four_eyes(batch, &decision.operator)?;
    moved_on(world, rollback, decision.seen.as_ref())?;
    match decision.verdict {
        Verdict::Approve if is_held => Ok(lifted(batch)),
        Verdict::Reject => {
            if decision.reason.as_deref().is_none_or(|r| r.trim().is_empty()) {
                return Err("rejecting needs a reason".into());
            }
            if is_held { reject_held(world, batch, decision) } else { Ok(resolved(batch, rollback)) }
        }
        Verdict::Approve => {
            if let Some(reason) = approval_refusal(world, batch, rollback) {
                return Err(reason);
            }
            let files = world.scope_of(rollback);
            let mut events = resolved(batch, rollback);
            events.extend(start(world, batch, rollback.id, rollback.class, files));
            Ok(events)
        }
    }
}

/// True if a rollback that has begun waits for somebody's word before it destroys what others wrote.
fn is_held(batch: &Batch, rollback: &Rollback) -> bool {
    let of_crash = batch.crashed().next().is_some();
    rollback.status == RollbackStatus::Running && batch.holds.contains_key(&Hold::AwaitingApproval) && !of_crash
}

/// Reason, for people, why a rollback that waits for somebody's word could not be approved as things stand.
pub fn approval_refusal(world: &World, batch: &Batch, rollback: &Rollback) -> Option<String> {
    if is_held(batch, rollback) {
        return None;
    }
    let files = world.scope_of(rollback);
    if files.is_empty() {
        return Some(format!("nothing of what rollback {} would undo stands any more", rollback.id));
    }
    refusal(world, batch, rollback.class, &files)
}

/// Whoever started the batch does not decide about it, from wherever they connect.
pub(super) fn four_eyes(batch: &Batch, operator: &str) -> Result<(), String> {
    let started_by = batch.started_by.as_deref().unwrap_or_default();
    if batch.policy.four_eyes && may_be_one(started_by, operator) {
        let (starter, who) = (user_of(started_by), user_of(operator));
        let alike = if starter == who { String::new() } else { format!(", and {who} may be the same person") };
        return Err(format!("{starter} started batch {}{alike}: another account has to decide (four eyes)", batch.id));
    }
    Ok(())
}

/// Refuses if something changed since the approver looked, and says what.
fn moved_on(world: &World, rollback: &Rollback, seen: Option<&Seen>) -> Result<(), String> {
    let Some(seen) = seen else { return Err("the decision does not say what was seen; look, and decide again".into()) };
    let files = world.scope_of(rollback);
    let moved = |was: String, is: String| Err(format!("moved on since you looked: it was {was} and is now {is}"));
    if (seen.class, seen.status) != (rollback.class, rollback.status) {
        return moved(
            format!("class {}, {}", seen.class, seen.status),
            format!("class {}, {}", rollback.class, rollback.status),
        );
    }
    if seen.files != files {
        let count = |n: usize| if n == 1 { "1 file".to_owned() } else { format!("{n} files") };
        return moved(format!("about {}", count(seen.files.len())), format!("about {}", told(world, rollback, &files)));
    }
    Ok(())
}

fn told(world: &World, rollback: &Rollback, files: &[FileId]) -> String {
    let paths: Vec<&str> =
        files.iter().filter_map(|f| world.file(rollback.batch, *f)).map(|f| f.path.as_str()).collect();
    if paths.is_empty() { "no file".to_owned() } else { paths.join(", ") }
}

/// The hold ends, and the alerts that told of it are over.
fn lifted(batch: &Batch) -> Vec<Draft> {
    let hold = EventKind::HoldLifted { hold: Hold::AwaitingApproval, file: None };
    let told = batch.alerts.values().filter(|a| a.status != AlertStatus::Resolved && a.title.ends_with(HELD));
    let resolved = |alert: &Alert| EventKind::AlertChanged {
        alert: alert.id,
        status: AlertStatus::Resolved,
        level: alert.level,
        alert_type: None,
        timer: None,
    };
    std::iter::once(hold).chain(told.map(resolved)).map(|kind| Draft::new(batch.id, kind)).collect()
}

/// Somebody says that the rows may not go: the undo is not done, and a person has to mend it.
fn reject_held(world: &World, batch: &Batch, decision: &Decision) -> Result<Vec<Draft>, String> {
    let why = decision.reason.clone().unwrap_or_default();
    let mut events = lifted(batch);
    for (taken, file) in (0..).zip(batch.active().filter(|f| f.state == FileState::RollingBack)) {
        let context = FileContext { world, batch, file, taken };
        let message = format!("the undo would destroy rows that others wrote, and was rejected: {why}");
        events.extend(undo::impossible(&context, message).map_err(|e| e.to_string())?);
    }
    Ok(events)
}

/// The alert of a rollback about which somebody has decided is over.
fn resolved(batch: &Batch, rollback: &Rollback) -> Vec<Draft> {
    changed_alert(batch, rollback, AlertStatus::Resolved, None, None).into_iter().collect()
}

fn changed_alert(
    batch: &Batch,
    rollback: &Rollback,
    status: AlertStatus,
    level: Option<u32>,
    alert_type: Option<AlertType>,
) -> Option<Draft> {
    let alert = rollback.alert.and_then(|id| batch.alerts.get(&id))?;
    let level = level.unwrap_or(alert.level);
    Some(Draft::new(batch.id, EventKind::AlertChanged { alert: alert.id, status, level, alert_type, timer: None }))
}

/// Something about a window is due. What is no longer to be done is passed over.
pub(super) fn due(world: &World, batch: &Batch, id: RollbackId, kind: JobKind, now: Millis) -> Vec<Draft> {
    let Some(rollback) = batch.rollbacks.get(&id).filter(|r| r.is_awaiting()) else { return Vec::new() };
    match kind {
        JobKind::WindowLapse if rollback.has_lapsed(now) => lapse(world, batch, rollback),
        JobKind::WindowHalf => warn(batch, rollback, Mark::Half, 1, AlertType::Warning),
        JobKind::WindowNineTenths => warn(batch, rollback, Mark::NineTenths, 2, AlertType::Critical),
        _ => Vec::new(),
    }
}

fn warn(batch: &Batch, rollback: &Rollback, mark: Mark, level: u32, alert_type: AlertType) -> Vec<Draft> {
    if rollback.warned >= Some(mark) {
        return Vec::new();
    }
    let mut events = vec![Draft::new(batch.id, EventKind::WindowWarned { rollback: rollback.id, mark })];
    events.extend(escalated(batch, rollback, level, alert_type));
    events
}

/// The alert rises by a level; that somebody has seen it stays.
fn escalated(batch: &Batch, rollback: &Rollback, level: u32, alert_type: AlertType) -> Option<Draft> {
    let seen = rollback.alert.and_then(|id| batch.alerts.get(&id)).map(|a| a.status);
    let status = seen.filter(|s| *s == AlertStatus::Acknowledged).unwrap_or(AlertStatus::Escalated);
    changed_alert(batch, rollback, status, Some(level), Some(alert_type))
}

/// Nobody decided in time. A rollback that the policy asks for and that cannot begin is for a person.
fn lapse(world: &World, batch: &Batch, rollback: &Rollback) -> Vec<Draft> {
    let files = world.scope_of(rollback);
    // With four eyes nobody begins a rollback by letting time pass.
    let alone = batch.policy.four_eyes && batch.policy.windows.on_lapse == Lapse::Rollback;
    let wanted = if alone { Lapse::Escalate } else { batch.policy.windows.on_lapse };
    let others_first = !batch.status.is_final()
        || batch.running_rollback().is_some()
        || world.batches.values().any(|b| b.id > batch.id && !b.status.is_final());
    if wanted == Lapse::Rollback && others_first {
        // It stays due, and comes again.
        return Vec::new();
    }
    let reason = match wanted {
        Lapse::Rollback => refusal(world, batch, rollback.class, &files),
        Lapse::Keep | Lapse::Escalate => {
            alone.then(|| "two people have to want a rollback (four eyes): a lapse begins none".to_owned())
        }
    };
    let then = if reason.is_some() { Lapse::Escalate } else { wanted };
    let mut events = vec![Draft::new(batch.id, EventKind::WindowLapsed { rollback: rollback.id, then, reason })];
    match then {
        Lapse::Keep => events.extend(resolved(batch, rollback)),
        Lapse::Escalate => {
            events.extend(changed_alert(batch, rollback, AlertStatus::Escalated, Some(3), Some(AlertType::Critical)))
        }
        Lapse::Rollback => {
            events.extend(resolved(batch, rollback));
            events.extend(start(world, batch, rollback.id, rollback.class, files));
        }
    }
    events
}

/// A rollback that nobody ordered would destroy rows that others wrote, or one would take away what they have made and
/// nobody has said that it may: it holds until somebody has decided.
pub(super) fn would_lose(
    context: &FileContext<'_>,
    (rows, objects): (u64, bool),
    what: &str,
) -> Result<Vec<Draft>, Refusal> {
    context.expects("a loss of rows", FileState::RollingBack)?;
    let Some(rollback) = context.batch.running_rollback() else { return Ok(Vec::new()) };
    let is_automatic = (objects || rollback.opened_by.is_none()) && rollback.decided_by.is_none();
    let is_held = context.batch.holds.contains_key(&Hold::AwaitingApproval);
    let proceeds = context.batch.policy.data_loss == DataLoss::Proceed || !is_automatic;
    if (rows == 0 && !objects) || proceeds || rollback.loss_accepted || is_held {
        return Ok(Vec::new());
    }
    let rows = match (rows, objects) {
        (0, _) => "what others have made".to_owned(),
        (1, false) => "1 row that others wrote".to_owned(),
        (rows, false) => format!("{rows} rows that others wrote"),
        (_, true) => "rows that others wrote, and what they have made".to_owned(),
    };
    let reason = format!("rollback {} would destroy {rows}: {what}", rollback.id);
    let alert = context.alert(AlertType::Critical, HELD, &reason);
    Ok(vec![context.draft(EventKind::HoldPlaced { hold: Hold::AwaitingApproval, file: None, reason }), alert])
}
