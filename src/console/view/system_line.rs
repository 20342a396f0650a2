//! Lines of the story that are about the system: who did what, in a name and a sentence.

use super::badges;
use super::sentence;
use super::theme::Role;
use super::widgets::styled_line::StyledLine;
use crate::console::state::names;
use crate::console::state::story::SystemLine;
use crate::console::times;
use crate::model::{Batch, BatchStatus, EventKind};

/// A line in its parts.
pub struct Told {
    pub badge: (&'static str, Role),
    pub name: String,
    pub text: String,
    pub role: Role,
}

/// The line for a filter.
pub fn words(batch: &Batch, line: &SystemLine) -> StyledLine {
    let told = told(batch, line);
    StyledLine::new().text(told.name).text(" ").text(told.text)
}

/// What a line tells now.
pub fn told(batch: &Batch, line: &SystemLine) -> Told {
    use EventKind::*;
    let event = &line.event;
    let own = || format!("batch {}", batch.id);
    let by = event.operator.as_deref().map_or_else(String::new, |who| format!(" by {who}"));
    let role = sentence::body_role(sentence::role(&event.kind));
    let plain = |name: String| (name, sentence::sentence(batch, &event.kind));
    let (name, text) = match &event.kind {
        BatchCreated { total_files, .. } => (own(), created(batch, *total_files)),
        BatchStarted => {
            let who = batch.started_by.as_deref().map_or_else(String::new, |who| format!(" by {who}"));
            (own(), format!("started{who}"))
        }
        BatchEnded { status, .. } => {
            // What was done is known as of its last end: an earlier one, before a retry, was another.
            let is_last = batch.completed_at == Some(event.at);
            let done = if is_last { format!(", {}", done(batch, *status)) } else { String::new() };
            (own(), format!("{}{done}", badges::batch(*status).label))
        }
        BatchProlonged { .. } => plain(own()),
        CommandAccepted { verb, reason, .. } => {
            let why = reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            let stage = if line.effective.is_some() { "in effect" } else { "accepted, not yet in effect" };
            let told = match (line.times, by.trim_start()) {
                (2.., by) => format!("{} times {by}", line.times),
                (_, "") => stage.to_owned(),
                (_, by) => format!("{by}, {stage}"),
            };
            (about(batch, verb), format!("{}{why}", told.trim_end()))
        }
        CommandRefused { verb, reason, .. } => (about(batch, verb), format!("refused{by}: {reason}")),
        RollbackOpened { rollback, .. }
        | RollbackStarted { rollback, .. }
        | RollbackEnded { rollback, .. }
        | WindowWarned { rollback, .. }
        | WindowLapsed { rollback, .. }
        | DecisionAccepted { rollback, .. }
        | DecisionRefused { rollback, .. } => plain(format!("R{rollback}")),
        FreezeChanged { .. } => plain("freeze".to_owned()),
        LeaseTaken { .. } | LeaseReleased { .. } => plain("worker".to_owned()),
        HoldPlaced { hold, reason, .. } => (hold.to_string(), held(reason, event.operator.as_deref())),
        HoldLifted { hold, .. } => (hold.to_string(), format!("over{}", ended(by))),
        OutageEnded { outage } => {
            let names = |path: &str| names::number(path).to_owned();
            let away = times::span(event.at.since(outage.since));
            let (since, then) = (times::clock(outage.since), outage.in_short(batch, names));
            ("outage".to_owned(), format!("{away}: {then}; since {since} {}", outage.what()))
        }
        ProbesMeasured { .. } => plain("probes".to_owned()),
        ChecklistTicked { .. } => plain("checklist".to_owned()),
        ServerChanged { .. } | ServerAccepted { .. } => plain("server".to_owned()),
        ValidationRecorded { check, result, .. } => (check.clone(), result.clone()),
        _ => plain(own()),
    };
    let icon = match (&event.kind, line.effective) {
        (CommandAccepted { .. }, Some(_)) => "✓",
        _ => sentence::icon(&event.kind),
    };
    Told { badge: (icon, sentence::role(&event.kind)), name, text, role }
}

/// Why it is held, and by whom. A person's name says more than that it was one.
fn held(reason: &str, by: Option<&str>) -> String {
    match by {
        Some(who) if reason.starts_with("an operator ") => format!("by {who}"),
        Some(who) => format!("by {who}: {reason}"),
        None => reason.to_owned(),
    }
}

/// By whom a hold was ended.
fn ended(by: String) -> String {
    if by.is_empty() { by } else { format!(", ended{by}") }
}

/// How much of it was done when it ended: what was undone since had completed then.
fn done(batch: &Batch, status: BatchStatus) -> String {
    let all = times::count(batch.total_files as usize, "file");
    match (status, batch.compensates.is_some()) {
        (BatchStatus::Completed, true) => format!("{all} undone"),
        (BatchStatus::Completed, false) => all,
        _ => format!("{} of {all}", batch.completed),
    }
}

fn created(batch: &Batch, files: u32) -> String {
    let statements: u64 = batch.files.briefs().map(|file| u64::from(file.facts.statements)).sum();
    let waves = batch.briefs().next_back().map_or(0, |file| file.facts.wave);
    let waves = if waves > 0 { format!(", {}", times::count(waves as usize, "wave")) } else { String::new() };
    let statements = times::count(usize::try_from(statements).unwrap_or(usize::MAX), "statement");
    format!("{}, {statements}{waves}", times::count(files as usize, "file"))
}

/// The verb, and the file that it is about.
fn about(batch: &Batch, verb: &crate::model::Verb) -> String {
    use crate::model::Verb::{Break, Discard, Retry, RollBack, Settle};
    let file = match verb {
        Retry { file } | Settle { file, .. } | Break { file, .. } => Some(*file),
        Discard { file } => *file,
        RollBack { files, .. } => files.first().copied().filter(|_| files.len() == 1),
        _ => None,
    };
    match file.and_then(|file| batch.file(file)) {
        Some(file) => format!("{} {}", verb.name(), names::number(&file.path)),
        None => verb.name().to_owned(),
    }
}
