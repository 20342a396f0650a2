//! A replay's frame: its title, the transport line, where it stands, its keys.

use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::replay::{KEYS, Replay};
use crate::console::times;
use crate::console::view::replay_frame::{self, ReplayFrame};
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::{StyledLine, fit};
use crate::model::Millis;
use crate::recording::{Damage, DamageKind, Matter, MatterKind};
use ratatui::layout::Rect;

/// Columns between two times above the line.
const TIMES_APART: usize = 19;

/// Draws the frame and the transport line; nothing where nothing is replayed.
pub fn draw(app: &App, canvas: &mut Canvas<'_>) {
    let (Some(replay), Some(parts)) = (&app.replay, replay_frame::frame(app)) else { return };
    if let (Some(frame), Some(rule)) = (parts.frame, parts.rule) {
        border(replay, canvas, frame, rule);
    }
    if let Some(area) = parts.line {
        transport(replay, canvas, &parts, area);
    }
    if app.notice.is_none() {
        canvas.line(parts.status, 0, &fit(status(replay), "   ", usize::from(parts.status.width)));
    }
    if app.prompt.is_none() {
        canvas.line(parts.keys, 0, &keys(parts.keys.width));
    }
}

/// The sign of something that matters, the same as everywhere.
pub fn sign(kind: MatterKind) -> (&'static str, Role) {
    match kind {
        MatterKind::Started => ("▶", Role::Active),
        MatterKind::Failed => ("✗", Role::Bad),
        MatterKind::Waited => ("!", Role::Caution),
        MatterKind::Held => ("●", Role::Caution),
        MatterKind::Freeze => ("●", Role::Caution),
        MatterKind::Window => ("◷", Role::Caution),
        MatterKind::Operator => ("»", Role::Strong),
        MatterKind::Undoing => ("↺", Role::Caution),
        MatterKind::Undone => ("↶", Role::Caution),
        MatterKind::Alert => ("!", Role::Caution),
        MatterKind::Completed => ("✓", Role::Good),
    }
}

fn border(replay: &Replay, canvas: &mut Canvas<'_>, frame: Rect, rule: Rect) {
    let inside = usize::from(frame.width).saturating_sub(2);
    let title = fit(title(replay), " · ", inside.saturating_sub(4)).all(Role::Unreal);
    let fill = "═".repeat(inside.saturating_sub(title.width() + 3));
    let unreal = |text: String| StyledLine::from_span(Role::Unreal, text);
    canvas.line(frame, 0, &unreal("╔═ ".into()).then(title).span(Role::Unreal, format!(" {fill}╗")));
    for row in 1..frame.height.saturating_sub(1) {
        for x in [frame.x, frame.right() - 1] {
            canvas.line(Rect { x, y: frame.y + row, width: 1, height: 1 }, 0, &unreal("║".into()));
        }
    }
    canvas.line(rule, 0, &unreal(format!("╟{}╢", "─".repeat(inside))));
    canvas.line(frame, frame.height - 1, &unreal(format!("╚{}╝", "═".repeat(inside))));
}

/// `REPLAY  batch 37 “customer merge” of 26 Nov 2026 · recorded on prod-db1 · checksum good · hosts redacted`
fn title(replay: &Replay) -> Vec<(u8, StyledLine)> {
    let facts = &replay.tape.facts;
    let word = if replay.drill.is_some() { "DRILL" } else { "REPLAY" };
    let day = facts.begins.to_utc().format("%-d %b %Y");
    let mut pieces = vec![
        (9, StyledLine::new().text(format!("{word}  batch {} “{}” of {day}", facts.batch, facts.batch_name))),
        (3, StyledLine::new().text(format!("recorded on {}", facts.origin.label))),
    ];
    pieces.push(match &replay.tape.damage {
        Some(damage) => (8, StyledLine::new().text(damage.to_string())),
        None => (2, StyledLine::new().text("checksum good")),
    });
    if facts.redacted {
        pieces.push((4, StyledLine::new().text("redacted")));
    }
    if !facts.batch_ended {
        pieces.push((5, StyledLine::new().text("it had not ended")));
    }
    pieces
}

/// The column of a recorded moment, of so many.
fn column(replay: &Replay, at: Millis, columns: usize) -> usize {
    let line = &replay.tape.timeline;
    let (played, total) = (line.played_at(at), line.total().max(1));
    let last = columns.saturating_sub(1) as u64;
    usize::try_from(played.min(total) * last / total).unwrap_or(0)
}

/// A moment of the line, by its column.
pub fn moment_at(replay: &Replay, column: u16, columns: u16) -> Millis {
    let total = replay.tape.timeline.total();
    replay.tape.timeline.recorded_at(total * u64::from(column) / u64::from(columns.saturating_sub(1).max(1)))
}

fn transport(replay: &Replay, canvas: &mut Canvas<'_>, parts: &ReplayFrame, area: Rect) {
    let missing = replay.tape.damage.as_ref().map_or_else(StyledLine::new, missing);
    let columns = usize::from(line_width(replay, area.width));
    canvas.line(area, 0, &line(replay, columns).then(missing));
    if let Some(times) = parts.times {
        canvas.line(times, 0, &clocks(replay, columns));
    }
    if let Some(words) = parts.words {
        canvas.line(words, 0, &labels(replay, columns));
    }
}

/// Columns of the line itself, where its row has so many: what is missing stands behind it.
pub fn line_width(replay: &Replay, width: u16) -> u16 {
    let missing = replay.tape.damage.as_ref().map_or(0, |damage| missing(damage).width());
    width.saturating_sub(u16::try_from(missing).unwrap_or(u16::MAX))
}

/// ` ┄┄┄ cut at 02:12:50, 40 s missing`
fn missing(damage: &Damage) -> StyledLine {
    let kind = match damage.kind {
        DamageKind::Cut => "cut",
        DamageKind::Corrupt => "damaged",
    };
    let mut words = format!("{kind} at {}", times::clock(damage.plays_to));
    if damage.missing_events > 0 {
        words.push_str(&format!(", {} missing", times::seconds(damage.missing_ms)));
    }
    StyledLine::new().faint("┄┄┄ ").span(Role::Bad, words)
}

/// The line itself: what is played, what is not, what matters, and what is missing.
fn line(replay: &Replay, columns: usize) -> StyledLine {
    let here = column(replay, replay.transport.at, columns);
    let mut cells: Vec<(&str, Role)> =
        (0..columns).map(|n| if n < here { ("━", Role::Unreal) } else { ("┄", Role::Faint) }).collect();
    for mark in &replay.transport.marks {
        cells[column(replay, mark.at, columns)] = ("▏", Role::Key);
    }
    for matter in weighed(replay) {
        cells[column(replay, matter.at, columns)] = sign(matter.kind);
    }
    if let Some(cell) = cells.get_mut(here) {
        *cell = ("▼", Role::Unreal);
    }
    cells.into_iter().fold(StyledLine::new(), |words, (text, role)| words.span(role, text))
}

/// What matters, the gravest last: it is what remains of a column with several.
fn weighed(replay: &Replay) -> Vec<&Matter> {
    let weight = |matter: &&Matter| match matter.kind {
        MatterKind::Failed => 4,
        MatterKind::Window | MatterKind::Operator => 3,
        MatterKind::Undone | MatterKind::Completed | MatterKind::Started => 2,
        MatterKind::Held | MatterKind::Freeze | MatterKind::Undoing => 1,
        MatterKind::Waited | MatterKind::Alert => 0,
    };
    let mut matters: Vec<&Matter> = replay.matters().collect();
    matters.sort_by_key(weight);
    matters
}

/// Recorded times above the line.
fn clocks(replay: &Replay, columns: usize) -> StyledLine {
    let line = &replay.tape.timeline;
    let with_seconds = line.end().since(line.begin()) < 10 * 60_000;
    let mut words = StyledLine::new();
    let mut told = String::new();
    for start in (0..columns.saturating_sub(8)).step_by(TIMES_APART) {
        let at =
            moment_at(replay, u16::try_from(start).unwrap_or(u16::MAX), u16::try_from(columns).unwrap_or(u16::MAX));
        let clock = times::clock(at);
        let clock = if with_seconds { clock.as_str() } else { clock.get(..5).unwrap_or(&clock) };
        // A short recording has the same second in several places: it is told where it begins.
        if told != clock {
            words = words.fill_to(start).faint(clock);
            told = clock.to_owned();
        }
    }
    words
}

/// Words below the line, the gravest first, where there is room for them.
fn labels(replay: &Replay, columns: usize) -> StyledLine {
    let mut taken: Vec<(usize, usize, &Matter)> = Vec::new();
    for matter in weighed(replay).into_iter().rev() {
        let width = SafeText::new(&matter.words).width();
        let start = column(replay, matter.at, columns).min(columns.saturating_sub(width));
        if taken.iter().all(|(from, to, _)| start > to + 1 || start + width + 1 < *from) {
            taken.push((start, start + width, matter));
        }
    }
    taken.sort_by_key(|(from, ..)| *from);
    taken.iter().fold(StyledLine::new(), |words, (from, _, matter)| {
        words.fill_to(*from).span(sign(matter.kind).1, &*matter.words)
    })
}

/// `▶ 4x   event 412 of 618   02:12:41   next that matters: ↶ undone in 1m 07s (17 s at 4x)    gaps cut to 3 s · marks 2`
fn status(replay: &Replay) -> Vec<(u8, StyledLine)> {
    let at = &replay.transport;
    let state = match (at.stopped, at.ended, at.playing) {
        (Some(_), ..) => "? asks".to_owned(),
        (None, true, _) => "■ end".to_owned(),
        (None, _, true) => format!("▶ {}", at.speed),
        (None, _, false) => format!("‖ {}", at.speed),
    };
    let mut pieces = vec![
        (9, StyledLine::from_span(Role::Unreal, state)),
        (6, StyledLine::new().text(format!("event {} of {}", at.event, replay.tape.events))),
        (8, StyledLine::from_span(Role::Strong, times::clock(at.at))),
    ];
    match replay.next_matter() {
        Some((matter, ms)) => {
            let (sign, role) = sign(matter.kind);
            let mut words =
                StyledLine::new().faint("next that matters: ").span(role, format!("{sign} {}", matter.words));
            words = words.text(format!(" in {}", times::seconds(ms)));
            if at.speed != Default::default() {
                words = words.faint(format!(" ({} at {})", times::seconds(at.speed.takes(ms)), at.speed));
            }
            pieces.push((7, words));
        }
        None if replay.drill.is_some() => {
            let (all, said) =
                replay.drill.as_ref().map_or((0, 0), |d| (d.sheet.questions.len(), d.sheet.answers.len()));
            pieces.push((7, StyledLine::new().faint(format!("{said} of {all} questions answered; :score"))));
        }
        None => pieces.push((7, StyledLine::new().faint("nothing that matters comes any more"))),
    }
    let mut rest = Vec::new();
    rest.extend(replay.tape.timeline.max_gap().map(|gap| format!("gaps cut to {}", times::span(gap))));
    rest.extend((!at.marks.is_empty()).then(|| format!("marks {}", at.marks.len())));
    pieces.push((2, StyledLine::new().faint(rest.join(" · "))));
    // The note of this moment is worth more than how many there are.
    if let Some(mark) = at.marks.iter().rev().find(|mark| mark.at <= at.at && at.at.since(mark.at) < 5_000) {
        pieces.push((6, StyledLine::from_span(Role::Key, format!("▏{}", mark.note))));
    }
    pieces
}

fn keys(width: u16) -> StyledLine {
    let mut pieces: Vec<(u8, StyledLine)> = KEYS
        .iter()
        .map(|binding| (3, StyledLine::from_span(Role::Key, binding.keys).text(format!(" {}", binding.hint))))
        .collect();
    pieces.push((8, StyledLine::from_span(Role::Key, "?").text(" help")));
    pieces.push((9, StyledLine::from_span(Role::Key, ":q").text(" leave")));
    fit(pieces, "  ", usize::from(width))
}
