//! Screen 2: the files as a table. Only the visible rows are made.

use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::{badges, sentence};
use crate::model::{Batch, File, FileState, Hold, Outcome, UndoPlan};
use ratatui::layout::Rect;

/// A column: its head, its width, on which side its text stands.
struct Column {
    head: &'static str,
    width: usize,
    right: bool,
}

const fn left(head: &'static str, width: usize) -> Column {
    Column { head, width, right: false }
}
const fn right(head: &'static str, width: usize) -> Column {
    Column { head, width, right: true }
}

/// Everything but the path, which takes what is left.
const COLUMNS: [Column; 6] =
    [left("state", 17), left("type", 13), right("stmt", 9), right("time", 8), left("undo", 10), left("hold", 14)];

/// Width from which on a column is shown, in the order of [`COLUMNS`].
const FROM: [u16; 6] = [0, 100, 0, 0, 76, 90];

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(batch) = app.data.batch() else { return };
    let shown: Vec<usize> = (0..COLUMNS.len()).filter(|i| area.width >= FROM[*i]).collect();
    let used: usize = shown.iter().map(|i| COLUMNS[*i].width + 1).sum();
    let path = usize::from(area.width).saturating_sub(used + 2);
    canvas.line(area, 0, &head(app, &shown, path));
    let body = below(area, 1);
    let rows = app.files.rows.iter().enumerate().skip(app.files.top).take(usize::from(body.height));
    for (row, (n, id)) in (0..).zip(rows) {
        let Some(file) = batch.file(*id) else { continue };
        let words = line(app, batch, file, &shown, path);
        if n == app.files.cursor {
            canvas.bar(body, row, &words.all(Role::Selected), Role::Selected);
        } else {
            canvas.line(body, row, &words);
        }
    }
    if app.files.rows.is_empty() {
        let text = if app.files.filter.is_empty() {
            "this batch has no files"
        } else {
            "no file matches; Esc clears the filter"
        };
        canvas.line(body, 0, &StyledLine::new().faint(text));
    }
}

fn head(app: &App, shown: &[usize], path: usize) -> StyledLine {
    let mut title = format!("file ({}, {})", app.files.rows.len(), app.files.sort.as_str());
    if !app.files.filter.is_empty() {
        title =
            format!("file ({} matching /{}, {})", app.files.rows.len(), app.files.filter.0, app.files.sort.as_str());
    }
    let mut words = StyledLine::from_span(Role::Title, SafeText::new(title).pad(path + 2));
    for i in shown {
        words = words.text(" ").span(Role::Title, aligned(&COLUMNS[*i], COLUMNS[*i].head));
    }
    words
}

fn aligned(column: &Column, text: &str) -> SafeText {
    let text = SafeText::new(text);
    if column.right { text.pad_start(column.width) } else { text.pad(column.width) }
}

fn line(app: &App, batch: &Batch, file: &File, shown: &[usize], path: usize) -> StyledLine {
    let badge = badges::known(file, app.is_orphaned());
    let stop = if batch.breakpoints.iter().any(|(f, _)| *f == file.id) { "●" } else { " " };
    let name = SafeText::new(&file.path).cut_start(path).pad(path);
    let mut words = StyledLine::from_span(Role::Caution, stop).text(" ").span(Role::Text, name);
    for i in shown {
        let column = &COLUMNS[*i];
        let (text, role) = match i {
            0 => (format!("{} {}", badge.icon, badge.label), badge.role),
            1 => (file.file_type.to_string(), Role::Text),
            2 => (format!("{}/{}", file.records.len(), file.statements), Role::Text),
            3 => (time(app, file), Role::Text),
            4 => (undo(file).to_owned(), Role::Faint),
            _ => hold(batch, file),
        };
        words = words.text(" ").span(role, aligned(column, &text));
    }
    words
}

/// Time in statements, and for a running one up to now.
fn time(app: &App, file: &File) -> String {
    let running = file
        .running
        .as_ref()
        .zip(app.shown_clock())
        .filter(|_| !app.is_orphaned())
        .map_or(0, |(r, now)| now.since(r.since));
    match file.processing_ms + running {
        0 if file.records.is_empty() && file.running.is_none() => String::new(),
        ms => times::span(ms),
    }
}

/// Word for the way in which the file could be, or was, undone.
pub fn undo(file: &File) -> &'static str {
    match (&file.undo, &file.coverage) {
        (Some(undo), _) if undo.verified == Some(true) => "verified",
        (Some(undo), _) if undo.verified == Some(false) => "differs",
        (Some(undo), _) => match undo.plan {
            UndoPlan::Impossible { .. } => "impossible",
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

/// The number that a file's name begins with, or else its name.
fn number(path: &str) -> &str {
    let name = sentence::name(path);
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 { &name[..digits] } else { name }
}

/// Reason why it is not moving.
fn hold(batch: &Batch, file: &File) -> (String, Role) {
    if let Some((hold, _)) = file.holds.first() {
        let queue = batch.queue(file).filter(|_| *hold == Hold::Blocked);
        let place = queue.map_or_else(String::new, |queue| format!(" #{}", queue.place));
        return (format!("{hold}{place}"), Role::Caution);
    }
    let waits = file.state == FileState::Idle && file.outcome.is_none();
    if !waits || batch.status.is_final() {
        return (String::new(), Role::Text);
    }
    let gone = |on: &&File| on.state == FileState::Failed || on.outcome == Some(Outcome::RolledBack);
    match batch.blocked_by(file) {
        Some(on) if gone(&on) => ("blocked".into(), Role::Bad),
        Some(on) => (format!("waits for {}", number(&on.path)), Role::Faint),
        None => (String::new(), Role::Text),
    }
}
