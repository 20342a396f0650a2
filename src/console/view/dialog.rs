//! A dialog and the line at the bottom, drawn.

use super::layout::Regions;
use super::theme::Role;
use super::widgets::canvas::Canvas;
use super::widgets::scroll;
use super::widgets::styled_line::{StyledLine, fit};
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::dialog::{Button, Dialog, RequiredText};
use crate::console::state::prompt::{Prompt, PromptKind};
use ratatui::layout::Rect;

/// Columns of a dialog at most.
const WIDEST: u16 = 92;
/// Offers of the palette shown at once.
const OFFERS: u16 = 8;

/// Rows of a dialog that are not its body: the border, the buttons, a line for each text.
fn extra(dialog: &Dialog) -> u16 {
    3 + u16::try_from(dialog.texts.len()).unwrap_or(u16::MAX - 3)
}

/// Draws a dialog in the middle of an area, or over the whole screen where it does not fit in there; returns where text is
/// typed.
pub fn dialog(dialog: &Dialog, canvas: &mut Canvas<'_>, area: Rect, size: (u16, u16)) -> Option<(u16, u16)> {
    let width = frame_width(size);
    let lines = body(dialog, size);
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(extra(dialog));
    let area = if wanted <= area.height { area } else { Rect::new(0, 0, size.0, size.1) };
    let height = wanted.min(area.height);
    let frame = Rect { x: (size.0 - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    canvas.clear(frame);
    border(dialog, canvas, frame);
    let inner =
        Rect { x: frame.x + 2, y: frame.y + 1, width: frame.width.saturating_sub(4), height: height.saturating_sub(2) };
    let kept = Rect { height: height.saturating_sub(extra(dialog)), ..inner };
    let top = dialog.top.min(lines.len().saturating_sub(usize::from(kept.height)));
    canvas.lines(kept, &lines[top..]);
    more(canvas, frame, top, lines.len().saturating_sub(top + usize::from(kept.height)));
    let first = inner.height.saturating_sub(1 + extra(dialog) - 3);
    let typed = (first..).zip(dialog.texts.iter().enumerate());
    let cursors: Vec<_> = typed.map(|(row, (n, asked))| text(dialog, n, asked, canvas, inner, row)).collect();
    canvas.line(inner, inner.height.saturating_sub(1), &buttons(dialog, usize::from(inner.width)));
    dialog.typing().and_then(|n| cursors.get(n).copied())
}

/// Number of lines that a dialog can be scrolled on a screen of a size.
pub fn most_scrolled(dialog: &Dialog, size: (u16, u16)) -> usize {
    body(dialog, size).len().saturating_sub(usize::from(size.1.saturating_sub(extra(dialog))))
}

fn frame_width(size: (u16, u16)) -> u16 {
    size.0.saturating_sub(4).min(WIDEST)
}

/// One text that is asked for; returns where its cursor stands.
fn text(dialog: &Dialog, n: usize, asked: &RequiredText, canvas: &mut Canvas<'_>, inner: Rect, row: u16) -> (u16, u16) {
    let sign = if dialog.typing() == Some(n) { "› " } else { "  " };
    let label = match (&asked.exactly, asked.is_given()) {
        (_, true) => format!("{sign}{}: ", asked.label),
        (Some(name), false) => format!("{sign}{}, {name:?}: ", asked.label),
        (None, false) => format!("{sign}{}: ", asked.label),
    };
    let label = SafeText::new(label);
    let space = usize::from(inner.width).saturating_sub(label.width() + 1).max(1);
    let scroll = asked.line.visual_scroll(space);
    let typed = SafeText::new(asked.line.value()).skip(scroll);
    let column = asked.line.visual_cursor().saturating_sub(scroll) + label.width();
    canvas.line(inner, row, &StyledLine::from_span(Role::Strong, label).text(typed));
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
fn body(dialog: &Dialog, size: (u16, u16)) -> Vec<StyledLine> {
    let (width, room) = (usize::from(frame_width(size)).saturating_sub(4), size.1.saturating_sub(extra(dialog)));
    let fact = |label: &str, text: &SafeText| StyledLine::new().faint(format!("{label:<9}")).text(text);
    let mut facts = vec![(9, fact("target", &dialog.target)), (2, fact("as", &dialog.account))];
    facts.extend(dialog.consequence.iter().map(|line| (9, StyledLine::from_span(Role::Strong, line))));
    facts.push((3, fact("as seen", &dialog.seen)));
    facts.extend(dialog.command_line.iter().map(|line| (1, fact("the same", line))));
    loop {
        let lines: Vec<StyledLine> = facts.iter().flat_map(|(_, words)| words.clone().wrap(width)).collect();
        let lightest = facts.iter().map(|(weight, _)| *weight).min().filter(|weight| *weight < 9);
        match lightest {
            Some(lightest) if lines.len() > usize::from(room) => facts.retain(|(weight, _)| *weight != lightest),
            _ => return lines,
        }
    }
}

fn buttons(dialog: &Dialog, width: usize) -> StyledLine {
    let button = |label: &str, focused: bool, alive: bool| {
        let role = match (focused, alive) {
            (true, true) => Role::Selected,
            (_, false) => Role::Faint,
            (false, true) => Role::Text,
        };
        let (open, close) = if focused { ("[>", "<]") } else { ("[ ", " ]") };
        StyledLine::from_span(role, format!("{open} {label} {close}"))
    };
    let alive = dialog.may_accept();
    let hint = match (dialog.texts.len(), alive) {
        (0, _) => "y accepts, Enter presses the marked button",
        (1, false) => "type a reason; Tab, then Enter",
        (_, false) => "Tab goes on; type a reason and the name",
        (_, true) => "Tab, then Enter accepts",
    };
    let both = button("Cancel", dialog.button() == Button::Cancel, true).text("  ");
    let both = both.then(button(dialog.accept, dialog.button() == Button::Accept, alive));
    fit(vec![(9, both), (1, StyledLine::new().faint(hint))], "  ", width)
}

fn border(dialog: &Dialog, canvas: &mut Canvas<'_>, frame: Rect) {
    let inside = usize::from(frame.width).saturating_sub(2);
    let title = SafeText::new(format!(" {} ", dialog.title)).cut(inside.saturating_sub(1));
    let rule = inside.saturating_sub(title.width() + 1);
    let top = StyledLine::new().text("┌─").span(Role::Title, title).text("─".repeat(rule)).text("┐");
    canvas.line(frame, 0, &top);
    for row in 1..frame.height.saturating_sub(1) {
        canvas.line(frame, row, &StyledLine::new().text("│").text(" ".repeat(inside)).text("│"));
    }
    canvas.line(frame, frame.height.saturating_sub(1), &StyledLine::new().text("└").text("─".repeat(inside)).text("┘"));
}

/// Draws the line at the bottom and the offers above it; returns where text is typed.
pub fn prompt(app: &App, canvas: &mut Canvas<'_>, regions: &Regions) -> Option<(u16, u16)> {
    let prompt = app.prompt.as_ref()?;
    let sign = match prompt.kind {
        PromptKind::Command => ":",
        PromptKind::Filter => "filter /",
        PromptKind::Search => "search /",
    };
    let area = regions.keys;
    canvas.clear(area);
    let space = usize::from(area.width).saturating_sub(sign.len() + 1).max(1);
    let scroll = prompt.line.visual_scroll(space);
    canvas.line(area, 0, &StyledLine::from_span(Role::Key, sign).text(SafeText::new(prompt.line.value()).skip(scroll)));
    if prompt.kind == PromptKind::Command {
        offers(prompt, canvas, regions);
    }
    let column = prompt.line.visual_cursor().saturating_sub(scroll) + sign.len();
    Some((area.x + u16::try_from(column).unwrap_or(0), area.y))
}

fn offers(prompt: &Prompt, canvas: &mut Canvas<'_>, regions: &Regions) {
    let offers = prompt.offers();
    let rows = u16::try_from(offers.len()).unwrap_or(OFFERS).min(OFFERS).min(regions.content.height);
    if rows == 0 {
        return;
    }
    let content = regions.content;
    let area = Rect { y: content.bottom() - rows, height: rows + 1, ..content };
    canvas.clear(area);
    let top = (prompt.offer + 1).saturating_sub(usize::from(rows));
    for (row, (n, offer)) in (0..rows).zip(offers.iter().enumerate().skip(top)) {
        let words = StyledLine::from_span(Role::Key, format!(" :{} {}", offer.word, offer.arguments))
            .fill_to(34)
            .text(offer.help);
        if n == prompt.offer {
            canvas.bar(area, row, &words.all(Role::Selected), Role::Selected);
        } else {
            canvas.line(area, row, &words);
        }
    }
    canvas.line(area, rows, &StyledLine::new().faint("Tab completes, ↑ ↓ choose, Enter runs, Esc leaves"));
}
