//! Words about a file in a table: what undoes it, what it waits for.

use crate::console::state::app::App;
use crate::console::state::names;
use crate::console::view::standing;
use crate::console::view::theme::Role;
use crate::model::{Batch, DependencyType, File, FileState, Hold, Outcome, UndoPlan};

/// Word for the way in which the file could be, or was, undone.
pub fn undo(file: &File) -> &'static str {
    match (&file.undo, &file.coverage) {
        (Some(undo), _) if undo.verified == Some(true) => "verified",
        (Some(undo), _) if undo.verified == Some(false) => "differs",
        (Some(undo), _) => match undo.plan {
            UndoPlan::Impossible { .. } => "NO UNDO",
            UndoPlan::Nothing => "nothing",
            UndoPlan::Written { .. } => "written",
            UndoPlan::Derived { .. } => "derived",
        },
        (None, _) => planned(file),
    }
}

/// Word for what would undo it, by the weakest of the means that it needs.
fn planned(file: &File) -> &'static str {
    let c = &file.coverage;
    let means = [(c.none, "none"), (c.kept, "kept"), (c.written, "written"), (c.derived, "derived")];
    match means.iter().find(|(n, _)| *n > 0) {
        Some((_, word)) => word,
        None if !c.is_empty() => "not needed",
        None if file.undo_statements.is_some() => "written",
        None => "none",
    }
}

/// What keeps it from moving, in words.
pub fn waits(app: &App, batch: &Batch, file: &File) -> (String, Role) {
    if app.is_orphaned() && !matches!(file.state, FileState::Idle | FileState::Failed) {
        return ("a worker".into(), Role::Bad);
    }
    if let Some(running) = file.running.as_ref().filter(|_| standing::is_blocked(app, file)) {
        return (standing::awaited(app, file, running), Role::Bad);
    }
    if let Some((hold, reason)) = file.holds.first() {
        return match batch.queue(file).filter(|_| *hold == Hold::Blocked) {
            Some(queue) => (format!("#{}, behind {}", queue.place, names::number(&queue.behind.path)), Role::Caution),
            None => (format!("{hold}: {reason}"), Role::Caution),
        };
    }
    let under_way = !matches!(file.state, FileState::Idle | FileState::Failed);
    if under_way && file.running.is_none() && !batch.may_move() {
        let whom = match batch.holds.contains_key(&Hold::AwaitingApproval) {
            true if file.crash.is_some() => "a person",
            true => "an approval",
            false => "an operator",
        };
        return (whom.into(), Role::Caution);
    }
    let is_next = || batch.next_waiting().is_some_and(|next| next.id == file.id);
    if batch.is_throttled() && file.state == FileState::Idle && is_next() {
        return ("a calmer server".into(), Role::Caution);
    }
    if file.state == FileState::Failed {
        return (if file.has_effects() { "a person" } else { "a retry" }.into(), Role::Bad);
    }
    let stops = batch
        .breakpoints
        .iter()
        .any(|(on, statement)| *on == file.id && statement.is_none_or(|n| n as usize >= file.records.len()));
    let waits = file.state == FileState::Idle && file.outcome.is_none() && !batch.status.is_final();
    let (needs, role) = if waits { needed(batch, file) } else { (String::new(), Role::Faint) };
    match (stops && !batch.status.is_final(), needs.is_empty()) {
        (true, true) => ("● break".into(), Role::Caution),
        (true, false) => (format!("● break, then {needs}"), Role::Caution),
        (false, _) => (needs, role),
    }
}

/// The files that have to complete before it.
fn needed(batch: &Batch, file: &File) -> (String, Role) {
    let required = file.depends_on.iter().filter(|d| d.kind == DependencyType::Required);
    let open: Vec<&File> =
        required.filter_map(|d| batch.file(d.on)).filter(|on| on.outcome != Some(Outcome::Completed)).collect();
    let gone = |on: &&&File| on.state == FileState::Failed || on.outcome == Some(Outcome::RolledBack);
    if let Some(on) = open.iter().find(gone) {
        let what = if on.state == FileState::Failed { "failed" } else { "is undone" };
        return (format!("{}, which {what}", names::number(&on.path)), Role::Bad);
    }
    let numbers: Vec<&str> = open.iter().map(|on| names::number(&on.path)).collect();
    match numbers.is_empty() {
        true => (String::new(), Role::Faint),
        false => (format!("after {}", numbers.join(", ")), Role::Faint),
    }
}
