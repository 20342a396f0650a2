//! What the file under the cursor is about: its statements, what it needs and who needs it, what undoes it, its newest
//! events. Below the table of files, or beside it.

use super::{file_undo, file_words};
use crate::console::state::app::App;
use crate::console::state::names;
use crate::console::state::overrides::Stopped;
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::{StyledLine, fit};
use crate::console::view::widgets::table;
use crate::console::view::{badges, file_events, letting_pass, progress, sentence, standing, statement};
use crate::model::{Batch, DependencyType, File, Phase};
use ratatui::layout::Rect;

/// Height from which on there is more than a short form.
const WHOLE: u16 = 8;
/// Columns of the labels of facts.
const LABEL: usize = 10;
/// Files that are listed of those that it needs, and of those that need it.
const NEIGHBOURS: usize = 6;

/// Draws it.
pub fn draw(app: &App, batch: &Batch, file: &File, canvas: &mut Canvas<'_>, area: Rect) {
    if area.height < WHOLE {
        return short(app, batch, file, canvas, area);
    }
    let inner = table::rule(canvas, area, title(file), StyledLine::from_span(Role::Key, "Enter").faint(" opens it"));
    let facts = facts(app, batch, file);
    if area.x > 0 {
        return beside(app, batch, file, canvas, inner, &facts);
    }
    let events = 3.min(inner.height / 4);
    let upper = Rect { height: inner.height - events - 1, ..inner };
    let left = Rect { width: inner.width * 57 / 100, ..upper };
    let right = Rect { x: left.right() + 2, width: inner.width - left.width - 2, ..upper };
    canvas.lines(left, &statements(app, batch, file, left));
    let facts: Vec<StyledLine> = facts.into_iter().flat_map(|line| line.wrap(usize::from(right.width))).collect();
    canvas.lines(right, &facts);
    newest(app, batch, file, canvas, below(inner, upper.height));
}

fn beside(app: &App, batch: &Batch, file: &File, canvas: &mut Canvas<'_>, area: Rect, facts: &[StyledLine]) {
    let wrapped: Vec<StyledLine> = facts.iter().flat_map(|line| line.clone().wrap(usize::from(area.width))).collect();
    let statements_area = Rect { height: area.height / 2, ..area };
    let lines = statements(app, batch, file, statements_area);
    canvas.lines(area, &lines);
    let rest = below(area, u16::try_from(lines.len() + 1).unwrap_or(u16::MAX));
    canvas.lines(rest, &wrapped);
    newest(app, batch, file, canvas, below(rest, u16::try_from(wrapped.len() + 1).unwrap_or(u16::MAX)));
}

fn title(file: &File) -> StyledLine {
    let epochs =
        format!(" · {} · epoch {} → {} · attempt {}", file.file_type, file.epoch_from, file.epoch_to, file.retries + 1);
    StyledLine::from_span(Role::Strong, sentence::name(&file.path)).faint(epochs)
}

/// Statements with what became of them, two lines each, those around the one of interest.
fn statements(app: &App, batch: &Batch, file: &File, area: Rect) -> Vec<StyledLine> {
    let width = usize::from(area.width);
    let mut lines = Vec::new();
    for n in statement::window(file, usize::from(area.height / 2).max(1)) {
        let badge = statement::badge(app, file, n);
        let head = StyledLine::from_span(badge.role, format!(" {} ", badge.icon)).faint(format!("{:<2} ", n + 1));
        let sql = progress::sql(app, file, Phase::Forward, n, width);
        lines.push(head.then(sql.unwrap_or_else(|| not_here(app, file))));
        lines.push(StyledLine::new().text("      ").then(statement::outcome(app, batch, file, n)));
    }
    if file.statements == 0 {
        lines.push(StyledLine::new().faint(" it has no statements"));
    }
    lines
}

/// Why a statement cannot be shown.
fn not_here(app: &App, file: &File) -> StyledLine {
    StyledLine::new().faint(match app.texts.text(&file.source) {
        None => "its text is being read …",
        Some(_) => "its text is not kept here",
    })
}

fn fact(label: &str, line: StyledLine) -> StyledLine {
    StyledLine::new().faint(format!("{label:<LABEL$} ")).then(line)
}

fn facts(app: &App, batch: &Batch, file: &File) -> Vec<StyledLine> {
    let mut lines = Vec::new();
    let (waits, role) = file_words::waits(app, batch, file);
    if !waits.is_empty() {
        lines.push(fact("waits for", StyledLine::from_span(role, waits)));
    }
    lines.extend(progress::chain(app, file, true).into_iter().map(|line| fact("", line)));
    lines.extend(neighbours(batch, file));
    let role = if file_words::undo(file) == "none" { Role::Bad } else { Role::Text };
    lines.push(fact("undo", StyledLine::from_span(role, file_undo::how(file))));
    let checks = app.data.tallies.of(file.id).map(|known| known.all());
    let checks = checks.filter(|results| results.all() > 0).map(|results| {
        let role = if results.failed > 0 { Role::Bad } else { Role::Text };
        StyledLine::from_span(role, format!("{} ✓  {} !  {} ✗", results.passed, results.warned, results.failed))
    });
    lines.extend(checks.map(|checks| fact("checks", checks)));
    lines.extend(letting_pass::line(app, batch, &Stopped::by_all(file)).map(|line| fact("", line)));
    lines.extend(letting_pass::words(file).map(|line| fact("", line)));
    lines
}

/// What it needs, and who needs it, each with how it stands.
pub fn neighbours(batch: &Batch, file: &File) -> Vec<StyledLine> {
    let standing = |other: &File| {
        let badge = badges::file(other);
        StyledLine::from_span(badge.role, badge.icon).text(" ").text(sentence::name(&other.path))
    };
    let mut lines = Vec::new();
    let needs = file.depends_on.iter().map(|d| {
        let line = match batch.file(d.on) {
            Some(other) => standing(other),
            None => StyledLine::new().text(sentence::name(&d.path)).faint(" (of an earlier batch)"),
        };
        match d.kind {
            DependencyType::Required => line,
            other => line.faint(format!(" ({other})")),
        }
    });
    listed("needs", needs.collect(), &mut lines);
    let after = dependants(batch, file);
    listed("needed by", after.take(NEIGHBOURS + 1).map(standing).collect(), &mut lines);
    lines
}

fn dependants<'a>(batch: &'a Batch, file: &File) -> impl Iterator<Item = &'a File> {
    batch.files.dependants(file.id).into_iter().filter_map(|id| batch.file(id))
}

fn listed(label: &str, all: Vec<StyledLine>, lines: &mut Vec<StyledLine>) {
    let more = all.len() > NEIGHBOURS;
    for (n, line) in all.into_iter().take(NEIGHBOURS).enumerate() {
        lines.push(fact(if n == 0 { label } else { "" }, line));
    }
    if more {
        lines.push(fact("", StyledLine::new().faint("and more")));
    }
}

fn newest(app: &App, batch: &Batch, file: &File, canvas: &mut Canvas<'_>, area: Rect) {
    if area.height < 2 {
        return;
    }
    let title = StyledLine::from_span(Role::Strong, "its newest events");
    let inner = table::rule(canvas, area, title, StyledLine::new());
    canvas.lines(inner, &events(app, batch, file, usize::from(inner.height)));
}

/// The newest events of a file, with their times.
pub fn events(app: &App, batch: &Batch, file: &File, most: usize) -> Vec<StyledLine> {
    let now = app.shown_clock();
    let line = |told: &file_events::Told<'_>| {
        StyledLine::new().faint(times::when(told.at(), now, app.relative)).text("  ").then(told.words(batch))
    };
    let mut lines: Vec<StyledLine> = file_events::of_file(app, file.id, most).iter().map(line).collect();
    if lines.is_empty() {
        lines.push(StyledLine::new().faint("   none among those kept here"));
    }
    lines
}

/// Four rows: how it stands, its statement with what became of it, checks and undo.
fn short(app: &App, batch: &Batch, file: &File, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    let wave = if file.wave > 0 { format!("wave {}", file.wave) } else { String::new() };
    let numbers = |label: &str, files: Vec<String>| match files.is_empty() {
        true => StyledLine::new(),
        false => StyledLine::new().faint(format!("{label} ")).text(files.join(" ")),
    };
    let needs = file.depends_on.iter().filter_map(|d| batch.file(d.on)).take(NEIGHBOURS);
    let needs = needs.map(|f| format!("{} {}", badges::file(f).icon, names::number(&f.path))).collect();
    let after = dependants(batch, file).take(NEIGHBOURS);
    let after = after.map(|f| names::number(&f.path).to_owned()).collect();
    let pieces = vec![
        (9, StyledLine::from_span(Role::Strong, sentence::name(&file.path))),
        (3, StyledLine::new().faint(wave)),
        (5, numbers("needs", needs)),
        (4, numbers("needed by", after)),
    ];
    let inner = table::rule(canvas, area, fit(pieces, " · ", width.saturating_sub(6)), StyledLine::new());
    let badge = standing::badge(app, file);
    let (words, role) = standing::sentence(app, batch, file);
    // `completed in 10 ms` says its state itself.
    let label = if words.starts_with(badge.label) { String::new() } else { format!("{}  ", badge.label) };
    let head = StyledLine::from_span(badge.role, format!(" {} {label}", badge.icon));
    let chain = progress::chain(app, file, false).into_iter().next();
    let n = statement::of_interest(file);
    let of = statement::badge(app, file, n);
    let place = format!(" {} {}/{}  ", of.icon, n + 1, file.statements);
    let indent = " ".repeat(place.chars().count());
    let sql = progress::sql(app, file, Phase::Forward, n, width).unwrap_or_else(|| not_here(app, file));
    let checks = app.data.tallies.of(file.id).map(|known| known.all()).filter(|results| results.all() > 0);
    let checks = checks.map_or_else(String::new, |r| format!("checks {} ✓ {} ! {} ✗ · ", r.passed, r.warned, r.failed));
    let lines = [
        head.then(chain.unwrap_or_else(|| StyledLine::from_span(role, words))),
        StyledLine::from_span(of.role, place).then(sql),
        StyledLine::new().text(&*indent).then(statement::outcome(app, batch, file, n)),
        StyledLine::new().text(indent).faint(checks).faint("undo: ").text(file_undo::in_short(file)),
    ];
    canvas.lines(inner, &wrapped_within(lines, width, usize::from(inner.height)));
}

/// Lines in so many rows: what does not fit in one goes on in those that are left over, the first come first.
fn wrapped_within<const N: usize>(lines: [StyledLine; N], width: usize, rows: usize) -> Vec<StyledLine> {
    let mut spare = rows.saturating_sub(N);
    let mut told = Vec::new();
    for line in lines {
        let parts = line.clone().wrap(width);
        let more = parts.len() - 1;
        if more <= spare {
            spare -= more;
            told.extend(parts);
        } else {
            told.push(line);
        }
    }
    told
}
