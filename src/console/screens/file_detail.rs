//! One file: its SQL with each statement's outcome in the gutter, and everything known about it.

use super::file_undo;
use crate::console::app::App;
use crate::console::data;
use crate::console::layout::detail_panes;
use crate::console::listing::Listing;
use crate::console::marks;
use crate::console::safe_text::SafeText;
use crate::console::sentence;
use crate::console::theme::Role;
use crate::console::times;
use crate::console::views::{DetailView, Pane, Source};
use crate::console::widgets::pen::Pen;
use crate::console::widgets::scroll;
use crate::console::widgets::words::{Words, fit};
use crate::model::{Batch, File, Hold, Phase};
use ratatui::layout::Rect;

/// Columns of breakpoint, outcome, line number and a blank.
const GUTTER: usize = 9;

/// Draws the file.
pub fn draw(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let (Some(batch), Some(detail)) = (app.data.batch(), &app.detail) else { return };
    let Some(file) = batch.file(detail.file) else {
        return pen.line(area, 0, &Words::new().faint("this file is no longer part of the batch; Esc goes back"));
    };
    let (sql, facts) = detail_panes(area);
    sql_pane(app, batch, file, detail, pen, sql);
    facts_pane(app, batch, file, detail, pen, facts);
}

fn sql_pane(app: &App, batch: &Batch, file: &File, detail: &DetailView, pen: &mut Pen<'_>, area: Rect) {
    let inner = pen.titled(area, sql_title(app, file, detail, usize::from(area.width).saturating_sub(4)));
    let listing = match &detail.source {
        Source::Loading => return pen.line(inner, 0, &Words::new().faint("the text is being read …")),
        Source::Missing(why) => return pen.line(inner, 0, &Words::of(Role::Caution, why)),
        Source::Here { up, .. } => up,
    };
    let lines = listing.highlighted(detail.top, usize::from(inner.height));
    let mut row = 0;
    for (n, words) in (detail.top..).zip(lines) {
        if row >= inner.height {
            break;
        }
        let gutter = gutter(app, batch, file, listing, n);
        let is_running = running_line(file, listing, n);
        let room = usize::from(inner.width).saturating_sub(GUTTER);
        let parts = if app.wrap { words.wrap(room) } else { vec![words.skip(detail.left)] };
        for (part, words) in parts.into_iter().enumerate() {
            let head = if part == 0 { gutter.clone() } else { Words::new().text(" ".repeat(GUTTER)) };
            let mut line = head.then(words);
            if n == detail.line && detail.pane == Pane::Sql {
                pen.bar(inner, row, &line.all(Role::Selected), Role::Selected);
            } else {
                if is_running {
                    line = line.all(if app.is_orphaned() { Role::Bad } else { Role::Active });
                }
                pen.line(inner, row, &line);
            }
            row += 1;
        }
    }
    if listing.len() == 0 {
        pen.line(inner, 0, &Words::new().faint("the file is empty"));
    }
}

fn sql_title(app: &App, file: &File, detail: &DetailView, width: usize) -> Words {
    let mark = marks::known(file, app.is_orphaned());
    let mut pieces = vec![
        (9, Words::of(Role::Title, SafeText::of(&file.path).cut_start(width.saturating_sub(20).max(12)))),
        (8, Words::of(mark.role, format!("{} {}", mark.sign, mark.word))),
    ];
    if let Some(listing) = detail.listing() {
        if let Some(n) = detail.statement() {
            let mark = marks::statement(file, n, app.is_orphaned());
            let text = format!("statement {}/{} {} {}", n + 1, file.statements, mark.sign, mark.word);
            pieces.push((5, Words::of(mark.role, text)));
        }
        pieces
            .push((3, Words::new().faint(format!("line {}/{}", (detail.line + 1).min(listing.len()), listing.len()))));
        if let Some(remark) = &listing.remark {
            pieces.push((6, Words::of(Role::Caution, remark)));
        }
    }
    fit(pieces, " · ", width)
}

/// Breakpoint, outcome of the statement that begins here, line number.
fn gutter(app: &App, batch: &Batch, file: &File, listing: &Listing, line: usize) -> Words {
    let on = listing.statement_on(line);
    let stop = on.is_some_and(|(n, begins)| begins && batch.breakpoints.contains(&(file.id, Some(n))))
        || (line == 0 && batch.breakpoints.contains(&(file.id, None)));
    let words = Words::of(Role::Caution, if stop { "●" } else { " " });
    let words = match on {
        Some((n, true)) => {
            let mark = marks::statement(file, n, app.is_orphaned());
            words.say(mark.role, mark.sign)
        }
        Some((_, false)) => words.faint("│"),
        None => words.text(" "),
    };
    words.faint(SafeText::of((line + 1).to_string()).pad_start(6)).text(" ")
}

fn running_line(file: &File, listing: &Listing, line: usize) -> bool {
    let running = file.running.as_ref().filter(|r| r.phase == Phase::Forward);
    running.is_some_and(|r| listing.statement_on(line).is_some_and(|(n, _)| n == r.statement))
}

fn facts_pane(app: &App, batch: &Batch, file: &File, detail: &DetailView, pen: &mut Pen<'_>, area: Rect) {
    let title = Words::of(Role::Title, "About it");
    let title = if detail.pane == Pane::Facts { title.say(Role::Selected, " ◆ ") } else { title };
    scroll::pane(pen, area, title, facts(app, batch, file, detail), detail.facts_top);
}

/// How far what is known about the file can be scrolled.
pub fn most_scrolled(app: &App, area: Rect) -> usize {
    let (Some(batch), Some(detail)) = (app.data.batch(), &app.detail) else { return 0 };
    let Some(file) = batch.file(detail.file) else { return 0 };
    scroll::most(facts(app, batch, file, detail), detail_panes(area).1)
}

/// Everything about a file that is not its text.
fn facts(app: &App, batch: &Batch, file: &File, detail: &DetailView) -> Vec<Words> {
    let mut lines = Vec::new();
    file_undo::advice(app, file, &mut lines);
    failure(file, &mut lines);
    holds(batch, file, &mut lines);
    under_way(app, file, &mut lines);
    file_undo::evidence(app, file, &mut lines);
    let wave = if file.wave == 0 { String::new() } else { format!(", wave {}", file.wave) };
    lines.push(Words::new().text(format!(
        "{}{wave}, epoch {} → {}, attempt {}, {} of {} ended",
        file.file_type,
        file.epoch_from,
        file.epoch_to,
        file.retries + 1,
        file.records.len(),
        times::count(file.statements as usize, "statement")
    )));
    file_undo::undo(app, file, detail, &mut lines);
    dependencies(batch, file, &mut lines);
    events(app, batch, file, &mut lines);
    if let Source::Here { down: Some(down), .. } = &detail.source {
        lines.push(Words::of(Role::Strong, "rollback script"));
        lines.extend(down.highlighted(0, down.len().min(200)));
    }
    lines
}

fn failure(file: &File, lines: &mut Vec<Words>) {
    let Some(failure) = &file.failure else { return };
    lines.push(Words::of(Role::Bad, format!("✗ {}: ", failure.category)).text(failure.to_string()));
    if let Some(hint) = &failure.hint {
        lines.push(Words::new().faint(format!("  {hint}")));
    }
    let list = |which: Vec<u32>| which.iter().map(|n| (n + 1).to_string()).collect::<Vec<_>>().join(", ");
    let (stands, doubt) = (list(file.in_force().collect()), list(file.in_doubt().collect()));
    if !stands.is_empty() {
        lines.push(Words::of(Role::Caution, format!("  in force: statements {stands}")));
    }
    if !doubt.is_empty() {
        lines.push(Words::of(Role::Bad, format!("  in doubt: statements {doubt}")));
    }
}

/// What holds it: for one in line, who stands before it now.
fn holds(batch: &Batch, file: &File, lines: &mut Vec<Words>) {
    for (hold, reason) in &file.holds {
        let queue = batch.queue(file).filter(|_| *hold == Hold::Blocked);
        let why = queue.map_or_else(|| reason.clone(), |queue| queue.in_line());
        lines.push(Words::of(Role::Caution, format!("{hold}: ")).text(why));
    }
}

fn under_way(app: &App, file: &File, lines: &mut Vec<Words>) {
    let Some(running) = &file.running else { return };
    let elapsed = app.shown_clock().map(|now| times::seconds(now.since(running.since))).unwrap_or_default();
    let what = data::phase_words(running.phase);
    if app.is_orphaned() {
        let sent = times::clock(running.since);
        let text = format!("? {what} {} was sent at {sent}, and the worker is gone", running.statement + 1);
        lines.push(Words::of(Role::Bad, text));
        return;
    }
    let text = format!("▶ {what} {} for {elapsed}, attempt {}", running.statement + 1, running.attempt);
    lines.push(Words::of(Role::Active, text).faint(format!(", connection {}", running.connection)));
    for blocker in &running.blockers {
        lines.push(Words::of(Role::Bad, format!("  blocked by {blocker}")));
    }
}

fn dependencies(batch: &Batch, file: &File, lines: &mut Vec<Words>) {
    let with_state = |words: Words, other: Option<&File>| match other {
        Some(other) => {
            let mark = marks::file(other);
            words.say(mark.role, format!(" {} {}", mark.sign, mark.word))
        }
        None => words.faint(" (of an earlier batch)"),
    };
    for d in &file.depends_on {
        let words = Words::new().faint(format!("needs ({}) ", d.kind)).text(&*d.path);
        lines.push(with_state(words, batch.file(d.on)));
    }
    // Files that follow stand later in the order.
    let after = batch.in_order().filter(|f| f.depends_on.iter().any(|d| d.on == file.id));
    for other in after.take(50) {
        lines.push(with_state(Words::new().faint("needed by ").text(&*other.path), Some(other)));
    }
}

fn events(app: &App, batch: &Batch, file: &File, lines: &mut Vec<Words>) {
    let mine: Vec<_> = app.data.recent.iter().rev().filter(|e| e.kind.file() == Some(file.id)).collect();
    lines.push(Words::of(Role::Strong, "its newest events"));
    if mine.is_empty() {
        lines.push(Words::new().faint("none among those kept here"));
    }
    for event in mine {
        let at = times::when(event.at, app.clock(), app.relative);
        lines.push(Words::new().faint(at).text(" ").then(sentence::of(batch, event)));
    }
}
