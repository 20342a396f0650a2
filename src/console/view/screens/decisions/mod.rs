//! Screen 5: the rollbacks that wait for somebody, by their deadline, what each would do, and what was decided lately. One
//! cursor goes through both lists; Enter looks at a rollback closely.

mod about;
mod closer;
mod lately;
mod list;
mod radius;

use crate::console::feed::RollbackSummary;
use crate::console::state::app::App;
use crate::console::state::decisions::{BlastLookup, Overview, RadiusPane};
use crate::console::state::rollbacks::{Rollbacks, UnderCursor};
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::scroll;
use crate::console::view::widgets::styled_line::StyledLine;
use ratatui::layout::{Position, Rect};

/// Rollbacks listed at once, where the rest of the screen is needed for one of them.
const LISTED: u16 = 8;
/// From this height on what was decided lately is always there; below it, where the cursor is in it.
const TALL: u16 = 26;
/// Rows of what was decided lately, its title included.
const LATELY: u16 = 6;

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let known = Rollbacks::known(app);
    if let Some((summary, lookup)) = opened(app, &known) {
        return closer::draw(app, summary, lookup, canvas, area);
    }
    if known.len() == 0 {
        return empty(canvas, area);
    }
    let panes = panes(app, &known, area);
    match known.open.is_empty() {
        true => nothing_waits(canvas, panes.list),
        false => list::draw(app, &known, canvas, panes.list),
    }
    if let Some(selected) = known.under_cursor(app) {
        let lines = about::lines(app, selected, usize::from(panes.about.width));
        let focused = app.decisions.pane == Overview::About;
        let title = scroll::focused(about::title(app, selected, usize::from(panes.about.width)), focused);
        scroll::pane(canvas, panes.about, title, lines, app.decisions.about_top);
    }
    lately::draw(app, &known, canvas, panes.lately);
}

/// The rollback that is looked at closely, where it is under the cursor.
fn opened<'a>(app: &'a App, known: &'a Rollbacks) -> Option<(&'a RollbackSummary, &'a BlastLookup)> {
    match known.under_cursor(app)? {
        UnderCursor::Open(summary) => Some((summary, app.decisions.lookup_of(summary.rollback.id)?)),
        UnderCursor::Over(_) => None,
    }
}

/// The parts of the screen below each other.
struct Panes {
    list: Rect,
    about: Rect,
    lately: Rect,
}

fn panes(app: &App, known: &Rollbacks, area: Rect) -> Panes {
    let rows = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let listed = match known.open.len() {
        0 => 2.min(area.height / 3),
        n => 1 + rows(n).min(LISTED).min(area.height / 3).max(1),
    };
    let all = rows(known.over.len());
    let list = Rect { height: listed, ..area };
    let rest = below(area, listed);
    // Rows that what is told of the one under the cursor leaves blank.
    let about =
        || known.under_cursor(app).map_or(0, |under| 1 + about::lines(app, under, usize::from(rest.width)).len());
    let lately = match all {
        0 => 0,
        _ if area.height >= TALL => (all + 1).min(LATELY.max(area.height / 5)),
        _ if app.decisions.pane == Overview::Lately => (all + 1).min(area.height / 3).max(2),
        _ => 1,
    };
    let lately = if all == 0 { 0 } else { lately.max((all + 1).min(rest.height.saturating_sub(rows(about())))) };
    let lately = lately.min(rest.height);
    let about = Rect { height: rest.height - lately, ..rest };
    Panes { list, about, lately: below(rest, about.height) }
}

fn empty(canvas: &mut Canvas<'_>, area: Rect) {
    let lines = [
        StyledLine::from_span(Role::Strong, "Nothing waits for a decision."),
        StyledLine::new(),
        StyledLine::new().faint("A finding of class B, C or D opens a window here, with its deadline."),
        StyledLine::new().faint("R on Board or Files, or :rollback, asks for one by hand."),
    ];
    let top = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..below(area, area.height / 3) };
    let lines: Vec<StyledLine> = lines.into_iter().flat_map(|line| line.wrap(usize::from(top.width))).collect();
    canvas.lines(top, &lines);
}

fn nothing_waits(canvas: &mut Canvas<'_>, area: Rect) {
    let line = StyledLine::new().text("  ").span(Role::Strong, "Nothing waits for a decision.");
    canvas.line(area, 0, &line);
}

/// Number of lines that what is under the cursor can be scrolled.
pub fn about_scrolled(app: &App, area: Rect) -> usize {
    let known = Rollbacks::known(app);
    let Some(selected) = known.under_cursor(app) else { return 0 };
    let about = panes(app, &known, area).about;
    scroll::most(about::lines(app, selected, usize::from(about.width)), about)
}

/// The panes of the rollback that is looked at closely, each with the number of lines that it can be scrolled.
pub fn closer_panes(app: &App, area: Rect) -> Vec<(RadiusPane, usize)> {
    let known = Rollbacks::known(app);
    match opened(app, &known) {
        Some((summary, lookup)) => closer::scrolled(app, summary, lookup, area),
        None => Vec::new(),
    }
}

/// The pane of the rollback that is looked at closely at a place of the screen, by its place among all.
pub fn pane_at(app: &App, area: Rect, at: Position) -> Option<usize> {
    let known = Rollbacks::known(app);
    let (summary, lookup) = opened(app, &known)?;
    closer::pane_at(app, summary, lookup, area, at)
}

/// The row of both lists in a row of the screen, if there is one.
pub fn row_at(app: &App, area: Rect, row: u16) -> Option<usize> {
    let known = Rollbacks::known(app);
    if known.len() == 0 || opened(app, &known).is_some() {
        return None;
    }
    let panes = panes(app, &known, area);
    let inside = |pane: Rect| (pane.y < row && row < pane.bottom()).then(|| usize::from(row - pane.y - 1));
    let open = inside(panes.list).map(|n| n + list::top(app, &known, panes.list)).filter(|n| *n < known.open.len());
    let over = || inside(panes.lately).map(|n| n + known.open.len() + lately::top(app, &known, panes.lately));
    open.or_else(over).filter(|n| *n < known.len())
}
