//! The second row of every screen: the batch, its status, and how far it is.

use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::eta;
use crate::console::state::presence::Presence;
use crate::console::times;
use crate::console::view::badges::{self, Badge};
use crate::console::view::screens::header::WIDE;
use crate::console::view::theme::Role;
use crate::console::view::widgets::bar;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::{Batch, BatchStatus};
use ratatui::layout::Rect;

/// Columns of status and bar together: where the status is longer, the bar is shorter, and what follows stands still.
const ZONE: (usize, usize) = (30, 21);
/// The same on a very wide screen.
const VAST: (u16, usize) = (160, 60);
/// Columns of the pace, and of an estimate at length and in short.
const PACE: usize = 7;
const ETA: (usize, usize) = (20, 15);
/// The shortest bar.
const LEAST_BAR: usize = 4;

/// Draws the batch.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(batch) = app.data.batch() else {
        let none = if app.data.server.is_some() { "no batch" } else { "" };
        return canvas.line(area, 0, &StyledLine::new().faint(none));
    };
    let (width, wide) = (usize::from(area.width), area.width >= WIDE);
    let dot = if wide { " · " } else { "  " };
    let name = match wide {
        true => {
            StyledLine::new().text(format!("batch {} ", batch.id)).span(Role::Strong, quoted(&batch.name, width / 3))
        }
        false => StyledLine::new()
            .text(format!("{} ", batch.id))
            .span(Role::Strong, SafeText::new(&batch.name).cut(width / 4)),
    };
    let epoch = StyledLine::new().text(epoch(batch, wide));
    let status = status(app, batch);
    let files = files(batch, wide);
    let pace = pace(app);
    let left = estimate(app, batch, wide);
    let zone = match area.width {
        VAST_FROM.. => VAST.1,
        _ if wide => ZONE.0,
        _ => ZONE.1,
    };
    let bar = zone.saturating_sub(status.width() + 2).max(LEAST_BAR);
    let dots = |n: usize| n * SafeText::new(dot).width();
    let fixed = name.width() + status.width() + 2 + files.width();
    // What gives way is told by the places that pace and estimate may need, and not by what they say now: else the bar
    // would move with each word of theirs.
    let (paced, left_places) = (PACE, if wide { ETA.0 } else { ETA.1 });
    let fits = |epoch: usize, pace: usize, bar: usize| fixed + epoch + pace + bar + dots(2) + left_places <= width;
    let with_epoch = fits(epoch.width() + dots(1), paced + dots(1), bar);
    let with_pace = fits(0, paced + dots(1), bar);
    let bar = if fits(0, 0, bar) { bar } else { LEAST_BAR };
    let mut line = name;
    if with_epoch {
        line = line.faint(dot).then(epoch);
    }
    line = line.faint(dot).then(status).text("  ");
    line = line.then(bar::progress(batch.processed(), batch.total_files, bar)).then(files);
    if with_pace && pace.width() > 0 {
        line = line.faint(dot).then(pace);
    }
    // A reason that would be cut is told in short: Board's figures have it whole.
    let left = if line.width() + dots(1) + left.width() <= width { left } else { estimate(app, batch, false) };
    if left.width() > 0 && line.width() + dots(1) + left.width() <= width {
        line = line.faint(dot).then(left);
    }
    canvas.line(area, 0, &line);
}

const VAST_FROM: u16 = VAST.0;

fn quoted(name: &str, room: usize) -> SafeText {
    SafeText::new(format!("“{}”", SafeText::new(name).cut(room)))
}

/// The way between the epochs; a batch that has ended and not arrived stands where it began.
fn epoch(batch: &Batch, wide: bool) -> String {
    let stays = matches!(batch.status, BatchStatus::RolledBack | BatchStatus::Failed);
    match (wide, stays) {
        (true, true) => format!("epoch {}", batch.epoch_from),
        (true, false) => format!("epoch {} → {}", batch.epoch_from, batch.epoch_to),
        (false, true) => batch.epoch_from.to_string(),
        (false, false) => format!("{}→{}", batch.epoch_from, batch.epoch_to),
    }
}

/// The mark of its status as far as it can be known.
pub fn badge(app: &App, batch: &Batch) -> Badge {
    let badge = badges::batch(batch.status);
    let unknown = matches!(app.presence(), Presence::Unknown | Presence::Missing { .. });
    // Running is what its row says; whether anything does, nobody knows.
    if batch.status == BatchStatus::Running && unknown { Badge { icon: "?", role: Role::Bad, ..badge } } else { badge }
}

/// The status with what holds the batch and what does not stand any more: neither is a state, both must be seen.
fn status(app: &App, batch: &Batch) -> StyledLine {
    let badge = badge(app, batch);
    let was = if badge.icon == "?" && app.is_stale() { "was " } else { "" };
    let mut line = StyledLine::from_span(badge.role, format!("{} {was}{}", badge.icon, badge.label));
    if batch.aborting.is_some() {
        line = line.text(", ").span(Role::Bad, "ABORTING");
    }
    if batch.is_being_undone() {
        line = line.text(", ").span(Role::Caution, "UNDOING");
    }
    for hold in batch.holds.keys().filter(|_| !batch.status.is_final()) {
        line = line.text(", ").span(Role::Caution, hold.as_str().replace('_', " ").to_uppercase());
    }
    if batch.status == BatchStatus::Failed && batch.failures().iter().any(|f| f.has_effects() && f.failure.is_some()) {
        line = line.span(Role::Bad, ", a person is needed");
    }
    if batch.taken_back().next().is_some() {
        let part = if batch.completed > 0 { "partly " } else { "" };
        line = line.text(", ").span(Role::Caution, format!("↶ {part}UNDONE"));
    }
    line
}

fn files(batch: &Batch, wide: bool) -> StyledLine {
    let total = batch.total_files.to_string();
    let counted = format!("  {:>places$}/{total}", batch.processed(), places = total.len());
    StyledLine::new().text(counted).text(if wide { " files" } else { "" })
}

fn pace(app: &App) -> StyledLine {
    let under_way = app.is_under_way() && !app.is_stale();
    match eta::files_per_minute(app).filter(|_| under_way) {
        Some(pace) if pace < 10.0 => StyledLine::new().text(format!("{pace:.1}/min")),
        Some(pace) => StyledLine::new().text(format!("{pace:>3.0}/min")),
        None => StyledLine::new(),
    }
}

/// The time that is left, or why nobody can say; of a batch that has ended, the time that it took.
pub fn estimate(app: &App, batch: &Batch, wide: bool) -> StyledLine {
    if batch.status.is_final() {
        let run = batch.run_ms(None).map(times::span);
        return match (run, batch.undo_ms()) {
            (None, _) => StyledLine::new(),
            (Some(run), 0) => StyledLine::new().text(format!("took {run}")),
            (Some(run), undo) => StyledLine::new().text(format!("took {run}")).faint(" undo ").text(times::span(undo)),
        };
    }
    match eta::of_batch(app, batch) {
        Ok(left) if wide => {
            let range = times::range(left.low, left.high);
            StyledLine::new().text(format!("ETA {range}")).faint(format!(" ({})", left.known.trust()))
        }
        Ok(left) => {
            let range = times::short_range(left.low, left.high);
            StyledLine::new().text(format!("ETA {range}")).faint(format!(" {}", left.known.trust()))
        }
        Err(why) if wide => StyledLine::new().faint(why),
        Err(_) => StyledLine::new().faint("no ETA"),
    }
}
