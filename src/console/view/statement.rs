//! Statements of a file with what became of each.

use super::badges::{self, Badge};
use super::consequence;
use super::progress;
use super::standing;
use super::theme::Role;
use super::widgets::styled_line::StyledLine;
use crate::console::state::app::App;
use crate::console::times;
use crate::model::{Batch, Effect, File, FileState, Phase, StatementRecord};

/// The badge of a statement: that of its outcome, but that somebody is in its way.
pub fn badge(app: &App, file: &File, n: u32) -> Badge {
    let badge = badges::statement(file, n, app.is_orphaned());
    if is_running(file, n) && !app.is_orphaned() && standing::is_blocked(app, file) {
        return Badge { icon: "!", label: "waits", role: Role::Bad };
    }
    badge
}

/// True for the statement under way.
pub fn is_running(file: &File, n: u32) -> bool {
    file.running.as_ref().is_some_and(|running| running.phase == Phase::Forward && running.statement == n)
}

/// What became of a statement, in one line.
pub fn outcome(app: &App, batch: &Batch, file: &File, n: u32) -> StyledLine {
    if is_running(file, n) {
        return under_way(app, file);
    }
    let failure = file.failure.as_ref().filter(|failure| failure.statement == Some(n));
    match (file.records.get(n as usize), failure) {
        (_, Some(_)) => failed(file, n),
        (Some(record), None) => ended(file, n, record),
        (None, None) => to_come(batch, file, n),
    }
}

/// The server's word about the statement that failed, and what took effect.
pub fn failed(file: &File, n: u32) -> StyledLine {
    let Some(failure) = &file.failure else { return StyledLine::new() };
    let code = failure.code.as_ref().map_or_else(String::new, |code| format!("{code} "));
    let line = StyledLine::from_span(Role::Bad, format!("failed: {code}{}", failure.message));
    match file.records.get(n as usize).map(|record| record.effect) {
        Some(Effect::Took) => line.text("; a part of it is in force"),
        Some(Effect::None) => line.text("; nothing of it stands"),
        Some(Effect::Undone) => line.text("; undone"),
        Some(Effect::Unknown) => line.span(Role::Bad, "; nobody can say whether it took effect"),
        None => line,
    }
}

fn under_way(app: &App, file: &File) -> StyledLine {
    let Some(running) = &file.running else { return StyledLine::new() };
    if app.is_orphaned() {
        return StyledLine::from_span(Role::Bad, format!("sent {}, end unknown", times::clock(running.since)));
    }
    let elapsed = app.shown_clock().map(|now| times::seconds(now.since(running.since))).unwrap_or_default();
    if standing::is_blocked(app, file) {
        let lock = standing::awaited(app, file, running);
        let text = format!("waits {elapsed} for {lock}, attempt {}", running.attempt);
        return StyledLine::from_span(Role::Bad, text);
    }
    let line = StyledLine::from_span(Role::Active, format!("running {elapsed}"));
    let Some(statement) = progress::live(app, file) else { return line };
    let percent = statement.stage.as_ref().and_then(|stage| stage.done_permille);
    let percent = percent.map_or_else(String::new, |permille| format!(", {} %", permille / 10));
    let left = progress::left(app, file).map_or_else(String::new, |left| format!(", {left}"));
    line.text(format!("{percent}{left}"))
}

/// Rows, time and warnings of a statement that has ended.
fn ended(file: &File, n: u32, record: &StatementRecord) -> StyledLine {
    let took = format!("in {}", times::span(record.ms));
    let rows = match (record.rows, record.uncounted) {
        (_, true) => ": ? rows, nobody saw how many".to_owned(),
        (0, false) => String::new(),
        (1, false) => ": 1 row".to_owned(),
        (rows, false) => format!(": {} rows", times::thousands(rows)),
    };
    let warned = match record.warnings {
        0 => String::new(),
        n => format!(", {}", times::count(n as usize, "warning")),
    };
    let kept: Vec<String> = file
        .held
        .iter()
        .filter(|held| held.statement == n)
        .map(|held| format!("{} of {}", consequence::rows(held), held.table))
        .collect();
    let kept = if kept.is_empty() { String::new() } else { format!("; kept: {}", kept.join(", ")) };
    match record.effect {
        Effect::Took => StyledLine::new().text(format!("done {took}{rows}{warned}{kept}")),
        Effect::None => StyledLine::new().faint(format!("no effect, {took}")),
        Effect::Undone => StyledLine::from_span(Role::Caution, "undone").faint(format!(" (it was done {took}{rows})")),
        Effect::Unknown => StyledLine::from_span(Role::Bad, "nobody can say whether it took effect"),
    }
}

fn to_come(batch: &Batch, file: &File, n: u32) -> StyledLine {
    let stops = batch.breakpoints.contains(&(file.id, Some(n)));
    let line = StyledLine::new().faint("not run");
    if stops { line.span(Role::Caution, "  ● stops before it") } else { line }
}

/// The statement that a reader looks for: the one that runs, the one that failed, the next, or else the last.
pub fn of_interest(file: &File) -> u32 {
    let running = file.running.as_ref().filter(|r| r.phase == Phase::Forward).map(|r| r.statement);
    let failed = || file.failure.as_ref().and_then(|failure| failure.statement);
    let next = || file.next_statement().filter(|_| file.state != FileState::Idle || file.outcome.is_none());
    running.or_else(failed).or_else(next).unwrap_or(file.statements.saturating_sub(1))
}

/// So many of a file's statements, those around the one of interest.
pub fn window(file: &File, most: usize) -> std::ops::Range<u32> {
    let most = u32::try_from(most).unwrap_or(u32::MAX).min(file.statements);
    let begin = of_interest(file).saturating_sub(most.saturating_sub(1).min(most / 2));
    let begin = begin.min(file.statements - most);
    begin..begin + most
}
