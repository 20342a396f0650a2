//! Screen 7: the batches so far, their trends as charts, and the one under the cursor.

use super::empty;
use crate::console::lists::{PastBatch, PastRollback};
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::history::{self, TRENDS_NEED};
use crate::console::state::past_order::PastOrder;
use crate::console::state::views::RowKey;
use crate::console::times;
use crate::console::view::badges;
use crate::console::view::sentence::name;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::chart::{self, ChartBar};
use crate::console::view::widgets::styled_line::StyledLine;
use crate::console::view::widgets::table::{self, Column, left, right};
use crate::model::{BatchStatus, Closed, Millis, RollbackStatus, user_of};
use ratatui::layout::Rect;

const COLUMNS: [Column; 9] = [
    left("batch", 6),
    left("name", 26),
    left("status", 15),
    left("started", 12),
    right("took", 8),
    right("files", 7),
    right("undone", 6),
    right("epoch", 12),
    left(" by", 0),
];
const NARROW: [Column; 6] =
    [left("batch", 5), left("name", 19), left("status", 14), right("took", 8), right("files", 6), left(" started", 0)];
/// From this width on two panes stand beside each other, and from the other one three charts.
const WIDE: u16 = 110;
const THREE: u16 = 160;
/// From this width on a narrow list has the time when a batch started.
const DATED: u16 = 76;
/// Rows of the charts, at least and at most, and of the panes below them, titles included.
const CHARTS: std::ops::RangeInclusive<u16> = 11..=20;
const LOWER: u16 = 8;
/// From this height on all stands below each other; on a lower screen Tab changes between batch and charts.
const TALL: u16 = 28;
/// Weeks that are told at most.
const WEEKS: usize = 12;

/// Rows of the list with its head.
fn listed(area: Rect) -> u16 {
    if area.height >= TALL {
        return area.height.saturating_sub(CHARTS.start() + LOWER);
    }
    (area.height * 3 / 5).max(2)
}

/// The rows that there are, and how many fit.
pub fn rows(app: &App, area: Rect) -> (Vec<RowKey>, usize) {
    (history::shown(app).iter().map(history::key).collect(), usize::from(listed(area).saturating_sub(1)))
}

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let all = history::all(app);
    if all.is_empty() {
        return nothing(app, canvas, area);
    }
    let (shown, wide, view) = (history::shown(app), area.width >= WIDE, &app.history);
    let height = listed(area).min(u16::try_from(shown.len().max(1) + 1).unwrap_or(u16::MAX));
    let list = Rect { height, ..area };
    // On a narrow list the usual order needs no words.
    let is_told = wide || app.past_order != PastOrder::default();
    let order = match app.history.filter.is_empty() {
        true => StyledLine::new().faint(if is_told { app.past_order.as_str() } else { "" }),
        false => table::matching(shown.len(), all.len(), &app.history.filter),
    };
    canvas.sides(list, 0, &table::head(columns(area.width)), &order);
    let body = below(list, 1);
    table::list(canvas, body, view, shown.len(), |n| (line(app, &shown[n], area.width), ""));
    if shown.is_empty() {
        canvas.line(body, 0, &StyledLine::new().faint("   no batch matches; Esc clears the filter"));
    }
    let rest = below(area, height);
    let selected = shown.get(view.cursor);
    if all.len() < TRENDS_NEED {
        let inner = about(app, canvas, rest, selected);
        return canvas.line(below(inner, 1), 0, &StyledLine::from_span(Role::Strong, too_few(&all)));
    }
    if area.height >= TALL {
        // What the list leaves free is the charts', up to a point.
        let charts = rest.height.saturating_sub(LOWER).clamp(*CHARTS.start(), *CHARTS.end());
        trends(app, &all, canvas, Rect { height: charts.min(rest.height), ..rest });
        let lower = below(rest, charts);
        let (one, other) = halves(lower, wide);
        reasons(app, &all, canvas, one);
        about(app, canvas, other, selected);
    } else if view.pane % 2 == 0 {
        about(app, canvas, rest, selected);
    } else {
        trends(app, &all, canvas, rest);
    }
}

fn nothing(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let would_be = "Batches, and the trends of their durations, rollbacks and failures.";
    if app.replay.is_some() {
        let back = "A recording holds one batch. :live goes back to where it was begun, with all of them.";
        return empty::draw(canvas, area, "No other batch is recorded here.", &[back]);
    }
    match (&app.lists.history.error, &app.lists.history.told) {
        (Some(why), _) => empty::draw(canvas, area, "The batches cannot be read.", &[why.as_str()]),
        (None, None) if app.data.account.untold => empty::draw(canvas, area, "Nothing has run yet.", &[would_be]),
        (None, None) => empty::draw(canvas, area, "The batches are being read.", &[would_be]),
        (None, Some(_)) => empty::draw(canvas, area, "Nothing has run yet.", &[would_be]),
    }
}

/// The sentence that stands where the charts would be.
fn too_few(all: &[PastBatch]) -> String {
    let runs = all.first().is_some_and(|batch| !batch.status.is_final());
    let so_far = match (all.len(), runs) {
        (1, true) => "One batch so far, the one that runs.".to_owned(),
        (1, false) => "One batch so far.".to_owned(),
        (n, _) => format!("{n} batches so far."),
    };
    format!(" {so_far} Trends need three.")
}

/// Two halves beside each other with a column of air, or the whole area for the second.
fn halves(area: Rect, wide: bool) -> (Rect, Rect) {
    if !wide {
        return (Rect { height: 0, ..area }, area);
    }
    let half = area.width / 2;
    (Rect { width: half - 1, ..area }, Rect { x: area.x + half, width: area.width - half, ..area })
}

/// The columns that there is room for.
fn columns(width: u16) -> &'static [Column] {
    match width {
        WIDE.. => &COLUMNS,
        DATED.. => &NARROW,
        _ => &NARROW[..NARROW.len() - 1],
    }
}

fn line(app: &App, batch: &PastBatch, width: u16) -> StyledLine {
    let badge = badges::batch(batch.status);
    let status = match history::pending(batch) {
        Some(rollback) => format!("{} ◷R{}", badge.label, rollback.id),
        None => badge.label.to_owned(),
    };
    let took = history::took(batch, app.shown_clock()).map_or_else(String::new, times::seconds);
    let files = match batch.completed_files == batch.total_files {
        true => batch.total_files.to_string(),
        false => format!("{}/{}", batch.completed_files, batch.total_files),
    };
    let undone = if batch.undone_files == 0 { String::new() } else { batch.undone_files.to_string() };
    let started = batch.started_at.map_or_else(|| "not started".to_owned(), day);
    let text = |text: String| (Role::Text, SafeText::new(text));
    let by = batch.by.as_deref().map(user_of).unwrap_or_default();
    let mut cells = vec![text(batch.id.to_string()), text(batch.name.clone()), (badge.role, SafeText::new(status))];
    cells.extend(match width >= WIDE {
        true => vec![
            (Role::Faint, SafeText::new(started)),
            text(took),
            text(files),
            text(undone),
            text(format!("{} → {}", batch.epoch_from, batch.epoch_to)),
            text(format!(" {by}")),
        ],
        false => vec![text(took), text(files), (Role::Faint, SafeText::new(format!(" {started}")))],
    });
    table::row(columns(width), (badge.role, badge.icon), cells)
}

fn day(at: Millis) -> String {
    at.to_utc().format("%d %b %H:%M").to_string()
}

/// Durations and what went wrong, beside each other; on the widest screen the pace too.
fn trends(app: &App, all: &[PastBatch], canvas: &mut Canvas<'_>, area: Rect) {
    if area.width >= THREE {
        let third = area.width / 3;
        let part = |n: u16| Rect { x: area.x + n * third, width: third - 1, ..area };
        durations(app, all, canvas, part(0));
        weeks(all, canvas, part(1));
        return pace(app, all, canvas, part(2));
    }
    let (one, other) = halves(area, area.width >= WIDE);
    if one.height == 0 {
        return durations(app, all, canvas, other);
    }
    durations(app, all, canvas, one);
    weeks(all, canvas, other);
}

/// Bars of the newest batches that fit, oldest first.
fn by_batch(all: &[PastBatch], width: u16, value: impl Fn(&PastBatch) -> Option<u64>) -> Vec<ChartBar> {
    let label = all.iter().map(|batch| batch.id.to_string().len()).max().unwrap_or(1);
    let newest = all.iter().filter_map(|batch| Some((batch, value(batch)?))).take(chart::room(width, label));
    let mut bars: Vec<ChartBar> = newest
        .map(|(batch, value)| {
            let badge = badges::batch(batch.status);
            let plain = batch.status == BatchStatus::Completed;
            let (sign, role) = if plain { ("", Role::Text) } else { (badge.icon, badge.role) };
            ChartBar { value, label: SafeText::new(batch.id.to_string()), sign, role }
        })
        .collect();
    bars.reverse();
    bars
}

fn durations(app: &App, all: &[PastBatch], canvas: &mut Canvas<'_>, area: Rect) {
    let title = StyledLine::from_span(Role::Strong, "Duration").text("  by batch");
    let inner = table::rule(canvas, area, title, StyledLine::new());
    let bars = by_batch(all, inner.width, |batch| history::took(batch, app.shown_clock()));
    chart::vertical(canvas, inner, &bars, times::seconds);
}

fn pace(app: &App, all: &[PastBatch], canvas: &mut Canvas<'_>, area: Rect) {
    let title = StyledLine::from_span(Role::Strong, "Throughput").text("  files an hour, by batch");
    let inner = table::rule(canvas, area, title, StyledLine::new());
    let bars = by_batch(all, inner.width, |batch| history::files_per_hour(batch, app.shown_clock()));
    chart::vertical(canvas, inner, &bars, |files| files.to_string());
}

fn weeks(all: &[PastBatch], canvas: &mut Canvas<'_>, area: Rect) {
    let title = StyledLine::from_span(Role::Strong, "Rolled back or failed").text("  by week");
    let inner = table::rule(canvas, area, title, StyledLine::new());
    let weeks = history::by_week(all, WEEKS.min(chart::room(inner.width, 2)));
    let bars: Vec<ChartBar> = weeks
        .into_iter()
        .map(|(week, value)| ChartBar {
            value,
            label: SafeText::new(format!("{week:02}")),
            sign: "",
            role: Role::Caution,
        })
        .collect();
    // The row of signs tells the sum.
    chart::vertical(canvas, inner, &bars, |batches| batches.to_string());
    let classes: Vec<String> =
        history::by_class(all).into_iter().map(|(class, count)| format!("{class} {count}")).collect();
    let classes = if classes.is_empty() { String::new() } else { format!("class {} · ", classes.join(", ")) };
    let through = all.iter().filter(|batch| batch.status == BatchStatus::Completed && batch.undone_files == 0).count();
    let words = format!("   week     {classes}{through} of {} went through", all.len());
    canvas.line(inner, inner.height.saturating_sub(1), &StyledLine::new().faint(words));
}

/// Why files failed, as bars, and the extremes.
fn reasons(app: &App, all: &[PastBatch], canvas: &mut Canvas<'_>, area: Rect) {
    let title = StyledLine::from_span(Role::Strong, "Why it failed").text(format!("  {} batches", all.len()));
    let inner = table::rule(canvas, area, title, StyledLine::new());
    if inner.height == 0 {
        return;
    }
    let bars: Vec<ChartBar> = history::categories(all)
        .into_iter()
        .map(|(category, value)| ChartBar { value, label: category.as_str().into(), sign: "", role: Role::Text })
        .collect();
    if bars.is_empty() {
        canvas.line(inner, 0, &StyledLine::new().faint(" nothing has failed"));
    }
    let height = u16::try_from(bars.len().max(1)).unwrap_or(u16::MAX).min(inner.height.saturating_sub(3));
    chart::horizontal(canvas, Rect { height, ..inner }, &bars);
    let Some(list) = &app.lists.history.told else { return };
    let last = below(inner, height + 1);
    let extreme = |label: &str, path: &str, much: String| {
        StyledLine::new().text(" ").faint(SafeText::new(label).pad(15)).text(format!("{}  {much}", name(path)))
    };
    let longest = list.longest.iter().map(|(path, ms)| extreme("longest file", path, times::span(*ms)));
    let retried = list.most_retried.iter().map(|(path, n)| {
        extreme("most retried", path, times::count(usize::try_from(*n).unwrap_or(usize::MAX), "time"))
    });
    canvas.lines(last, &longest.chain(retried).collect::<Vec<_>>());
}

/// The batch under the cursor; returns the area below it.
fn about(app: &App, canvas: &mut Canvas<'_>, area: Rect, batch: Option<&PastBatch>) -> Rect {
    let Some(batch) = batch else { return area };
    let badge = badges::batch(batch.status);
    let title = StyledLine::from_span(Role::Strong, format!("Batch {} “{}”", batch.id, batch.name))
        .text("  ")
        .span(badge.role, format!("{} {}", badge.icon, badge.label));
    let end = if batch.status.is_final() { " replays it" } else { " opens it" };
    let end = StyledLine::from_span(Role::Key, "Enter").faint(end);
    let inner = table::rule(canvas, area, title, end);
    let width = usize::from(inner.width).saturating_sub(1);
    let lines: Vec<StyledLine> = facts(app, batch)
        .into_iter()
        .flat_map(|line| line.wrap(width))
        .map(|line| StyledLine::new().text(" ").then(line))
        .collect();
    canvas.lines(inner, &lines);
    below(inner, u16::try_from(lines.len()).unwrap_or(u16::MAX))
}

fn facts(app: &App, batch: &PastBatch) -> Vec<StyledLine> {
    let mut lines = Vec::new();
    for failure in batch.failures.iter().rev().take(2) {
        let what = first_line(&failure.what);
        lines.push(StyledLine::from_span(Role::Bad, "✗ ").text(format!("{}: {what}", name(&failure.path))));
    }
    for rollback in batch.rollbacks.iter().rev().take(2) {
        let reason = first_line(&rollback.reason);
        // A failure that was undone stands above already.
        let is_told = batch.failures.iter().rev().take(2).any(|failure| first_line(&failure.what) == reason);
        let why = if is_told { String::new() } else { format!("; {reason}") };
        lines.push(StyledLine::new().text(format!("{}{why}", rollback_words(rollback))));
    }
    let mut words = times::count(batch.total_files as usize, "file");
    if batch.undone_files > 0 {
        words += &format!(", {} undone", batch.undone_files);
    }
    if let Some(took) = history::took(batch, app.shown_clock()) {
        words += &format!(", {}", times::seconds(took));
    }
    if let Some(pace) = history::files_per_hour(batch, app.shown_clock()) {
        words += &format!(", {} files an hour", times::thousands(pace));
    }
    lines.push(StyledLine::new().text(words));
    let by = batch.by.as_deref().unwrap_or("?");
    let started = batch.started_at.map_or_else(|| "not started".to_owned(), times::stamp);
    lines.push(StyledLine::new().faint(format!("started {started} by {by}")));
    lines
}

fn rollback_words(rollback: &PastRollback) -> String {
    let by = rollback.decided_by.as_ref().map_or_else(|| "by the worker".to_owned(), |by| format!("by {by}"));
    let end = match (rollback.closed, rollback.status) {
        (Some(Closed::Rejected), _) => format!("· rejected {by}"),
        (Some(Closed::Kept), _) => "· lapsed, nobody decided: the files stay".to_owned(),
        (Some(Closed::Escalated), _) => "! lapsed, nobody decided: escalated".to_owned(),
        (None, RollbackStatus::Completed) => format!("↶ undone {by} in {}", times::span(rollback.ms)),
        (None, RollbackStatus::Failed) => "✗ its undo failed".to_owned(),
        (None, RollbackStatus::Running) => "↺ being undone".to_owned(),
        (None, RollbackStatus::Pending) => "◷ waits for a decision".to_owned(),
    };
    format!("R{} class {}: {end}", rollback.id, rollback.class)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
