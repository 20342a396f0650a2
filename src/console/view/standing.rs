//! Standing of a file in a badge and a sentence: its last word in the story, and above its statements.

use super::ahead;
use super::badges::{self, Badge};
use super::progress;
use super::theme::Role;
use super::widgets::styled_line::StyledLine;
use crate::console::state::app::App;
use crate::console::state::names;
use crate::console::state::overrides;
use crate::console::times;
use crate::model::{Batch, Category, Failure, File, FileState, Outcome, Phase, Running, Undo, UndoPlan};
use crate::sql::Dialect;

/// The name of a file in the story, its number set apart: `0046 orders_total_cents`.
pub fn title(path: &str) -> String {
    let (number, title) = (names::number(path), names::title(path));
    if number == title || title.is_empty() { number.to_owned() } else { format!("{number} {title}") }
}

/// The badge of a file: its state, but that somebody is in its way, and that nobody knows where its worker is gone.
pub fn badge(app: &App, file: &File) -> Badge {
    let badge = badges::known(file, app.is_orphaned());
    if !app.is_orphaned() && file.crash.is_some() {
        return Badge { icon: "?", label: "half-way", role: Role::Bad };
    }
    if !app.is_orphaned() && is_blocked(app, file) {
        return Badge { icon: "!", label: "blocked", role: Role::Bad };
    }
    badge
}

/// Number of the connection on which a statement runs, where the server has such.
pub fn connection(app: &App, running: &Running) -> Option<u64> {
    let has_none = app.dialect == Some(Dialect::Sqlite) || running.connection == 0;
    (!has_none).then_some(running.connection)
}

/// True if somebody is in its way: it stands in line, or its statement waits for a lock.
pub fn is_blocked(app: &App, file: &File) -> bool {
    let tried = file.running.as_ref().is_some_and(|running| running.attempt > 1 || !running.blockers.is_empty());
    let seen = progress::live(app, file).is_some_and(|s| !s.blocked_by.is_empty() || s.blockers_unknown.is_some());
    file.is_blocked() || tried || seen
}

/// Time of its last word: when its statement was sent, when the one before has ended, or when it entered its state.
pub fn since(file: &File) -> crate::model::Millis {
    match (&file.running, file.state) {
        (Some(running), _) => running.since,
        (None, FileState::Migrating | FileState::RollingBack) => file.updated_at,
        (None, _) => file.moved_at,
    }
}

/// Its last word, in a sentence and the role that its weight gives it.
pub fn sentence(app: &App, batch: &Batch, file: &File) -> (String, Role) {
    let attempt = if file.retries > 0 { format!("attempt {}: ", file.retries + 1) } else { String::new() };
    let checks = |results: crate::console::state::tallies::Results| match results.all() {
        0 => String::new(),
        n => format!(", {n} done"),
    };
    let known = app.data.tallies.of(file.id).unwrap_or_default();
    let (text, role) = match (file.state, file.outcome) {
        (FileState::Idle, Some(Outcome::Completed)) => return (completed(file), Role::Text),
        (FileState::Idle, Some(Outcome::RolledBack)) => return (undone(file), Role::Caution),
        (FileState::Idle, None) if batch.status.is_final() => ("never began".to_owned(), Role::Text),
        (FileState::Idle, None) => ("waits for its turn".to_owned(), Role::Text),
        (FileState::Preparing, _) => match batch.queue(file).filter(|_| file.is_blocked()) {
            Some(queue) => (
                format!(
                    "in line at place {}, behind {}: {}",
                    queue.place,
                    names::number(&queue.behind.path),
                    queue.clash
                ),
                Role::Bad,
            ),
            None => ("dependencies, checksum, locks".to_owned(), Role::Text),
        },
        (FileState::ValidatingPre, _) => (format!("checks before{}", checks(known.before)), Role::Text),
        (FileState::ValidatingPost, _) => {
            (format!("{} of {} done, checks after", file.records.len(), file.statements), Role::Text)
        }
        (FileState::Completing, _) => ("all done, is being recorded".to_owned(), Role::Text),
        (FileState::Migrating | FileState::RollingBack, _) => return migrating(app, batch, file, attempt),
        (FileState::Failed, _) => return (failed(file), Role::Bad),
    };
    (format!("{attempt}{text}"), role)
}

fn completed(file: &File) -> String {
    let warnings: u32 = file.records.iter().map(|record| record.warnings).sum();
    let warned = if warnings > 0 { format!(", {}", times::count(warnings as usize, "warning")) } else { String::new() };
    format!("completed in {}{warned}", times::span(file.processing_ms))
}

fn undone(file: &File) -> String {
    let why = match file.failure.as_ref().map(|failure| failure.category) {
        None => String::new(),
        Some(Category::Aborted) => "; it was aborted".to_owned(),
        Some(category) => format!("; it failed: {}", names::category(category).replace('_', " ")),
    };
    let how = match file.undo.as_deref() {
        Some(Undo { plan: UndoPlan::Nothing, .. }) | None => "nothing of it stood".to_owned(),
        Some(_) => format!("undone {}", Undo::certainty([file])),
    };
    format!("{how}{why}")
}

fn failed(file: &File) -> String {
    if overrides::is_stopped(file) {
        let by: Vec<&str> = file.stopped_by.iter().map(String::as_str).collect();
        return format!("stopped before it ran: {}", by.join(", "));
    }
    let standing = match (file.in_force().count(), file.in_doubt().count()) {
        (0, 0) => "nothing of it stands".to_owned(),
        (n, 0) => format!("{n} in force"),
        (_, n) => format!("{n} in doubt"),
    };
    let place = file.failure.as_ref().map_or_else(String::new, |failure| {
        let code = failure.code.as_ref().map_or_else(String::new, |code| format!(" ({code})"));
        let place = failure.statement.map_or_else(String::new, |n| format!(" at statement {}", n + 1));
        format!("{place}{code}")
    });
    format!("failed{place}, {standing}")
}

/// The statement that failed, and the server's words, in one line.
pub fn failure(file: &File, failure: &Failure) -> StyledLine {
    failed_at(file, failure).text(names::in_one_line(&failure.message))
}

/// The same with a line for each that was said, of at most so many columns.
pub fn failure_lines(file: &File, failure: &Failure, width: usize) -> Vec<StyledLine> {
    let mut told = names::lines(&failure.message);
    let first = failed_at(file, failure).text(told.next().unwrap_or_default());
    let rest = told.map(|line| StyledLine::new().text(format!("  {line}")));
    let wrapped = std::iter::once(first).chain(rest).flat_map(|line| line.wrap(width.saturating_sub(3)));
    let indented =
        wrapped.enumerate().map(|(n, line)| StyledLine::new().text(if n == 0 { " " } else { "   " }).then(line));
    indented.collect()
}

fn failed_at(file: &File, failure: &Failure) -> StyledLine {
    let place = match failure.statement {
        Some(n) => format!("✗ statement {} of {}: ", n + 1, file.statements),
        None => format!("✗ {}: ", names::number(&file.path)),
    };
    let code = failure.code.as_ref().map_or_else(String::new, |code| format!("{code} "));
    StyledLine::from_span(Role::Bad, place).text(code)
}

fn migrating(app: &App, batch: &Batch, file: &File, attempt: String) -> (String, Role) {
    let undoes = file.state == FileState::RollingBack;
    let done = format!("{} of {} done", file.records.len(), file.statements);
    if file.crash.is_some() {
        let stands = format!("{} of {} in force", file.in_force().count(), file.statements);
        return (format!("left half-way, {stands}"), Role::Bad);
    }
    let Some(running) = &file.running else {
        let text = match (undoes, batch.may_move()) {
            (true, true) => "is being undone".to_owned(),
            (true, false) => ahead::held_undo(file),
            (false, true) => format!("{done}, its next statement"),
            (false, false) => format!("{done}, held"),
        };
        return (format!("{attempt}{text}"), if undoes { Role::Caution } else { Role::Text });
    };
    let place = match running.phase {
        Phase::Forward => format!("statement {}", running.statement + 1),
        Phase::Undo => "its undo".to_owned(),
    };
    if app.is_orphaned() {
        return (format!("{place} was sent, its end is unknown"), Role::Bad);
    }
    if batch.aborting.is_some() && running.phase == Phase::Forward {
        return (format!("{place} is being KILLED, {done}"), Role::Bad);
    }
    if is_blocked(app, file) {
        return (format!("waits for {}, try {}", awaited(app, file, running), running.attempt), Role::Bad);
    }
    match running.phase {
        Phase::Forward => (format!("{attempt}statement {} began, {done}", running.statement + 1), Role::Text),
        Phase::Undo => (format!("is being undone, {}", progress::place(file, running)), Role::Caution),
    }
}

/// The lock that a statement waits for, by its holder where that is known.
pub fn awaited(app: &App, file: &File, running: &Running) -> String {
    let holder = progress::live(app, file).and_then(|statement| statement.blocked_by.first());
    match (holder, running.blockers.len()) {
        (Some(holder), _) => format!("a lock of conn {}", holder.connection),
        (None, 0) => "a lock, nobody can say whose".to_owned(),
        (None, 1) => "a lock of another session".to_owned(),
        (None, n) => format!("a lock of {n} other sessions"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_with_their_number_apart() {
        let cases = [
            ("migrations/0046_orders_total.sql", "0046 orders_total"),
            ("0045-loyalty.toml", "0045 loyalty"),
            ("money.md", "money"),
        ];
        for (path, name) in cases {
            assert_eq!(title(path), name);
        }
    }
}
