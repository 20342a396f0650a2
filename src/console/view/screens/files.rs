//! Screen 2: the files as a table, the waves of the plan between them, and what the file under the cursor is about. Only
//! the lines that are seen are made.

use super::{file_pane, file_words};
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::files::{FileLine, Sort};
use crate::console::times;
use crate::console::view::layout::files_parts;
use crate::console::view::theme::Role;
use crate::console::view::widgets::bar;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::{badges, progress, sentence, standing};
use crate::model::{Batch, File, FileState, Outcome};
use ratatui::layout::Rect;

/// Columns of a bar.
const BAR: usize = 8;
/// Columns before the name: cursor, sign, a blank.
const MARGIN: usize = 3;

/// A column: its head, its width, on which side its text stands, the blanks before it, and the width of the table from
/// which on it is shown.
struct Column {
    head: &'static str,
    width: usize,
    right: bool,
    gap: usize,
    from: u16,
    cell: fn(&App, &Batch, &File) -> StyledLine,
}

/// Everything but the name, which takes what is left; the last takes what its head is given and more.
const COLUMNS: [Column; 8] = [
    Column { head: "state", width: 15, right: false, gap: 1, from: 0, cell: state },
    Column { head: "stmt", width: 5, right: true, gap: 0, from: 0, cell: statements },
    Column { head: "progress", width: BAR, right: false, gap: 2, from: 100, cell: progress },
    Column { head: "time", width: 8, right: true, gap: 1, from: 0, cell: time },
    Column { head: "expected", width: 8, right: true, gap: 1, from: 76, cell: expected },
    Column { head: "checks", width: 8, right: false, gap: 2, from: 100, cell: checks },
    Column { head: "undo", width: 8, right: false, gap: 1, from: 76, cell: undo_cell },
    Column { head: "waits for", width: 18, right: false, gap: 1, from: 100, cell: waits_cell },
];

/// Part of the table beside its rows, as a click hits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilesHit {
    /// The head of a column, by which files can be sorted.
    Head(Sort),
    /// The scrollbar, where this line is the first.
    Scrollbar(usize),
}

/// The part beside the rows at a column and a row of the screen.
pub fn hit(app: &App, area: Rect, column: u16, row: u16) -> Option<FilesHit> {
    let (table, _) = files_parts(area, app.files.lines());
    let body = below(table, 1);
    let scrolls = app.files.lines() > usize::from(body.height);
    if row == table.y && column < table.width {
        return head_at(table.width - u16::from(scrolls), table.width, column).map(FilesHit::Head);
    }
    if !(scrolls && column + 1 == table.width && body.y <= row && row < body.bottom()) {
        return None;
    }
    let most = app.files.lines().saturating_sub(usize::from(body.height));
    let place = usize::from(row - body.y) * most;
    Some(FilesHit::Scrollbar(place / usize::from(body.height.saturating_sub(1).max(1))))
}

/// The order of the column whose head is at a column of the screen.
fn head_at(width: u16, table: u16, column: u16) -> Option<Sort> {
    let shown: Vec<&Column> = COLUMNS.iter().filter(|column| table >= column.from).collect();
    let used: usize = shown.iter().map(|column| column.gap + column.width).sum();
    let mut end = usize::from(width).saturating_sub(used);
    if usize::from(column) < end {
        return Some(Sort::Name);
    }
    let found = shown.into_iter().find(|shown| {
        end += shown.gap + shown.width;
        usize::from(column) < end
    });
    match found?.head {
        "state" => Some(Sort::State),
        "time" => Some(Sort::Time),
        _ => None,
    }
}

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(batch) = app.data.batch() else { return };
    let (table, pane) = files_parts(area, app.files.lines());
    list(app, batch, canvas, table);
    if let Some(file) = app.files.selected().and_then(|id| batch.file(id)).filter(|_| pane.height > 1) {
        file_pane::draw(app, batch, file, canvas, pane);
    }
}

fn list(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let body = below(area, 1);
    let scrolls = app.files.lines() > usize::from(body.height);
    let width = usize::from(area.width) - usize::from(scrolls);
    let shown: Vec<&Column> = COLUMNS.iter().filter(|column| area.width >= column.from).collect();
    let used: usize = shown.iter().map(|column| column.gap + column.width).sum();
    let name = width.saturating_sub(used + MARGIN);
    canvas.line(area, 0, &head(app, batch, &shown, name));
    let inner = Rect { width: area.width - u16::from(scrolls), ..body };
    for row in 0..body.height {
        match app.files.line(app.files.top + usize::from(row)) {
            Some(FileLine::Wave(wave)) => canvas.line(inner, row, &wave_line(app, wave)),
            Some(FileLine::File(n)) => {
                let Some(file) = app.files.rows.get(n).and_then(|id| batch.file(*id)) else { continue };
                let words = line(app, batch, file, &shown, name);
                if n == app.files.cursor {
                    let words = StyledLine::new().text("›").then(words);
                    canvas.bar(inner, row, &words.all(Role::Selected), Role::Selected);
                } else {
                    canvas.line(inner, row, &StyledLine::new().text(" ").then(words));
                }
            }
            None => break,
        }
    }
    if scrolls {
        scrollbar(app, canvas, Rect { x: inner.right(), width: 1, ..body });
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

/// Draws some files below the heads of the table, without a cursor.
pub fn plain<'a>(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect, files: impl Iterator<Item = &'a File>) {
    let shown: Vec<&Column> = COLUMNS.iter().filter(|column| area.width >= column.from).collect();
    let used: usize = shown.iter().map(|column| column.gap + column.width).sum();
    let name = usize::from(area.width).saturating_sub(used + MARGIN);
    let mut heads = StyledLine::new().faint(SafeText::new("   file").pad(name + MARGIN));
    for column in &shown {
        let head = SafeText::new(column.head);
        let head = if column.right { head.pad_start(column.width) } else { head.pad(column.width) };
        heads = heads.text(" ".repeat(column.gap)).faint(head);
    }
    canvas.line(area, 0, &heads);
    for (row, file) in (1..area.height).zip(files) {
        canvas.line(area, row, &StyledLine::new().text(" ").then(line(app, batch, file, &shown, name)));
    }
}

fn head(app: &App, batch: &Batch, shown: &[&Column], name: usize) -> StyledLine {
    let (rows, order) = (app.files.rows.len(), app.files.sort.as_str());
    let title = match app.files.filter.is_empty() {
        true if app.data.part.is_some() => format!("file ({rows} so far)"),
        true => format!("file ({rows}, {order})"),
        false => format!("{rows} of {} match /{}", batch.order.len(), app.files.filter.0),
    };
    let role = if app.files.filter.is_empty() { Role::Faint } else { Role::Caution };
    let title = SafeText::new(title);
    let mut words = StyledLine::new().text("   ").span(role, title.pad(name.max(title.width())));
    // A filter is told whole: the heads that it covers give way.
    let mut covered = title.width().saturating_sub(name);
    for column in shown {
        let taken = column.gap + column.width;
        if covered > 0 {
            words = words.text(" ".repeat(taken.saturating_sub(covered)));
            covered = covered.saturating_sub(taken);
            continue;
        }
        let head = SafeText::new(column.head);
        let head = if column.right { head.pad_start(column.width) } else { head.pad(column.width) };
        words = words.text(" ".repeat(column.gap)).faint(head);
    }
    words
}

fn wave_line(app: &App, wave: u32) -> StyledLine {
    let (done, all) = app.data.figures.waves.get(&wave).copied().unwrap_or_default();
    StyledLine::new().faint(format!(" wave {wave:<3} {done} of {all} done"))
}

fn line(app: &App, batch: &Batch, file: &File, shown: &[&Column], name: usize) -> StyledLine {
    let badge = standing::badge(app, file);
    let path = SafeText::new(sentence::name(&file.path)).pad(name);
    let waits = file.state == FileState::Idle && file.outcome.is_none();
    let role = match (waits, file.state) {
        (true, _) => Role::Faint,
        (false, FileState::Idle) => Role::Text,
        (false, _) => Role::Strong,
    };
    let mut words = StyledLine::from_span(badge.role, badge.icon).text(" ").span(role, path);
    for column in shown {
        let cell = (column.cell)(app, batch, file);
        let blanks = column.width.saturating_sub(cell.width());
        words = words.text(" ".repeat(column.gap + if column.right { blanks } else { 0 }));
        words = words.then(if column.right { cell } else { cell.pad(column.width) });
    }
    words
}

/// The part of the lines that is seen.
fn scrollbar(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let (lines, height) = (app.files.lines().max(1), usize::from(area.height));
    let length = (height * height / lines).max(1);
    let room = height - length;
    let begin = (app.files.top * room).div_ceil(lines.saturating_sub(height).max(1)).min(room);
    for row in 0..area.height {
        let is_thumb = (begin..begin + length).contains(&usize::from(row));
        let line = if is_thumb { StyledLine::new().text("█") } else { StyledLine::new().faint("│") };
        canvas.line(area, row, &line);
    }
}

fn state(app: &App, _: &Batch, file: &File) -> StyledLine {
    let badge = badges::known(file, app.is_orphaned());
    let role = if matches!(badge.role, Role::Good) { Role::Faint } else { badge.role };
    StyledLine::from_span(role, badge.label)
}

/// Statements that are behind; of a file that goes back, those that still stand.
fn behind(file: &File) -> u32 {
    let goes_back = file.state == FileState::RollingBack || file.outcome == Some(Outcome::RolledBack);
    let n = if goes_back { file.in_force().count() } else { file.records.len() };
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn statements(_: &App, _: &Batch, file: &File) -> StyledLine {
    let at = file.running.as_ref().filter(|r| r.phase == crate::model::Phase::Forward).map(|r| r.statement + 1);
    let at = at.unwrap_or_else(|| behind(file));
    StyledLine::new().text(format!("{at}/{}", file.statements))
}

/// A bar for files under way and those that have completed.
fn progress(app: &App, _: &Batch, file: &File) -> StyledLine {
    let begun = file.state != FileState::Idle || file.outcome == Some(Outcome::Completed);
    if !begun || (file.records.is_empty() && file.running.is_none()) || file.state == FileState::Failed {
        return StyledLine::new();
    }
    let stage = progress::live(app, file).and_then(|statement| statement.stage.as_ref());
    let part = stage.and_then(|stage| stage.done_permille).unwrap_or(0).min(1_000);
    let part = if file.state == FileState::RollingBack { 0 } else { part };
    let done = behind(file).saturating_mul(1_000).saturating_add(part);
    bar::progress(done, file.statements.saturating_mul(1_000), BAR)
}

/// Time in statements, and for a running one up to now.
fn time(app: &App, _: &Batch, file: &File) -> StyledLine {
    if file.records.is_empty() && file.running.is_none() {
        return StyledLine::new();
    }
    StyledLine::new().text(times::span(spent(app, file)))
}

/// Milliseconds in statements up to now.
fn spent(app: &App, file: &File) -> u64 {
    let running = file.running.as_ref().zip(app.shown_clock()).filter(|_| !app.is_orphaned());
    file.processing_ms + running.map_or(0, |(running, now)| now.since(running.since))
}

/// Time that its statements are expected to take; it stands out once they have taken longer.
fn expected(app: &App, _: &Batch, file: &File) -> StyledLine {
    let Some(expected) = &file.expected else { return StyledLine::new() };
    let late = file.state != FileState::Idle && spent(app, file) > expected.ms;
    let role = if late { Role::Caution } else { Role::Faint };
    StyledLine::from_span(role, expected.words())
}

/// The checks of its last attempt: `12 ✓ 1 !`.
fn checks(app: &App, _: &Batch, file: &File) -> StyledLine {
    if file.state == FileState::Idle && file.outcome.is_none() {
        return StyledLine::new();
    }
    let Some(known) = app.data.tallies.of(file.id) else { return StyledLine::new().faint("?") };
    let results = known.all();
    let parts =
        [(results.passed, "✓", Role::Faint), (results.warned, "!", Role::Text), (results.failed, "✗", Role::Bad)];
    let some = parts.into_iter().filter(|(n, ..)| *n > 0).enumerate();
    some.fold(StyledLine::new(), |line, (place, (n, sign, role))| {
        let blank = if place > 0 { " " } else { "" };
        line.span(role, format!("{blank}{n} {sign}"))
    })
}

fn undo_cell(_: &App, _: &Batch, file: &File) -> StyledLine {
    let word = file_words::undo(file);
    let role = match word {
        "none" | "NO UNDO" | "differs" => Role::Bad,
        _ => Role::Faint,
    };
    StyledLine::from_span(role, word)
}

fn waits_cell(app: &App, batch: &Batch, file: &File) -> StyledLine {
    let (text, role) = file_words::waits(app, batch, file);
    StyledLine::from_span(role, text)
}
