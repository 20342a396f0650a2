//! The Board on the largest screens: more of the same. The figures stand beside what is under way and beside the story,
//! with charts, the files that come next and those of each type; below the story the files in the order of the plan.

use super::figures;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::live::KEPT_MS;
use crate::console::state::names;
use crate::console::times;
use crate::console::view::screens::files;
use crate::console::view::sentence;
use crate::console::view::theme::Role;
use crate::console::view::widgets::bar;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::chart;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table;
use crate::model::{Batch, Event, FileType, Millis};
use ratatui::layout::Rect;

/// Columns and rows of the whole screen from which on it is laid out so.
const VAST: (u16, u16) = (160, 50);
/// Columns of what stands at the right.
pub const BESIDE: u16 = 64;
/// Events that are told below each file of the story.
pub const EVENTS: usize = 3;
/// Rows of a chart, and of a list of files that come next.
const CHART: u16 = 3;
const NEXT: usize = 5;
/// Columns of a type of file, and of how many of them there are.
const TYPE: usize = 14;
const COUNTED: usize = 16;
/// The fewest rows in which the files of the plan tell anything.
const FILES: u16 = 5;

/// True on a screen that has room for more of everything.
pub fn is_vast(app: &App) -> bool {
    app.size.0 >= VAST.0 && app.size.1 >= VAST.1
}

/// A pane at the right: what it draws into the area that is left, and the area below it.
type Pane = fn(&App, &Batch, &mut Canvas<'_>, Rect) -> Rect;

/// The panes at the right, from above; those for which there is no room are left out at the end.
const PANES: [Pane; 5] = [server, next, so_far, by_type, time];

/// Draws what stands at the right.
pub fn draw(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let mut rest = area;
    for pane in PANES {
        if rest.height < 2 {
            return;
        }
        rest = pane(app, batch, canvas, rest);
    }
}

/// A pane of lines below a title.
fn lines(canvas: &mut Canvas<'_>, area: Rect, title: StyledLine, lines: &[StyledLine]) -> Rect {
    if lines.is_empty() {
        return area;
    }
    let inner = table::rule(canvas, area, title, StyledLine::new());
    canvas.lines(inner, lines);
    below(inner, u16::try_from(lines.len() + 1).unwrap_or(u16::MAX))
}

fn strong(title: &str) -> StyledLine {
    StyledLine::from_span(Role::Strong, SafeText::new(title))
}

/// A chart for each figure of the server's load, and below them the time axis with what happened.
fn server(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    let known = app.data.live.as_ref().and_then(|live| live.load.as_ref()).is_some_and(|load| load.unknown.is_none());
    if !known {
        let told = figures::server(app, usize::from(area.width));
        return lines(canvas, area, strong("Server").faint("  last 10 min"), &told);
    }
    let mut rest = table::rule(canvas, area, strong("Server").faint("  last 10 min"), StyledLine::new());
    for figure in &figures::FIGURES {
        rest = load_chart(app, canvas, rest, figure);
    }
    let left = u16::try_from(figures::VALUE + 1).unwrap_or(0);
    let axis = Rect { x: rest.x + left, width: rest.width.saturating_sub(left), ..rest };
    canvas.line(axis, 0, &marks(app, batch, usize::from(axis.width)));
    canvas.line(
        axis,
        1,
        &StyledLine::new().faint("-10 min").ending_at(usize::from(axis.width), StyledLine::new().faint("now")),
    );
    below(rest, 3)
}

fn load_chart(app: &App, canvas: &mut Canvas<'_>, area: Rect, figure: &figures::Figure) -> Rect {
    let (label, _, value, words) = figure;
    let now = app.data.live.as_ref().and_then(|live| live.load.as_ref());
    let Some(value_now) = now.and_then(value) else { return area };
    let columns = usize::from(area.width).saturating_sub(figures::VALUE + 1);
    let samples = figures::samples(app, *value, columns);
    let text = SafeText::new(words(value_now)).pad_start(figures::VALUE - 1 - label.len());
    canvas.line(area, CHART - 1, &StyledLine::new().faint(*label).text(text));
    let most = samples.iter().flatten().max().copied().unwrap_or(0);
    canvas.line(
        area,
        0,
        &StyledLine::new().faint(SafeText::new(format!("most {}", words(most))).pad_start(figures::VALUE - 1)),
    );
    let left = u16::try_from(figures::VALUE + 1).unwrap_or(0);
    let body = Rect { x: area.x + left, width: area.width.saturating_sub(left), height: CHART, ..area };
    chart::curve(canvas, body, &samples);
    below(area, CHART)
}

/// What happened in the last ten minutes, each sign where it happened on the time axis.
fn marks(app: &App, batch: &Batch, columns: usize) -> StyledLine {
    let Some(now) = app.shown_clock() else { return StyledLine::new() };
    let mut signs: Vec<Option<(&'static str, Role)>> = vec![None; columns];
    let told = |event: &&Event| event.batch == batch.id && crate::recording::matter(event, 0).is_some();
    for event in app.data.recent.iter().filter(told) {
        let Millis(age) = Millis(now.0 - event.at.0);
        let place = (KEPT_MS - age).max(0) * columns as i64 / KEPT_MS;
        let place = usize::try_from(place).unwrap_or(0).min(columns.saturating_sub(1));
        if age <= KEPT_MS
            && let Some(sign) = signs.get_mut(place)
        {
            *sign = Some((sentence::icon(&event.kind), sentence::role(&event.kind)));
        }
    }
    let mut line = StyledLine::new();
    for sign in signs {
        line = match sign {
            Some((sign, role)) => line.span(role, sign),
            None => line.faint("─"),
        };
    }
    line
}

/// The files that come next, each with the time that it is expected to take.
fn next(_: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    let to_come: Vec<StyledLine> = batch
        .waiting
        .iter()
        .filter_map(|(_, id)| batch.file(*id))
        .take(NEXT)
        .map(|file| {
            let after = batch.blocked_by(file).map(|on| format!(", after {}", names::number(&on.path)));
            let line = StyledLine::new().text(" ").text(sentence::name(&file.path)).faint(after.unwrap_or_default());
            let expected = file.expected.as_ref().map_or_else(|| "?".to_owned(), |expected| expected.words());
            line.cut(usize::from(area.width) - 12).ending_at(usize::from(area.width), StyledLine::new().text(expected))
        })
        .collect();
    let (n, is_over) = (batch.waiting.len(), batch.status.is_final());
    let title = strong(if is_over { "Never began" } else { "Next" });
    let title =
        title.faint(if n > 0 { format!("  {}, expected time", times::count(n, "file")) } else { String::new() });
    lines(canvas, area, title, &to_come)
}

fn so_far(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    lines(canvas, area, strong("So far"), &figures::so_far(app, batch))
}

/// How far the files of each type are.
fn by_type(app: &App, _: &Batch, canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    let mut rows = Vec::new();
    for kind in FileType::ALL.iter().copied() {
        let (done, all) = app.data.figures.types.get(&kind).copied().unwrap_or_default();
        if all > 0 {
            let line = StyledLine::new().text(" ").text(SafeText::new(kind.as_str()).pad(TYPE));
            let bar = bar::progress(done, all, usize::from(area.width).saturating_sub(TYPE + COUNTED));
            rows.push(line.then(bar).text(format!("  {done} of {all}")));
        }
    }
    lines(canvas, area, strong("Completed").faint("  by type of file"), &rows)
}

fn time(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    lines(canvas, area, strong("Time"), &figures::time(app, batch))
}

/// Rows that are left for the files of the plan below a story of so many; none where they would tell nothing.
pub fn files_rows(batch: &Batch, story: usize, room: u16) -> u16 {
    let wanted = u16::try_from(batch.order.len() + 2).unwrap_or(u16::MAX);
    let free = room.saturating_sub(u16::try_from(story + 4).unwrap_or(u16::MAX));
    if free < FILES { 0 } else { free.min(wanted) }
}

/// Draws the files in the order of the plan, from the first that has not completed on; before it as many as there is
/// room for.
pub fn files(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let opens = StyledLine::from_span(Role::Key, "2").faint(" opens them");
    let inner = table::rule(canvas, area, strong("Files").faint("  in the order of the plan"), opens);
    let room = usize::from(inner.height.saturating_sub(1));
    let at = batch.briefs().position(|file| file.facts.outcome.is_none()).unwrap_or(0);
    let first = at.saturating_sub(1).min(batch.order.len().saturating_sub(room));
    let shown = batch.order.iter().skip(first).take(room).filter_map(|id| batch.file(*id));
    files::plain(app, batch, canvas, inner, shown);
}
