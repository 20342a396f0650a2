//! How a dialog and the line at the bottom look.

use super::app::App;
use super::dialog::{Button, Dialog};
use super::layout::Regions;
use super::prompt::{Prompt, PromptKind};
use super::safe_text::SafeText;
use super::theme::Role;
use super::widgets::pen::Pen;
use super::widgets::words::Words;
use ratatui::layout::Rect;

/// Columns of a dialog at most.
const WIDEST: u16 = 92;
/// Offers of the palette shown at once.
const OFFERS: u16 = 8;

/// Draws a dialog in the middle of an area; returns where text is typed.
pub fn dialog(dialog: &Dialog, pen: &mut Pen<'_>, area: Rect, app: &App) -> Option<(u16, u16)> {
    let width = area.width.saturating_sub(4).min(WIDEST);
    let room = usize::from(width).saturating_sub(4);
    let lines: Vec<Words> = body(dialog).into_iter().flat_map(|l| l.wrap(room)).collect();
    let extra = 3 + u16::from(dialog.reason.is_some());
    let height = (u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(extra)).min(area.height);
    let frame = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    pen.clear(frame);
    border(dialog, pen, frame);
    let inner =
        Rect { x: frame.x + 2, y: frame.y + 1, width: frame.width.saturating_sub(4), height: height.saturating_sub(2) };
    let kept = inner.height.saturating_sub(extra - 2);
    pen.lines(Rect { height: kept, ..inner }, &lines);
    let cursor = dialog.reason.as_ref().map(|reason| {
        let label = "reason: ";
        let row = inner.height.saturating_sub(2);
        let space = usize::from(inner.width).saturating_sub(label.len() + 1).max(1);
        let scroll = reason.visual_scroll(space);
        let typed = SafeText::of(reason.value()).skip(scroll);
        pen.line(inner, row, &Words::of(Role::Strong, label).text(typed));
        let column = reason.visual_cursor().saturating_sub(scroll) + label.len();
        (inner.x + u16::try_from(column).unwrap_or(0), inner.y + row)
    });
    pen.line(inner, inner.height.saturating_sub(1), &buttons(dialog, app));
    cursor
}

fn body(dialog: &Dialog) -> Vec<Words> {
    let fact = |label: &str, text: &SafeText| Words::new().faint(format!("{label:<9}")).text(text);
    let mut lines = vec![fact("target", &dialog.target), fact("as", &dialog.account)];
    lines.extend(dialog.consequence.iter().map(|line| Words::of(Role::Strong, line)));
    lines.push(fact("as seen", &dialog.seen));
    if let Some(line) = &dialog.command_line {
        lines.push(fact("the same", line));
    }
    lines
}

fn buttons(dialog: &Dialog, _app: &App) -> Words {
    let button = |label: &str, focused: bool, alive: bool| {
        let role = match (focused, alive) {
            (true, true) => Role::Selected,
            (_, false) => Role::Faint,
            (false, true) => Role::Text,
        };
        let (open, close) = if focused { ("[>", "<]") } else { ("[ ", " ]") };
        Words::of(role, format!("{open} {label} {close}"))
    };
    let alive = dialog.may_accept();
    let hint = match (&dialog.reason, alive) {
        (Some(_), false) => "type a reason; Tab, then Enter",
        (Some(_), true) => "Tab, then Enter accepts",
        (None, _) => "y accepts, Enter presses the marked button",
    };
    button("Cancel", dialog.button == Button::Cancel, true)
        .text("  ")
        .then(button(dialog.accept, dialog.button == Button::Accept, alive))
        .faint(format!("  {hint}"))
}

fn border(dialog: &Dialog, pen: &mut Pen<'_>, frame: Rect) {
    let inside = usize::from(frame.width).saturating_sub(2);
    let title = SafeText::of(format!(" {} ", dialog.title)).cut(inside.saturating_sub(1));
    let rule = inside.saturating_sub(title.width() + 1);
    let top = Words::new().text("┌─").say(Role::Title, title).text("─".repeat(rule)).text("┐");
    pen.line(frame, 0, &top);
    for row in 1..frame.height.saturating_sub(1) {
        pen.line(frame, row, &Words::new().text("│").text(" ".repeat(inside)).text("│"));
    }
    pen.line(frame, frame.height.saturating_sub(1), &Words::new().text("└").text("─".repeat(inside)).text("┘"));
}

/// Draws the line at the bottom and the offers above it; returns where text is typed.
pub fn prompt(app: &App, pen: &mut Pen<'_>, regions: &Regions) -> Option<(u16, u16)> {
    let prompt = app.prompt.as_ref()?;
    let sign = match prompt.kind {
        PromptKind::Command => ":",
        PromptKind::Filter => "filter /",
        PromptKind::Search => "search /",
    };
    let area = regions.keys;
    pen.clear(area);
    let space = usize::from(area.width).saturating_sub(sign.len() + 1).max(1);
    let scroll = prompt.line.visual_scroll(space);
    pen.line(area, 0, &Words::of(Role::Key, sign).text(SafeText::of(prompt.line.value()).skip(scroll)));
    if prompt.kind == PromptKind::Command {
        offers(prompt, pen, regions);
    }
    let column = prompt.line.visual_cursor().saturating_sub(scroll) + sign.len();
    Some((area.x + u16::try_from(column).unwrap_or(0), area.y))
}

fn offers(prompt: &Prompt, pen: &mut Pen<'_>, regions: &Regions) {
    let offers = prompt.offers();
    let rows = u16::try_from(offers.len()).unwrap_or(OFFERS).min(OFFERS).min(regions.content.height);
    if rows == 0 {
        return;
    }
    let content = regions.content;
    let area = Rect { y: content.bottom() - rows, height: rows + 1, ..content };
    pen.clear(area);
    let top = (prompt.offer + 1).saturating_sub(usize::from(rows));
    for (row, (n, offer)) in (0..rows).zip(offers.iter().enumerate().skip(top)) {
        let words = Words::of(Role::Key, format!(" :{} {}", offer.word, offer.arguments)).fill_to(34).text(offer.help);
        if n == prompt.offer {
            pen.bar(area, row, &words.all(Role::Selected), Role::Selected);
        } else {
            pen.line(area, row, &words);
        }
    }
    pen.line(area, rows, &Words::new().faint("Tab completes, ↑ ↓ choose, Enter runs, Esc leaves"));
}
