//! What is left: a bar for each file on one axis of time, and behind it how its time is known.

use super::boxes;
use crate::console::state::app::App;
use crate::console::state::forecast::is_to_come;
use crate::console::state::left;
use crate::console::state::time_left::Left;
use crate::console::state::{eta, names};
use crate::console::times;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::{Batch, File, Millis, Slot};
use ratatui::layout::Rect;

/// Columns of the number and the word before a bar, and the least behind it.
const BEFORE: u16 = 14;
const BEHIND: u16 = 44;
/// Ticks of the axis, in seconds; as many as fit are used.
const TICKS: [u64; 13] = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 43_200, 86_400, 604_800];
/// Files of the path that are named in a line.
const NAMED: usize = 6;
/// Columns between two ticks, at the least.
const APART: u64 = 8;

/// Draws the pane.
pub fn draw(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let inner = title(app, batch, canvas, area);
    let rows = usize::from(inner.height.saturating_sub(1));
    let (files, more) = to_come(app, batch, rows);
    if files.is_empty() {
        let nothing =
            if batch.status.is_final() { " nothing is to run any more" } else { " nothing runs on as it stands" };
        return canvas.line(inner, 0, &StyledLine::new().faint(nothing));
    }
    let scale = Scale::new(app.forecast.end(), inner.width.saturating_sub(BEFORE + BEHIND));
    canvas.line(inner, 0, &scale.axis());
    let mut lines: Vec<StyledLine> = files.iter().map(|(file, slot)| bar(app, file, *slot, &scale)).collect();
    if more > 0 {
        lines.push(StyledLine::new().faint(format!(" + {more} more")));
    }
    canvas.lines(below(inner, 1), &lines);
}

/// The title with the range, and at the right end the clock times; or why there are none.
fn title(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    let (words, right) = match eta::of_batch(app, batch) {
        _ if batch.status.is_final() => (StyledLine::new(), StyledLine::new()),
        Ok(left) => {
            let range = times::range(left.low, left.high);
            let words = StyledLine::new().text(format!("  {range}")).faint(format!(" ({})", left.known.trust()));
            (words, StyledLine::new().faint(clocks(app.forecast.at, left)))
        }
        Err(why) => (StyledLine::new().span(Role::Caution, format!("  {why}")), StyledLine::new()),
    };
    let left = StyledLine::from_span(Role::Strong, "What is left").then(words);
    let inner = canvas.titled(area, left);
    if right.width() > 0 {
        let width = u16::try_from(right.width() + 4).unwrap_or(u16::MAX).min(area.width);
        let right = StyledLine::new().text(" ").then(right).faint(" ─");
        canvas.line(Rect { x: area.right() - width, width, ..area }, 0, &right);
    }
    inner
}

/// `now 14:03 → 14:21-14:34`.
fn clocks(now: Millis, left: Left) -> String {
    let clock = |at: Millis| times::clock(at)[..5].to_owned();
    let (from, to) = (clock(now.plus(left.low)), clock(now.plus(left.high)));
    let end = if from == to { from } else { format!("{from}-{to}") };
    format!("now {} → {end}", clock(now))
}

/// The files whose bars have room, and the number of the others.
fn to_come<'b>(app: &App, batch: &'b Batch, rows: usize) -> (Vec<(&'b File, Slot)>, usize) {
    let all = &app.forecast.bars;
    // What has ended since the forecast was made has no bar.
    let mut files = all.iter().filter_map(|id| Some((batch.file(*id)?, app.forecast.slot(*id)?)));
    let mut shown: Vec<(&File, Slot)> = files.by_ref().filter(|(file, _)| is_to_come(file)).take(rows).collect();
    let more = files.filter(|(file, _)| is_to_come(file)).count();
    if more > 0 {
        shown.pop();
    }
    (shown, if more > 0 { more + 1 } else { 0 })
}

/// Milliseconds on columns.
struct Scale {
    total: u64,
    columns: u64,
}

impl Scale {
    fn new(total: u64, columns: u16) -> Scale {
        Scale { total: total.max(1_000), columns: u64::from(columns.max(8)) }
    }

    fn column(&self, ms: u64) -> usize {
        let column = u128::from(ms) * u128::from(self.columns) / u128::from(self.total);
        usize::try_from(column).unwrap_or(usize::MAX).min(usize::try_from(self.columns).unwrap_or(usize::MAX))
    }

    /// `now          +5          +10 min`.
    fn axis(&self) -> StyledLine {
        let fits = |tick: &&u64| **tick * 1_000 * self.columns / self.total >= APART;
        let tick = TICKS.iter().find(fits).copied().unwrap_or(604_800);
        let (unit, word) = match tick {
            ..60 => (1, "s"),
            60..3_600 => (60, "min"),
            3_600..86_400 => (3_600, "h"),
            _ => (86_400, "d"),
        };
        let mut line = " ".repeat(usize::from(BEFORE));
        line.push_str("now");
        let last = self.total / 1_000 / tick;
        for n in 1..=last {
            let at = usize::from(BEFORE) + self.column(n * tick * 1_000);
            let width = line.chars().count();
            if at > width {
                line.push_str(&" ".repeat(at - width));
                line.push_str(&format!("+{}", n * tick / unit));
            }
        }
        if last > 0 {
            line.push_str(&format!(" {word}"));
        }
        StyledLine::new().faint(line)
    }
}

fn bar(app: &App, file: &File, slot: Slot, scale: &Scale) -> StyledLine {
    let on_path = app.forecast.is_on_path(file.id);
    let left = app.forecast.left_of(file.id).cloned().unwrap_or_else(|| Err(String::new()));
    let is_blocked = left::blocked(app, file).is_some();
    let (sign, role) = match (&left, on_path) {
        _ if is_blocked => ("▒", Role::Bad),
        (Err(_), _) => ("▒", Role::Caution),
        (Ok(_), true) => ("━", Role::Strong),
        (Ok(_), false) => ("─", Role::Text),
    };
    let number = StyledLine::from_span(
        if on_path { Role::Strong } else { Role::Text },
        format!(" {}", names::number(&file.path)),
    );
    let word = if on_path { "━ path" } else { "" };
    let before = number.cut(usize::from(BEFORE) - 8).fill_to(usize::from(BEFORE) - 8).faint(word);
    let from = scale.column(slot.start);
    let to = left.as_ref().map_or(from + 2, |left| scale.column(slot.start + left.middle)).max(from + 1);
    before
        .fill_to(usize::from(BEFORE) + from)
        .cut(usize::from(BEFORE) + from)
        .span(role, sign.repeat(to - from))
        .text(" ")
        .then(words(app, file, left, is_blocked))
}

/// How long, and how that is known.
fn words(app: &App, file: &File, left: Result<Left, String>, is_blocked: bool) -> StyledLine {
    let left = match left {
        Ok(left) => left,
        Err(why) => return StyledLine::new().text("? ").faint(why),
    };
    if is_blocked {
        let time = times::span(left.middle);
        return StyledLine::new().text(time).faint(" once the lock is free; unknown until then");
    }
    let statement = file.running.as_ref().and_then(|_| left::of_statement(app, file).ok());
    let behind = (file.records.len() + usize::from(file.running.is_some())) as u32;
    let more = file.statements.saturating_sub(behind);
    match statement.filter(|_| more > 0) {
        Some(now) => StyledLine::new()
            .text(now.words())
            .faint(format!(" ({}), then ", now.known.word()))
            .text(times::count(more as usize, "statement"))
            .text(format!(", {}", times::seconds(left.middle.saturating_sub(now.middle)))),
        None if statement.is_some() => StyledLine::new().text(left.words()).faint(format!(" ({})", left.known.word())),
        None => StyledLine::new().text(times::span(left.middle)).faint(format!(" ({})", left.known.word())),
    }
}

/// The same in a few words for one line: the range, and who decides.
pub fn in_short(app: &App, batch: &Batch) -> StyledLine {
    let words = match eta::of_batch(app, batch) {
        _ if batch.status.is_final() => return StyledLine::new().faint(" nothing is to run any more"),
        Ok(left) => StyledLine::new()
            .text(format!(" left {}", times::range(left.low, left.high)))
            .faint(format!(" ({})", left.known.trust())),
        Err(why) => return StyledLine::new().span(Role::Caution, format!(" {why}")),
    };
    let numbers = app.forecast.path().filter_map(|id| batch.file(id)).map(|file| names::number(&file.path));
    let mut path: Vec<&str> = numbers.take(NAMED + 1).collect();
    if path.len() > NAMED {
        path[NAMED] = "…";
    }
    if path.is_empty() { words } else { words.faint(", decided by ").text(path.join(" → ")) }
}

/// The sign of a file and its number, for lists of files.
pub fn known_as(app: &App, file: &File) -> StyledLine {
    let badge = boxes::badge(app, file);
    StyledLine::from_span(badge.role, badge.icon).text(format!(" {}", names::number(&file.path)))
}
