//! One file: its SQL with each statement's outcome in the gutter, and everything known about it.

use super::{file_consequences, file_pane, file_undo};
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::data;
use crate::console::state::listing::Listing;
use crate::console::state::names;
use crate::console::state::overrides::Stopped;
use crate::console::state::views::{DetailView, Pane, Source};
use crate::console::times;
use crate::console::view::layout::detail_panes;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::scroll;
use crate::console::view::widgets::styled_line::{StyledLine, fit};
use crate::console::view::{badges, highlight, letting_pass, progress, sentence, standing, statement};
use crate::model::{Batch, File, Hold};
use ratatui::layout::Rect;

/// Columns of cursor, outcome, time, line number and a blank.
const GUTTER: usize = 15;

/// Events that are listed.
const EVENTS: usize = 40;

/// Draws the file.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let (Some(batch), Some(detail)) = (app.data.batch(), &app.detail) else { return };
    let Some(file) = batch.file(detail.file) else {
        return canvas.line(
            area,
            0,
            &StyledLine::new().faint("this file is no longer part of the batch; Esc goes back"),
        );
    };
    let (sql, facts) = detail_panes(area);
    sql_pane(app, batch, file, detail, canvas, sql);
    facts_pane(app, batch, file, detail, canvas, facts);
}

fn sql_pane(app: &App, batch: &Batch, file: &File, detail: &DetailView, canvas: &mut Canvas<'_>, area: Rect) {
    let inner = canvas.titled(area, sql_title(app, file, detail, usize::from(area.width).saturating_sub(4)));
    let listing = match &detail.source {
        Source::Loading => return canvas.line(inner, 0, &StyledLine::new().faint("the text is being read …")),
        Source::Missing(why) => return canvas.line(inner, 0, &StyledLine::from_span(Role::Caution, why)),
        Source::Here { up, .. } => up,
    };
    let lines = highlight::highlighted(listing, detail.top, usize::from(inner.height));
    let room = usize::from(inner.width).saturating_sub(GUTTER);
    let mut row = 0;
    for (n, words) in (detail.top..).zip(lines) {
        if row >= inner.height {
            break;
        }
        let gutter = gutter(app, batch, file, listing, n);
        let is_cursor = n == detail.line && detail.pane == Pane::Sql;
        let parts = if app.wrap { words.wrap(room) } else { vec![words.skip(detail.left)] };
        for (part, words) in parts.into_iter().enumerate() {
            let gutter = if part == 0 { gutter.clone() } else { StyledLine::new().text(" ".repeat(GUTTER - 1)) };
            let line = StyledLine::new().text(if is_cursor { "›" } else { " " }).then(gutter).then(words);
            if is_cursor {
                canvas.bar(inner, row, &line.all(Role::Selected), Role::Selected);
            } else {
                canvas.line(inner, row, &line);
            }
            row += 1;
        }
        for line in remarks(app, file, listing, n, room) {
            canvas.line(inner, row, &StyledLine::new().text(" ".repeat(GUTTER)).then(line));
            row += 1;
        }
    }
    if listing.len() == 0 {
        canvas.line(inner, 0, &StyledLine::new().faint("the file is empty"));
    }
}

/// Lines that stand under a statement without a number: how far the running one is and who is in its way, and what the
/// server said of the one that failed.
fn remarks(app: &App, file: &File, listing: &Listing, line: usize, width: usize) -> Vec<StyledLine> {
    let Some((n, _)) = listing.statement_on(line) else { return Vec::new() };
    if listing.lines_of(n).is_none_or(|lines| *lines.end() != line) {
        return Vec::new();
    }
    if statement::is_running(file, n) && !app.is_orphaned() {
        let chain = progress::chain(app, file, width >= 90);
        let stage = progress::stage(app, file, width).filter(|_| chain.is_empty());
        return chain.into_iter().chain(stage).collect();
    }
    let failed = file.failure.as_ref().is_some_and(|failure| failure.statement == Some(n));
    if failed { statement::failed(file, n).wrap(width) } else { Vec::new() }
}

fn sql_title(app: &App, file: &File, detail: &DetailView, width: usize) -> StyledLine {
    let badge = badges::known(file, app.is_orphaned());
    let mut pieces = vec![
        (
            9,
            StyledLine::from_span(
                Role::Strong,
                SafeText::new(sentence::name(&file.path)).cut_start(width.saturating_sub(20).max(12)),
            ),
        ),
        (8, StyledLine::from_span(badge.role, format!("{} {}", badge.icon, badge.label))),
    ];
    if let Some(listing) = detail.listing() {
        if let Some(n) = detail.statement() {
            let badge = badges::statement(file, n, app.is_orphaned());
            let text = format!("statement {}/{} {} {}", n + 1, file.statements, badge.icon, badge.label);
            pieces.push((5, StyledLine::from_span(badge.role, text)));
        }
        pieces.push((
            3,
            StyledLine::new().faint(format!("line {}/{}", (detail.line + 1).min(listing.len()), listing.len())),
        ));
        if let Some(remark) = &listing.remark {
            pieces.push((6, StyledLine::from_span(Role::Caution, remark)));
        }
    }
    fit(pieces, " · ", width)
}

/// Outcome and time of the statement that begins here, and the line number.
fn gutter(app: &App, batch: &Batch, file: &File, listing: &Listing, line: usize) -> StyledLine {
    let time = |text: String| SafeText::new(text).pad_start(8);
    let words = match listing.statement_on(line) {
        Some((n, begins)) => {
            let badge = statement::badge(app, file, n);
            let stops = badge.icon == "·" && batch.breakpoints.contains(&(file.id, Some(n)));
            let took = file.records.get(n as usize).map(|record| times::span(record.ms));
            match (begins, statement::is_running(file, n)) {
                (true, _) if stops => StyledLine::from_span(Role::Caution, "●").text(time(String::new())),
                (true, true) => {
                    let since = file.running.as_ref().zip(app.shown_clock()).filter(|_| !app.is_orphaned());
                    let since = since.map(|(running, now)| times::seconds(now.since(running.since)));
                    StyledLine::from_span(badge.role, badge.icon).text(time(since.unwrap_or_default()))
                }
                (true, false) => StyledLine::from_span(badge.role, badge.icon).faint(time(took.unwrap_or_default())),
                (false, true) => StyledLine::from_span(badge.role, badge.icon).text(time(String::new())),
                (false, false) => StyledLine::new().faint("│").text(time(String::new())),
            }
        }
        None if line == 0 && batch.breakpoints.contains(&(file.id, None)) => {
            StyledLine::from_span(Role::Caution, "●").text(time(String::new()))
        }
        None => StyledLine::new().text(" ").text(time(String::new())),
    };
    words.faint(SafeText::new((line + 1).to_string()).pad_start(4)).text(" ")
}

fn facts_pane(app: &App, batch: &Batch, file: &File, detail: &DetailView, canvas: &mut Canvas<'_>, area: Rect) {
    let title = StyledLine::from_span(Role::Strong, "About it");
    let lines = facts(app, batch, file, detail);
    let title = match detail.pane == Pane::Facts {
        true => scroll::focused(title, true),
        // What does not fit is reached from here.
        false if scroll::most(lines.clone(), area) > 0 => title.text("  ").span(Role::Key, "Tab"),
        false => title,
    };
    scroll::pane(canvas, area, title, lines, detail.facts_top);
}

/// Number of lines that the facts about the file can be scrolled.
pub fn most_scrolled(app: &App, area: Rect) -> usize {
    let (Some(batch), Some(detail)) = (app.data.batch(), &app.detail) else { return 0 };
    let Some(file) = batch.file(detail.file) else { return 0 };
    scroll::most(facts(app, batch, file, detail), detail_panes(area).1)
}

/// Everything about a file that is not its text.
fn facts(app: &App, batch: &Batch, file: &File, detail: &DetailView) -> Vec<StyledLine> {
    let mut lines = Vec::new();
    file_undo::advice(app, file, &mut lines);
    failure(file, &mut lines);
    lines.extend(letting_pass::line(app, batch, &Stopped::by_all(file)));
    lines.extend(letting_pass::words(file));
    holds(batch, file, &mut lines);
    under_way(app, file, &mut lines);
    file_undo::evidence(app, file, &mut lines);
    let wave = if file.wave == 0 { String::new() } else { format!(" · wave {}", file.wave) };
    lines.push(StyledLine::new().text(format!(
        "{}{wave} · epoch {} → {} · attempt {}",
        file.file_type,
        file.epoch_from,
        file.epoch_to,
        file.retries + 1
    )));
    lines.extend(file_pane::neighbours(batch, file));
    lines.push(StyledLine::new());
    file_consequences::checks(app, file, &mut lines);
    file_consequences::if_it_fails(batch, file, &mut lines);
    lines.push(StyledLine::from_span(Role::Strong, "Undo"));
    file_undo::undo(app, file, detail, &mut lines);
    lines.push(StyledLine::new());
    file_consequences::connection(app, file, &mut lines);
    lines.push(StyledLine::from_span(Role::Strong, "Its newest events"));
    lines.extend(file_pane::events(app, batch, file, EVENTS));
    if let Source::Here { down: Some(down), .. } = &detail.source {
        lines.push(StyledLine::new());
        lines.push(StyledLine::from_span(Role::Strong, "Rollback script"));
        lines.extend(highlight::highlighted(down, 0, down.len().min(200)));
    }
    lines
}

fn failure(file: &File, lines: &mut Vec<StyledLine>) {
    let Some(failure) = &file.failure else { return };
    let head = StyledLine::from_span(Role::Bad, format!("✗ {}: ", names::category(failure.category)));
    let text = failure.to_string();
    let mut told = names::lines(&text);
    lines.push(head.text(told.next().unwrap_or_default()));
    lines.extend(told.map(|line| StyledLine::new().text(format!("  {line}"))));
    if let Some(hint) = &failure.hint {
        lines.push(StyledLine::new().faint(format!("  {hint}")));
    }
    let list = |which: Vec<u32>| which.iter().map(|n| (n + 1).to_string()).collect::<Vec<_>>().join(", ");
    let (stands, doubt) = (list(file.in_force().collect()), list(file.in_doubt().collect()));
    if !stands.is_empty() {
        lines.push(StyledLine::from_span(
            Role::Caution,
            format!("  in force: {} {stands}", noun(file.in_force().count())),
        ));
    }
    if !doubt.is_empty() {
        lines.push(StyledLine::from_span(Role::Bad, format!("  in doubt: {} {doubt}", noun(file.in_doubt().count()))));
    }
}

fn noun(statements: usize) -> &'static str {
    if statements == 1 { "statement" } else { "statements" }
}

/// Adds what holds it: for one in line, who stands before it now.
fn holds(batch: &Batch, file: &File, lines: &mut Vec<StyledLine>) {
    for (hold, reason) in &file.holds {
        let queue = batch.queue(file).filter(|_| *hold == Hold::Blocked);
        let why = queue.map_or_else(|| reason.clone(), |queue| queue.in_line());
        lines.push(StyledLine::from_span(Role::Caution, format!("{hold}: ")).text(why));
    }
}

fn under_way(app: &App, file: &File, lines: &mut Vec<StyledLine>) {
    let Some(running) = &file.running else { return };
    let elapsed = app.shown_clock().map(|now| times::seconds(now.since(running.since))).unwrap_or_default();
    let what = data::phase_words(running.phase);
    if app.is_orphaned() {
        let sent = times::clock(running.since);
        let text = format!("? {what} {} was sent at {sent}, and the worker is gone", running.statement + 1);
        lines.push(StyledLine::from_span(Role::Bad, text));
        return;
    }
    let text = format!("▶ {what} {} for {elapsed}, attempt {}", running.statement + 1, running.attempt);
    let on = standing::connection(app, running).map_or_else(String::new, |id| format!(", connection {id}"));
    lines.push(StyledLine::from_span(Role::Active, text).faint(on));
    for blocker in &running.blockers {
        lines.push(StyledLine::from_span(Role::Bad, format!("  blocked by {blocker}")));
    }
}
