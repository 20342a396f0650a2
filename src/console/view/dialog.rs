//! A dialog, drawn: where, what follows, as whom, from which state, the same on the command line, texts, buttons.

use super::theme::Role;
use super::widgets::canvas::Canvas;
use super::widgets::scroll;
use super::widgets::styled_line::{StyledLine, fit};
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::dialog::{Button, Dialog, MovedOn, RequiredText};
use crate::console::times;
use ratatui::layout::Rect;

/// Columns of a dialog at most.
const WIDEST: u16 = 92;
/// Columns of the words before a fact.
const LABEL: usize = 8;
/// Columns before a text that is asked for, alone and beside a name.
const ASKED: (usize, usize) = (8, 13);
/// Weight of a line that is never left out.
const STAYS: u8 = 9;

/// Rows of a dialog that are not its body: the border, the buttons, the texts.
fn extra(dialog: &Dialog) -> u16 {
    let texts: u16 = dialog.texts.iter().map(rows).sum();
    3 + texts
}

/// A name has a row that says it, and one to type it in.
fn rows(asked: &RequiredText) -> u16 {
    if asked.exactly.is_some() { 2 } else { 1 }
}

/// Draws the open dialog in the middle of an area, or over the whole screen where it does not fit in there; returns where
/// text is typed.
pub fn dialog(app: &App, dialog: &Dialog, canvas: &mut Canvas<'_>, area: Rect) -> Option<(u16, u16)> {
    let lines = body(app, dialog);
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(extra(dialog));
    let (frame, inner) = framed(canvas, &dialog.title, wanted, area, app.size);
    let kept = Rect { height: frame.height.saturating_sub(extra(dialog)), ..inner };
    let top = dialog.top.min(lines.len().saturating_sub(usize::from(kept.height)));
    canvas.lines(kept, &lines[top..]);
    more(canvas, frame, top, lines.len().saturating_sub(top + usize::from(kept.height)));
    let mut row = kept.height;
    let mut cursors = Vec::new();
    for (n, asked) in dialog.texts.iter().enumerate() {
        cursors.push(text(dialog, n, asked, canvas, inner, row));
        row += rows(asked);
    }
    buttons(dialog, canvas, inner);
    dialog.typing().and_then(|n| cursors.get(n).copied())
}

/// Draws that a change was not asked for, because the world had moved on.
pub fn moved_on(app: &App, moved: &MovedOn, canvas: &mut Canvas<'_>, area: Rect) {
    let width = usize::from(frame_width(app.size)).saturating_sub(4);
    let seen = moved.at.map_or_else(String::new, |at| format!(" {}", times::clock(at)));
    let fact = |label: String, text: &SafeText| {
        let words = StyledLine::new().faint(SafeText::new(label).pad(18)).text(text);
        words.wrap(width)
    };
    let mut lines = fact(format!("You saw{seen}"), &moved.seen);
    lines.extend(fact("Now".into(), &moved.now));
    lines.extend([StyledLine::new(), StyledLine::from_span(Role::Strong, "Nothing was sent."), StyledLine::new()]);
    let wanted = u16::try_from(lines.len() + 3).unwrap_or(u16::MAX);
    let title = SafeText::new("Not done: it moved on since you looked");
    let (_, inner) = framed(canvas, &title, wanted, area, app.size);
    canvas.lines(inner, &lines);
    let keys = StyledLine::new().faint("Enter, Esc");
    canvas.sides(inner, inner.height.saturating_sub(1), &button(&"Close".into(), true, true), &keys);
}

/// Number of lines that a dialog can be scrolled.
pub fn most_scrolled(app: &App, dialog: &Dialog) -> usize {
    body(app, dialog).len().saturating_sub(usize::from(app.size.1.saturating_sub(extra(dialog))))
}

fn frame_width(size: (u16, u16)) -> u16 {
    size.0.saturating_sub(4).min(WIDEST)
}

/// Draws the border; returns it and what is within.
fn framed(canvas: &mut Canvas<'_>, title: &SafeText, wanted: u16, area: Rect, size: (u16, u16)) -> (Rect, Rect) {
    let width = frame_width(size);
    let area = if wanted <= area.height { area } else { Rect::new(0, 0, size.0, size.1) };
    let height = wanted.min(area.height);
    let frame = Rect { x: (size.0 - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    canvas.clear(frame);
    border(title, canvas, frame);
    let inner =
        Rect { x: frame.x + 2, y: frame.y + 1, width: frame.width.saturating_sub(4), height: height.saturating_sub(2) };
    (frame, inner)
}

/// One text that is asked for; returns where its cursor stands.
fn text(dialog: &Dialog, n: usize, asked: &RequiredText, canvas: &mut Canvas<'_>, inner: Rect, row: u16) -> (u16, u16) {
    let sign = if dialog.typing() == Some(n) { "› " } else { "  " };
    let labels = if dialog.texts.iter().any(|t| t.exactly.is_some()) { ASKED.1 } else { ASKED.0 };
    let (row, label) = match &asked.exactly {
        Some(name) => {
            let told = StyledLine::new().text(format!("{sign}type the name of the batch: "));
            canvas.line(inner, row, &told.span(Role::Strong, name.as_str()));
            (row + 1, " ".repeat(labels + 2))
        }
        None => (row, format!("{sign}{:<labels$}", asked.label)),
    };
    let label = SafeText::new(label);
    let space = usize::from(inner.width).saturating_sub(label.width() + 1).max(1);
    let scroll = asked.line.visual_scroll(space);
    let typed = SafeText::new(asked.line.value()).skip(scroll);
    let column = asked.line.visual_cursor().saturating_sub(scroll) + label.width();
    canvas.line(inner, row, &StyledLine::new().text(label).span(Role::Strong, typed));
    (inner.x + u16::try_from(column).unwrap_or(0), inner.y + row)
}

/// Says in the border that there is more than what fits.
fn more(canvas: &mut Canvas<'_>, frame: Rect, above: usize, below: usize) {
    let Some(words) = scroll::more(above, below) else { return };
    let words = StyledLine::from_span(Role::Caution, words);
    let column = frame.width.saturating_sub(u16::try_from(words.width()).unwrap_or(0) + 2);
    let place = Rect { x: frame.x + column, width: frame.width - column - 1, ..frame };
    canvas.line(place, frame.height.saturating_sub(1), &words);
}

/// Target, consequence and what goes with them, as lines. What is least needed is left out where not all fits; the
/// consequence never is.
fn body(app: &App, dialog: &Dialog) -> Vec<StyledLine> {
    let (width, room) =
        (usize::from(frame_width(app.size)).saturating_sub(4), app.size.1.saturating_sub(extra(dialog)));
    let fact = |label: &str, text: &SafeText| StyledLine::new().faint(format!("{label:<LABEL$}")).text(text);
    let mut facts = vec![(STAYS, target(app, dialog)), (0, StyledLine::new())];
    facts.extend(dialog.consequence.iter().map(|line| (STAYS, consequence(line))));
    facts.push((0, StyledLine::new()));
    let at = app.asked_at.map_or_else(String::new, |at| format!("{}, ", times::clock(at)));
    let (account, seen) = (fact("as", &dialog.account), SafeText::new(format!("{at}{}", dialog.seen)));
    let both = account.clone().fill_to(46.max(account.width() + 2)).faint("seen  ").text(&seen);
    if both.width() <= width {
        facts.push((3, both));
    } else {
        facts.extend([(2, account), (3, fact("seen", &seen))]);
    }
    facts.extend(dialog.command_line.iter().map(|line| (1, fact("same", line))));
    facts.push((0, StyledLine::new()));
    loop {
        let lines: Vec<StyledLine> = facts.iter().flat_map(|(_, words)| words.clone().wrap(width)).collect();
        let lightest = facts.iter().map(|(weight, _)| *weight).min().filter(|weight| *weight < STAYS);
        match lightest {
            Some(lightest) if lines.len() > usize::from(room) => facts.retain(|(weight, _)| *weight != lightest),
            _ => return lines,
        }
    }
}

/// Where it would be done: the environment first, and production so that it cannot be overlooked.
fn target(app: &App, dialog: &Dialog) -> StyledLine {
    let environment = app.data.server.as_ref().map_or_else(String::new, |s| s.environment.to_uppercase());
    let line = match environment.is_empty() {
        true => StyledLine::new(),
        false if app.is_production() => StyledLine::from_span(Role::BadBanner, format!(" {environment} ")).text(" "),
        false => StyledLine::from_span(Role::Strong, environment).text("  "),
    };
    line.text(&dialog.target)
}

/// A line of what follows: strong, and red where something is lost.
fn consequence(line: &SafeText) -> StyledLine {
    let text = line.as_str();
    let lost = ["LOST", "LOSES", "KILLS", "IT WOULD FAIL", "NO WORKER", "IMPOSSIBLE"].iter().any(|w| text.contains(w));
    StyledLine::from_span(if lost { Role::Bad } else { Role::Strong }, line)
}

fn button(label: &SafeText, focused: bool, alive: bool) -> StyledLine {
    let role = match (focused, alive) {
        (true, true) => Role::Selected,
        (_, false) => Role::Faint,
        (false, true) => Role::Key,
    };
    let (open, close) = if focused { ("[>", "<]") } else { ("[", "]") };
    StyledLine::from_span(role, format!("{open} {label} {close}"))
}

/// The buttons, what Accept still needs, and the keys that lead to it.
fn buttons(dialog: &Dialog, canvas: &mut Canvas<'_>, inner: Rect) {
    let (alive, focused) = (dialog.may_accept(), dialog.button() == Button::Accept);
    let missing: Vec<&str> = dialog
        .texts
        .iter()
        .filter(|t| !t.is_given())
        .map(|t| if t.exactly.is_some() { "the name" } else { "a reason" })
        .collect();
    let needs = if missing.is_empty() { String::new() } else { format!("needs {}", missing.join(" and ")) };
    let accept = &dialog.accept;
    let hints: [&str; 2] = match (dialog.texts.len(), alive) {
        _ if alive && focused => ["Enter does it · Esc", "Enter · Esc"],
        (0, _) => ["y does it · Enter presses [> <] · Esc", "y does it · Esc"],
        (1, false) => ["Tab, then Enter on it · Esc", "Tab, Enter · Esc"],
        (_, false) => ["Tab goes on · Esc", "Tab · Esc"],
        (_, true) => ["Tab to it, then Enter · Esc", "Tab, Enter · Esc"],
    };
    let both = button(&"Cancel".into(), !focused, true).text("  ").then(button(accept, focused, alive));
    let width = usize::from(inner.width);
    let fits = |hint: &&str| both.width() + hint.chars().count() + 2 <= width;
    let hint = StyledLine::new().faint(hints.into_iter().find(fits).unwrap_or(hints[1]));
    let gap = hint.width() + 2;
    let left = fit(vec![(STAYS, both.clone()), (1, StyledLine::new().faint(needs))], " ", width.saturating_sub(gap));
    let right = if left.width() + gap <= width { hint } else { StyledLine::new() };
    canvas.sides(inner, inner.height.saturating_sub(1), &left, &right);
}

fn border(title: &SafeText, canvas: &mut Canvas<'_>, frame: Rect) {
    let inside = usize::from(frame.width).saturating_sub(2);
    let title = SafeText::new(format!(" {title} ")).cut(inside.saturating_sub(1));
    let rule = inside.saturating_sub(title.width() + 1);
    let top = StyledLine::new().text("┌─").span(Role::Strong, title).text("─".repeat(rule)).text("┐");
    canvas.line(frame, 0, &top);
    for row in 1..frame.height.saturating_sub(1) {
        canvas.line(frame, row, &StyledLine::new().text("│").text(" ".repeat(inside)).text("│"));
    }
    canvas.line(frame, frame.height.saturating_sub(1), &StyledLine::new().text("└").text("─".repeat(inside)).text("┘"));
}
