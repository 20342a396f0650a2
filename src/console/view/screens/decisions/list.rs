//! The rollbacks that wait for somebody or run: the time left, what would be lost, what for.

use crate::console::feed::RollbackSummary;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::rollbacks::Rollbacks;
use crate::console::state::views::{self, ListView};
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table::{self, Column, left, right};
use crate::model::RollbackStatus;
use ratatui::layout::Rect;

/// Columns of a window's bar.
const BAR: u64 = 10;
/// From this width on all columns have room, and from the other one the bar.
const WIDE: u16 = 110;
const BARRED: u16 = 76;

const COLUMNS: [Column; 8] = [
    left("time left", 20),
    left("of its window", 18),
    left("id", 4),
    left("class", 5),
    right("batch", 5),
    right("files", 5),
    right("would be lost", 14),
    left(" what for", 0),
];
const NARROW: [Column; 7] = [
    left("time left", 19),
    left("window", 10),
    left("id", 4),
    left("class", 5),
    right("files", 5),
    right("lost", 7),
    left(" what for", 0),
];
const SMALL: [Column; 5] =
    [left("time left", 19), left("id", 4), left("class", 5), right("lost", 7), left(" what for", 0)];

/// Draws the list with its head.
pub(super) fn draw(app: &App, known: &Rollbacks, canvas: &mut Canvas<'_>, area: Rect) {
    canvas.line(area, 0, &table::head(columns(area.width)));
    let view = ListView { cursor: known.cursor(app), top: top(app, known, area), ..ListView::default() };
    table::list(canvas, below(area, 1), &view, known.open.len(), |n| (line(app, &known.open[n], area.width), ""));
}

/// The first row shown.
pub(super) fn top(app: &App, known: &Rollbacks, area: Rect) -> usize {
    let (mut cursor, mut top) = (known.cursor(app).min(known.open.len().saturating_sub(1)), 0);
    views::settle(&mut cursor, &mut top, known.open.len(), usize::from(area.height.saturating_sub(1)));
    top
}

/// The columns that there is room for.
fn columns(width: u16) -> &'static [Column] {
    match width {
        WIDE.. => &COLUMNS,
        BARRED.. => &NARROW,
        _ => &SMALL,
    }
}

fn line(app: &App, summary: &RollbackSummary, width: u16) -> StyledLine {
    let rollback = &summary.rollback;
    let (icon, words, role) = stands(app, summary);
    let (lost, lost_role) = lost(app, summary);
    let text = |text: String| (Role::Text, SafeText::new(text));
    let reason = rollback.reason.lines().next().unwrap_or_default();
    let mut cells = vec![(role, SafeText::new(words))];
    if width >= BARRED {
        let (bar, class) = window(app, summary);
        let class = if width >= WIDE { format!(" {class}") } else { String::new() };
        cells.push((role, SafeText::new(format!("{bar}{class}"))));
    }
    cells.push(text(format!("R{}", rollback.id)));
    cells.push(text(rollback.class.to_string()));
    if width >= WIDE {
        cells.push(text(rollback.batch.to_string()));
    }
    if width >= BARRED {
        cells.push(text(summary.scope.len().to_string()));
    }
    let lost = if width >= WIDE { lost } else { short(&lost) };
    cells.push((lost_role, SafeText::new(lost)));
    cells.push(text(format!(" {reason}")));
    table::row(columns(width), (role, icon), cells)
}

/// The same where there is little room: rows go without saying.
fn short(lost: &str) -> String {
    lost.replace(" rows +", "+").trim_end_matches(" rows").trim_end_matches(" row").replace(" object", " obj")
}

/// The time left, or how it stands: sign, words and role.
pub(super) fn stands(app: &App, summary: &RollbackSummary) -> (&'static str, String, Role) {
    let rollback = &summary.rollback;
    if rollback.status == RollbackStatus::Running {
        return match summary.held {
            true => ("?", "rows would be lost".into(), Role::Bad),
            false => ("↺", "running".into(), Role::Caution),
        };
    }
    match rollback.decide_by.zip(app.shown_clock()) {
        Some((by, now)) if now >= by && app.is_orphaned() => ("!", "LAPSED, no worker".into(), Role::Bad),
        Some((by, now)) if now >= by => ("!", "LAPSED".into(), Role::Bad),
        Some((by, now)) => {
            let left = by.since(now);
            let is_last_tenth = left * 10 < by.since(rollback.created_at).max(1);
            // Seconds in the last tenth, and in the last hour of all: whole ones, as in the header.
            let words = if is_last_tenth || left < 3_600_000 {
                times::countdown(left / 1_000 * 1_000)
            } else {
                times::span(left)
            };
            ("◷", words, if is_last_tenth { Role::Bad } else { Role::Caution })
        }
        None => ("?", "no deadline".into(), Role::Caution),
    }
}

/// The part of the window that is left, and how long it is; empty where nothing is waited for.
fn window(app: &App, summary: &RollbackSummary) -> (String, String) {
    let rollback = &summary.rollback;
    let open = rollback.decide_by.zip(app.shown_clock()).filter(|_| rollback.is_awaiting());
    let Some((by, now)) = open else { return (String::new(), String::new()) };
    let whole = by.since(rollback.created_at).max(1);
    let left = by.since(now).min(whole);
    let full = usize::try_from((left * BAR).div_ceil(whole)).unwrap_or(0);
    let rest = usize::try_from(BAR).unwrap_or(0).saturating_sub(full);
    (format!("{}{}", "━".repeat(full), "─".repeat(rest)), format!("{} {}", rollback.class, length(whole)))
}

/// Length of a window: days, hours, or what it is.
fn length(ms: u64) -> String {
    const HOUR: u64 = 3_600_000;
    match ms {
        ms if ms % (24 * HOUR) == 0 && ms > 24 * HOUR => format!("{} d", ms / (24 * HOUR)),
        ms if ms % HOUR == 0 => format!("{} h", ms / HOUR),
        ms if ms % 60_000 == 0 => format!("{} min", ms / 60_000),
        ms => times::span(ms),
    }
}

/// Rows that would be lost, as it was asked last; `?` until it was.
fn lost(app: &App, summary: &RollbackSummary) -> (String, Role) {
    if !summary.is_undecided() {
        return (String::new(), Role::Faint);
    }
    match app.decisions.radius_of(summary.rollback.id) {
        Some((Ok(radius), _)) => match (radius.rows_lost(), radius.objects_lost().count()) {
            (Some(0), 0) => ("none".into(), Role::Faint),
            // Columns, keys and the like, that others have made or changed.
            (Some(0), objects) => (times::count(objects, "object"), Role::Bad),
            (Some(1), 0) => ("1 row".into(), Role::Bad),
            (Some(rows), 0) => (format!("{} rows", times::thousands(rows)), Role::Bad),
            (Some(rows), objects) => (format!("{} rows +{objects}", times::thousands(rows)), Role::Bad),
            (None, _) => ("?".into(), Role::Bad),
        },
        Some((Err(_), _)) | None => ("?".into(), Role::Faint),
    }
}
