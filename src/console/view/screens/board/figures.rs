//! Figures beside the story: the server's load, how far the batch is, how long it takes.

use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::eta;
use crate::console::state::live::KEPT_MS;
use crate::console::state::names;
use crate::console::times;
use crate::console::view::standing;
use crate::console::view::theme::Role;
use crate::console::view::widgets::bar;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::{StyledLine, fit};
use crate::console::view::widgets::table;
use crate::model::{Batch, FileState, Load, Millis};
use ratatui::layout::Rect;

/// Files that are named of those that decide the end.
const PATH: usize = 5;
/// Columns of a reason: those of the narrowest pane.
const REASON: usize = 45;
/// Columns of the labels, and of label and value together.
const LABEL: usize = 12;
pub(super) const VALUE: usize = 22;

/// A figure of the server's load: its label, its short one, and the value of a look.
pub(super) type Figure = (&'static str, &'static str, fn(&Load) -> Option<u64>, fn(u64) -> String);

pub(super) const FIGURES: [Figure; 4] = [
    ("threads running", "threads", |load| load.threads_running, |n| n.to_string()),
    ("connections", "conns", |load| load.connections, |n| n.to_string()),
    ("replica lag", "lag", |load| load.replica_lag_ms, |ms| format!("{}.{} s", ms / 1_000, ms / 100 % 10)),
    ("rows written", "rows", |load| load.rows_written_per_s, |n| format!("{}/s", times::about(n))),
];

/// Draws them below each other, for a wide screen: as many as there is room for.
pub fn draw(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(area.width);
    let mut area = area;
    let server = server(app, width);
    let groups = [
        (StyledLine::from_span(Role::Strong, "Server").faint("  last 10 min"), server),
        (StyledLine::from_span(Role::Strong, "So far"), so_far(app, batch)),
        (StyledLine::from_span(Role::Strong, "Time"), time(app, batch)),
    ];
    for (title, lines) in groups.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        if area.height < 2 {
            return;
        }
        let inner = table::rule(canvas, area, title, StyledLine::new());
        canvas.lines(inner, &lines);
        area = below(inner, u16::try_from(lines.len()).unwrap_or(u16::MAX));
    }
}

/// The most important in one line, for a narrow screen.
pub fn summary(app: &App, batch: &Batch, width: usize) -> StyledLine {
    let now = app.data.live.as_ref().and_then(|live| live.load.as_ref());
    let mut left: Vec<(u8, StyledLine)> = Vec::new();
    for (n, (_, short, value, words)) in FIGURES.iter().enumerate().filter(|(n, _)| n % 2 == 0) {
        let Some(value_now) = now.and_then(value) else { continue };
        let curve = bar::curve(&samples(app, *value, 7), 0, 7);
        let line = StyledLine::new().faint(format!("{short} ")).text(words(value_now)).text(" ").then(curve);
        left.push((if n == 0 { 4 } else { 3 }, line));
    }
    if let Some(reading) = app.data.being_read() {
        return StyledLine::new().faint(reading);
    }
    let figures = &app.data.figures;
    left.push((
        8,
        StyledLine::new().faint("stmts ").text(format!("{}/{}", figures.statements_ended, figures.statements)),
    ));
    let [passed, failed, warned] = batch.validations;
    let checks = StyledLine::new()
        .faint("checks ")
        .then(counted(passed, "✓", Role::Text))
        .text(" ")
        .then(counted(warned, "!", Role::Caution))
        .text(" ")
        .then(counted(failed, "✗", Role::Bad));
    let errors = errors(app).map_or_else(StyledLine::new, |errors| StyledLine::from_span(Role::Bad, errors));
    let room = width.saturating_sub(checks.width() + 2);
    left.push((6, errors));
    fit(left, "  ", room).ending_at(width, checks)
}

/// `88 ✓`, or a faint point where there is none.
fn counted(n: u32, sign: &str, role: Role) -> StyledLine {
    match n {
        0 => StyledLine::new().faint(format!("· {sign}")),
        n => StyledLine::from_span(role, format!("{n} {sign}")),
    }
}

fn label(text: &str) -> StyledLine {
    StyledLine::new().faint(SafeText::new(text).pad(LABEL))
}

pub(super) fn server(app: &App, width: usize) -> Vec<StyledLine> {
    let Some(now) = app.data.live.as_ref().and_then(|live| live.load.as_ref()) else {
        if app.data.live_history.load().next().is_none() {
            return Vec::new();
        }
        return vec![StyledLine::new().faint("? no worker tells how busy it is")];
    };
    if let Some(why) = &now.unknown {
        return vec![StyledLine::new().faint(format!("? {why}"))];
    }
    let columns = width.saturating_sub(VALUE + 1);
    let mut lines = Vec::new();
    for (label, _, value, words) in FIGURES {
        let Some(value_now) = value(now) else {
            let why = now.lag_unknown.as_ref().filter(|_| label == "replica lag");
            // What has to be set for it stands behind the colon: `caribou doctor` tells it.
            let why = why.map(|why| why.split(':').next().unwrap_or(why).to_owned());
            lines.extend(why.map(|why| StyledLine::new().faint(format!("{label}  ? {why}"))));
            continue;
        };
        let words = SafeText::new(words(value_now)).pad_start(VALUE - 1 - label.len());
        let curve = bar::curve(&samples(app, value, columns), 0, columns);
        lines.push(StyledLine::new().faint(label).text(words).text("  ").then(curve));
    }
    lines
}

/// The largest value in each of so many equal parts of the last ten minutes, oldest first; `None` where nobody looked.
pub(super) fn samples(app: &App, value: fn(&Load) -> Option<u64>, columns: usize) -> Vec<Option<u64>> {
    let Some(Millis(now)) = app.shown_clock() else { return Vec::new() };
    let mut samples = vec![None; columns];
    let part = KEPT_MS / i64::try_from(columns.max(1)).unwrap_or(1);
    for load in app.data.live_history.load() {
        let age = (now - load.at.0).max(0) / part.max(1);
        let place = columns.checked_sub(1 + usize::try_from(age).unwrap_or(usize::MAX / 2));
        if let Some(sample) = place.and_then(|place| samples.get_mut(place)) {
            *sample = (*sample).max(value(load));
        }
    }
    samples
}

/// So many checks that passed have a sign in place of the word: what did not pass is never cut.
const MANY: u32 = 100;

pub(super) fn so_far(app: &App, batch: &Batch) -> Vec<StyledLine> {
    if let Some(reading) = app.data.being_read() {
        return vec![StyledLine::new().faint(reading)];
    }
    let figures = &app.data.figures;
    let zero = |n: u32, sign: &str, role: Role| match n {
        0 => StyledLine::new().faint(format!("   {sign} ·")),
        n => StyledLine::from_span(role, format!("   {sign} {n}")),
    };
    let blocked = batch.active().filter(|file| standing::is_blocked(app, file)).count();
    let running = batch.active().filter(|file| file.running.is_some() && !standing::is_blocked(app, file)).count();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let statements = label("statements")
        .text(format!("{} of {}", figures.statements_ended, figures.statements))
        .then(zero(count(running), "▶", Role::Active))
        .then(zero(count(blocked), "!", Role::Bad))
        .then(zero(batch.count(FileState::Failed), "✗", Role::Bad));
    let [passed, failed, warned] = batch.validations;
    let part = |n: u32, sign: &str, word: &str, role: Role| match n {
        0 => StyledLine::new().faint(format!("  {sign} ·")),
        n => StyledLine::from_span(role, format!("  {sign} {n} {word}")),
    };
    let checks = label("checks")
        .text(passed.to_string())
        .faint(if passed < MANY { " passed" } else { " ✓" })
        .then(part(warned, "!", "warned", Role::Caution))
        .then(part(failed, "✗", "failed", Role::Bad));
    let mut lines = vec![statements, checks];
    lines.extend(undo(app).map(|undo| label("undo").then(undo)));
    lines.push(match errors(app) {
        Some(errors) => label("errors").span(Role::Bad, errors),
        None => label("errors").faint("·"),
    });
    lines
}

/// Statements by what undoes them.
fn undo(app: &App) -> Option<StyledLine> {
    let coverage = &app.data.figures.coverage;
    let means = [(coverage.written, "written"), (coverage.derived, "derived"), (coverage.kept, "kept")];
    let means: Vec<String> = means.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let line = StyledLine::new().text(means.join(", "));
    if coverage.is_empty() {
        return None;
    }
    Some(match coverage.none {
        0 => line,
        n => line.span(Role::Bad, format!("{}{n} WITHOUT", if means.is_empty() { "" } else { ", " })),
    })
}

/// Errors that stand, by category, the most frequent first.
fn errors(app: &App) -> Option<String> {
    let mut errors: Vec<_> = app.data.figures.errors.iter().collect();
    errors.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    let words = errors
        .iter()
        .map(|(category, n)| format!("{n} {}", names::category(**category)))
        .collect::<Vec<_>>()
        .join(", ");
    (!words.is_empty()).then_some(words)
}

pub(super) fn time(app: &App, batch: &Batch) -> Vec<StyledLine> {
    let mut lines = Vec::new();
    if let Some(ms) = batch.run_ms(app.shown_clock()) {
        let (word, told) =
            if batch.status.is_final() { ("took ", times::span(ms)) } else { ("elapsed ", times::seconds(ms)) };
        let line = StyledLine::new().faint(word).text(told);
        let line = match batch.undo_ms() {
            0 => line,
            undo => line.faint(", undo ").text(times::span(undo)),
        };
        let left = eta::of_batch(app, batch).ok().filter(|_| !batch.status.is_final());
        lines.push(match left {
            Some(left) => {
                let range = times::range(left.low, left.high);
                line.faint(", left ").text(range).faint(format!(" ({})", left.known.trust()))
            }
            None => line,
        });
    }
    if let Err(why) = eta::of_batch(app, batch)
        && !batch.status.is_final()
    {
        lines.extend(StyledLine::new().faint(why).wrap(REASON));
    }
    // Without a time of each file nobody knows which of them decide.
    let is_known = eta::of_batch(app, batch).is_ok();
    let path: Vec<&str> =
        app.forecast.path().filter_map(|id| batch.file(id)).map(|file| names::number(&file.path)).take(PATH).collect();
    if is_known && path.len() > 1 && !batch.status.is_final() {
        lines.push(StyledLine::new().faint("decided by ").text(path.join(" → ")));
    }
    if let Some(pace) = eta::files_per_minute(app).filter(|_| !batch.status.is_final()) {
        lines
            .push(StyledLine::new().faint("pace ").text(format!("{pace:.1}")).faint(" files a minute, since it began"));
    }
    lines
}
