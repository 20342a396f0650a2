//! Rollbacks that were decided lately: by whom, when, why, and their end.

use crate::console::lists::DecidedRollback;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::decisions::Overview;
use crate::console::state::rollbacks::Rollbacks;
use crate::console::state::views::{self, ListView};
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::scroll;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table::{self, Cell, Column, left};
use crate::model::{Closed, Millis, RollbackStatus};
use ratatui::layout::Rect;

/// From this width on there is room for the class, and for when.
const WIDE: u16 = 100;
/// Columns of the time that it took, at the right end.
const TOOK: usize = 9;

const COLUMNS: [Column; 6] = [left("", 4), left("", 18), left("", 8), left("", 9), left("", 13), left("", 0)];
const NARROW: [Column; 4] = [left("", 4), left("", 18), left("", 9), left("", 0)];

/// Draws the newest of them, as many as fit; where there is only one row, that there are some.
pub(super) fn draw(app: &App, known: &Rollbacks, canvas: &mut Canvas<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let has_cursor = known.cursor(app) >= known.open.len();
    let title = StyledLine::from_span(Role::Strong, "Decided lately");
    let title = match area.height {
        1 => title.text(format!("  {}", known.over.len())),
        _ => scroll::focused(title, app.decisions.pane == Overview::Lately && has_cursor),
    };
    let end = StyledLine::from_span(Role::Key, "Tab").faint(" goes there");
    let inner = table::rule(canvas, area, title, end);
    let cursor = known.cursor(app).checked_sub(known.open.len()).unwrap_or(usize::MAX);
    let view = ListView { cursor, top: top(app, known, area), ..ListView::default() };
    table::list(canvas, inner, &view, known.over.len(), |n| (line(app, &known.over[n], area.width), ""));
}

/// The first row shown.
pub(super) fn top(app: &App, known: &Rollbacks, area: Rect) -> usize {
    let (mut cursor, mut top) = (known.cursor(app).saturating_sub(known.open.len()), 0);
    views::settle(&mut cursor, &mut top, known.over.len(), usize::from(area.height.saturating_sub(1)));
    top
}

/// Its end: sign, words and role.
pub(super) fn outcome(decided: &DecidedRollback) -> (&'static str, &'static str, Role) {
    let rollback = &decided.rollback;
    match (rollback.closed, rollback.status) {
        (Some(Closed::Rejected), _) => ("·", "rejected", Role::Faint),
        (Some(Closed::Kept), _) => ("·", "lapsed, kept", Role::Faint),
        (Some(Closed::Escalated), _) => ("!", "lapsed, escalated", Role::Bad),
        (None, RollbackStatus::Failed) => ("✗", "failed", Role::Bad),
        (None, _) => ("✓", "rolled back", Role::Good),
    }
}

/// Whoever decided, in words.
pub(super) fn by(decided: &DecidedRollback) -> String {
    match (&decided.rollback.decided_by, decided.rollback.closed) {
        (Some(by), _) => format!("by {by}"),
        (None, Some(_)) => "nobody decided in time".to_owned(),
        (None, None) => "by the worker".to_owned(),
    }
}

/// Day and time; of this very day only the time.
fn when(at: Millis, now: Option<Millis>) -> String {
    let at = at.to_utc();
    match now.is_some_and(|now| now.to_utc().date_naive() == at.date_naive()) {
        true => at.format("%H:%M:%S").to_string(),
        false => at.format("%-d %b %H:%M").to_string(),
    }
}

fn line(app: &App, decided: &DecidedRollback, width: u16) -> StyledLine {
    let rollback = &decided.rollback;
    let (sign, words, role) = outcome(decided);
    let text = |text: String| (Role::Text, SafeText::new(text));
    let why = decided.said.as_deref().map_or_else(
        || rollback.reason.lines().next().unwrap_or_default().to_owned(),
        |said| format!("“{}”", said.lines().next().unwrap_or_default()),
    );
    let mut cells: Vec<Cell> = vec![text(format!("R{}", rollback.id)), (role, words.into())];
    let batch = text(format!("batch {}", decided.batch));
    if width >= WIDE {
        let at = text(when(rollback.at, app.shown_clock()));
        cells.extend([text(format!("class {}", rollback.class)), batch, at]);
    } else {
        cells.push(batch);
    }
    cells.push(text(format!("{}: {why}", by(decided))));
    let line = table::row(if width >= WIDE { &COLUMNS } else { &NARROW }, (role, sign), cells);
    if rollback.ms == 0 || width < WIDE {
        return line;
    }
    let room = usize::from(width).saturating_sub(TOOK + 2);
    line.pad(room).text(SafeText::new(times::span(rollback.ms)).pad_start(TOOK))
}
