//! The thing that the batch waits for, in words. Not its state, not its estimate: the one thing that has to happen next.

use super::ahead;
use super::layout::WIDE;
use super::sentence::name;
use super::theme::Role;
use super::widgets::styled_line::StyledLine;
use crate::console::state::app::{App, ConnectionState};
use crate::console::state::data::phase_words;
use crate::console::state::overrides;
use crate::console::state::presence::Presence;
use crate::console::state::rollbacks;
use crate::console::times;
use crate::model::{Batch, BatchStatus, Compensates, File, FileState, Hold, Outcome, Phase, Running};

/// The line behind "waiting on:".
pub fn on(app: &App) -> StyledLine {
    if let Some(lost) = lost(app) {
        return lost;
    }
    let Some(batch) = app.data.batch() else { return StyledLine::new().faint("nothing: there is no batch") };
    if batch.status.is_final() && batch.active.is_empty() {
        // What comes after it matters more than what was to be done about it.
        let is_taken_back = batch.taken_back().next().is_some();
        return match app.data.newest_batch.filter(|newest| *newest > batch.id && !is_taken_back) {
            Some(newest) => StyledLine::from_span(
                Role::Caution,
                format!("nothing here: batch {newest} is newer, :open {newest} shows it"),
            ),
            None => ended(app, batch),
        };
    }
    if app.data.read_only.is_some() && app.replay.is_none() {
        return StyledLine::new().faint("nobody can say: what drives this schema keeps no journal");
    }
    if let Some(worker) = worker(app) {
        return worker;
    }
    let running = batch.active().find_map(|f| f.running.as_ref().map(|r| (f, r)));
    if let Some((file, running)) = running {
        return statement(app, batch, file, running);
    }
    if let Some(held) = held(app, batch) {
        return held;
    }
    if let Some(file) = batch.active().next() {
        return state(batch, file);
    }
    if let Some(rollback) = batch.running_rollback() {
        return StyledLine::from_span(
            Role::Caution,
            format!("the rollback of class {}: {}", rollback.class, rollback.reason),
        );
    }
    next(batch)
}

/// True if the words need no "waiting on" before them: there is no connection to wait on anything over.
pub fn is_told_alone(app: &App) -> bool {
    lost(app).is_some()
}

/// The connection, where it is not there.
fn lost(app: &App) -> Option<StyledLine> {
    match &app.connection {
        ConnectionState::Lost { error, again_at } => {
            let left = times::seconds(again_at.saturating_sub(app.now.mono));
            Some(StyledLine::from_span(Role::Bad, format!("not connected, next try in {left}: {error}")))
        }
        ConnectionState::Connecting => Some(StyledLine::new().faint("connecting")),
        ConnectionState::Live => None,
    }
}

/// The worker, where there is none and one is needed.
fn worker(app: &App) -> Option<StyledLine> {
    match app.presence() {
        Presence::Missing { .. } => {
            Some(StyledLine::new().text("a worker: start `").span(Role::Strong, "caribou worker").text("` on any host"))
        }
        Presence::Expected { since_ms } => {
            let ago = times::seconds(since_ms);
            let why = match &app.data.left {
                Some((_, holder)) => format!("{} left {ago} ago in good order", short(holder)),
                None => format!("none for {ago} yet"),
            };
            Some(StyledLine::new().text(format!("a worker, which is expected: {why}")))
        }
        _ => None,
    }
}

/// A holder without the number of its process.
fn short(holder: &str) -> &str {
    holder.split(':').next().unwrap_or(holder)
}

/// The one who can lift the hold, and how.
fn held(app: &App, batch: &Batch) -> Option<StyledLine> {
    if batch.may_move() {
        let why = batch.holds.get(&Hold::Throttled)?;
        return Some(StyledLine::from_span(Role::Caution, format!("the server: {why}")));
    }
    let key = |action| app.keymap.key_for(action);
    let by = |hold| {
        let (operator, at) = app.data.held_by.get(&hold)?;
        let operator = operator.as_deref()?;
        Some(format!(" by {operator} at {}", times::clock(*at)))
    };
    if let Some(reason) = batch.holds.get(&Hold::Paused) {
        let by = by(Hold::Paused).unwrap_or_default();
        let resume = key(crate::console::state::action::Action::PauseResume);
        let what = if reason.starts_with("breakpoint") { reason.clone() } else { format!("paused{by}: {reason}") };
        let on = if batch.is_being_undone() { "goes on UNDOING" } else { "resumes" };
        return Some(StyledLine::from_span(Role::Caution, format!("an operator: {what} ({resume} {on})")));
    }
    if let Some(reason) = batch.holds.get(&Hold::AwaitingApproval) {
        return Some(StyledLine::from_span(Role::Bad, approval(app, batch, reason)));
    }
    let step = key(crate::console::state::action::Action::Step);
    let resume = key(crate::console::state::action::Action::PauseResume);
    let does = ahead::next(batch).map_or_else(|| "goes on".to_owned(), |next| next.step());
    let rest = if batch.is_being_undone() { "undoes the rest" } else { "lets it run" };
    // The status says that it is stepping: where there is little room, what the keys do comes first.
    let mode = if (1..WIDE).contains(&app.size.0) { "" } else { "step mode: " };
    Some(StyledLine::from_span(Role::Caution, format!("{mode}{step} {does}, {resume} {rest}")))
}

/// What somebody has to choose or approve before anything goes on.
fn approval(app: &App, batch: &Batch, reason: &str) -> String {
    let key = |action| app.keymap.key_for(action);
    let Some(file) = batch.crashed().next() else {
        return format!("an approval (5 has it): {reason}");
    };
    let number = crate::console::state::names::number(&file.path);
    let undo = key(crate::console::state::action::Action::RollBack);
    let resume = key(crate::console::state::action::Action::PauseResume);
    let goes_on = if file.resumes_at().is_some() { format!(", {resume} goes on") } else { String::new() };
    format!("a person: {number} half-way, {undo} undoes it{goes_on}")
}

fn statement(app: &App, batch: &Batch, file: &File, running: &Running) -> StyledLine {
    let elapsed = app.shown_clock().map(|now| times::seconds(now.since(running.since))).unwrap_or_default();
    let of = match running.phase {
        Phase::Forward => Some(file.statements),
        Phase::Undo => file.undo_statements,
    };
    let of = of.map_or_else(String::new, |n| format!("/{n}"));
    let number = crate::console::state::names::number(&file.path);
    let place = format!("{number} {} {}{of}", phase_words(running.phase), running.statement + 1);
    if let Some(keep_completed) = batch.aborting.filter(|_| running.phase == Phase::Forward) {
        let then = if keep_completed { "then it is undone" } else { "then all is undone" };
        return StyledLine::from_span(Role::Caution, format!("{place} being KILLED, {elapsed}; {then}"));
    }
    let then = if !batch.may_move() { ", then it holds" } else { "" };
    if running.attempt > 1 || !running.blockers.is_empty() {
        let who = match running.blockers.is_empty() {
            true => "of which nobody can say whose".to_owned(),
            false => format!("held by {}", running.blockers.join("; ")),
        };
        let text = format!("{place}, a lock {who}; attempt {}, since {elapsed}{then}", running.attempt);
        return StyledLine::from_span(Role::Bad, text);
    }
    StyledLine::new().text(format!("{place}, running for {elapsed}{then}"))
}

fn state(batch: &Batch, file: &File) -> StyledLine {
    if let Some(queue) = batch.queue(file).filter(|_| file.is_blocked()) {
        return StyledLine::from_span(Role::Caution, format!("{}: {}", name(&file.path), queue.in_line()));
    }
    let what = match file.state {
        FileState::Preparing => "its dependencies, checksum and locks",
        FileState::ValidatingPre => "the checks before it",
        FileState::Migrating => "its next statement",
        FileState::ValidatingPost => "the checks after it",
        FileState::Completing => "its completion to be recorded",
        FileState::RollingBack => "its undo",
        FileState::Idle | FileState::Failed => "its turn",
    };
    StyledLine::new().text(format!("{}: {what}", name(&file.path)))
}

fn ended(app: &App, batch: &Batch) -> StyledLine {
    let failed = || batch.failures().into_iter().find(|f| f.state == FileState::Failed);
    if let Some(decision) = decision(app).filter(|_| batch.status != BatchStatus::Failed) {
        return decision;
    }
    match batch.status {
        BatchStatus::Failed => match failed() {
            Some(file) if file.has_effects() => {
                let standing = file.in_force().count();
                let doubt = match file.in_doubt().count() {
                    0 => String::new(),
                    n => format!(", {n} in doubt"),
                };
                let enter = app.keymap.key_for(crate::console::state::action::Action::Enter);
                let standing = times::count(standing, "statement");
                let path = crate::console::state::names::number(&file.path);
                let text = format!("a person: {path} failed, {standing} in force{doubt} ({enter} tells what to do)");
                StyledLine::from_span(Role::Bad, text)
            }
            Some(file) if overrides::is_stopped(file) => {
                let checks = overrides::Stopped::by_all(file).words();
                let number = crate::console::state::names::number(&file.path);
                let may = overrides::may_not(app, batch).is_none();
                let key = app.keymap.key_for(crate::console::state::action::Action::Override);
                let past = if may { format!(" ({key} lets pass)") } else { String::new() };
                StyledLine::from_span(Role::Bad, format!("a person: {checks} stopped {number}{past}"))
            }
            Some(file) => {
                let retry = app.keymap.key_for(crate::console::state::action::Action::Retry);
                let number = crate::console::state::names::number(&file.path);
                let text = format!("a person: {retry} retries {number}; it failed and changed nothing");
                StyledLine::from_span(Role::Bad, text)
            }
            None => {
                let kept = format!("{} of {} files stay completed", batch.completed, batch.total_files);
                StyledLine::from_span(Role::Bad, format!("a person: {}; {kept}", to_correct(batch)))
            }
        },
        BatchStatus::RolledBack => {
            let text = format!("nothing: undone {}; {}", batch.certainty(), to_correct(batch));
            StyledLine::from_span(Role::Caution, text)
        }
        _ => match (batch.taken_back().last(), batch.compensates) {
            (Some((rollback, by)), _) => {
                let files = times::count(rollback.files.len(), "file");
                let at = times::stamp(rollback.updated_at);
                StyledLine::from_span(Role::Caution, format!("nothing: {files} undone by batch {by} at {at}"))
            }
            (None, Some(Compensates { batch: of, .. })) => {
                let files = times::count(batch.total_files as usize, "file");
                StyledLine::from_span(Role::Good, format!("nothing: {files} of batch {of} undone"))
            }
            (None, None) => StyledLine::from_span(Role::Good, "nothing: all files are completed"),
        },
    }
}

/// The decision that is due next.
fn decision(app: &App) -> Option<StyledLine> {
    let (rollback, _) = rollbacks::next_deadline(app)?;
    let text = format!("a decision about rollback {rollback}: 5 opens it");
    Some(StyledLine::from_span(Role::Caution, text))
}

/// Tells what stands between an undone batch and its next run.
fn to_correct(batch: &Batch) -> String {
    let failed = batch.failures().into_iter().find_map(|f| f.failure.as_ref().map(|failure| (f, failure.category)));
    match failed {
        Some((_, category)) if !category.is_of_file() => "`caribou migrate` runs it again".to_owned(),
        Some((file, _)) => format!("mend {}, migrate again", crate::console::state::names::number(&file.path)),
        None => "`caribou events` tells why".to_owned(),
    }
}

/// Nothing is under way: the next file, or what keeps the next ones from starting.
fn next(batch: &Batch) -> StyledLine {
    if let Some(file) = batch.next_waiting().filter(|_| !batch.stopped) {
        return StyledLine::new().text(format!("the worker, to begin {}", name(&file.path)));
    }
    let waiting = batch.waiting.iter().filter_map(|(_, id)| batch.file(*id));
    let mut blocked = waiting.filter_map(|f| batch.blocked_by(f).map(|on| (f, on)));
    match blocked.next() {
        Some((file, on)) => {
            let why = match (on.state, on.outcome) {
                (FileState::Failed, _) => "failed",
                (_, Some(Outcome::RolledBack)) => "was rolled back",
                _ => "has not completed",
            };
            let text = format!("{} is blocked by {}, which {why}", name(&file.path), name(&on.path));
            StyledLine::from_span(Role::Caution, text)
        }
        None => StyledLine::new().text("the worker, to end the batch"),
    }
}
