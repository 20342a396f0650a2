//! The line at the bottom, and above it the palette: the commands that fit, the best one at the top.

use super::layout::Regions;
use super::theme::Role;
use super::widgets::canvas::Canvas;
use super::widgets::styled_line::StyledLine;
use crate::console::safe_text::SafeText;
use crate::console::state::app::App;
use crate::console::state::offers;
use crate::console::state::prompt::{COMMANDS, PaletteCommand, Prompt, PromptKind, matched};
use ratatui::layout::Rect;

/// Offers of the palette shown at once.
const OFFERS: u16 = 8;
/// Rows of the screen from which on the offer under the cursor is told at length.
const TALL: u16 = 16;
/// Columns of a command with its arguments, and of its key.
const COLUMNS: (usize, usize) = (32, 4);
/// Below this width a command has no room for its tier.
const WIDE: u16 = 100;

/// Draws the line and the offers above it; returns where text is typed.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, regions: &Regions) -> Option<(u16, u16)> {
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
        palette(app, prompt, canvas, regions);
    }
    let column = prompt.line.visual_cursor().saturating_sub(scroll) + sign.len();
    Some((area.x + u16::try_from(column).unwrap_or(0), area.y))
}

fn palette(app: &App, prompt: &Prompt, canvas: &mut Canvas<'_>, regions: &Regions) {
    let offers = prompt.offers();
    let content = regions.content;
    let told = offers.get(prompt.offer).map(|offer| told(app, offer)).filter(|_| content.height >= TALL);
    let told_rows = told.as_ref().map_or(0, |lines| lines.len() as u16 + 2);
    let rows = (offers.len() as u16).min(OFFERS).min(content.height.saturating_sub(told_rows + 2)).max(1);
    let height = (rows + told_rows + 2).min(content.height + 1);
    let area = Rect { y: regions.last.bottom() - height, height, ..content };
    canvas.clear(area);
    let count = StyledLine::new().text(format!(" {} of {} ", offers.len(), COMMANDS.len())).faint("─");
    let typed = prompt.line.value().split_whitespace().next().unwrap_or_default();
    canvas.rule(area, 0, StyledLine::from_span(Role::Strong, "Commands").text(format!("  {typed}")), &count);
    let top = (prompt.offer + 1).saturating_sub(usize::from(rows));
    for (row, (n, offer)) in (1..=rows).zip(offers.iter().enumerate().skip(top)) {
        line(app, offer, typed, n == prompt.offer, canvas, Rect { y: area.y + row, height: 1, ..area });
    }
    if offers.is_empty() {
        canvas.line(area, 1, &StyledLine::new().faint("  no command has these letters in this order"));
    }
    if let Some((lines, offer)) = told.zip(offers.get(prompt.offer)) {
        canvas.rule(area, rows + 2, StyledLine::from_span(Role::Strong, offer.word), &StyledLine::new());
        for (row, words) in (rows + 3..).zip(&lines) {
            canvas.line(area, row, words);
        }
    }
    let keys = "Tab completes · ↑ ↓ choose · Enter runs, a change still asks · Esc leaves";
    canvas.line(area, height - 1, &StyledLine::new().faint(keys));
}

/// One offer: what fits of its letters strong, its key, what it does or why it would be refused, its tier.
fn line(app: &App, offer: &PaletteCommand, typed: &str, chosen: bool, canvas: &mut Canvas<'_>, area: Rect) {
    let refused = offers::refused(app, offer.word);
    let hits = matched(offer.word, typed);
    let mut words = StyledLine::new().text(if chosen { "› " } else { "  " }).span(Role::Key, ":");
    for (at, letter) in offer.word.char_indices() {
        let role = if hits.contains(&at) { Role::Strong } else { Role::Text };
        words = words.span(role, letter.to_string());
    }
    let arguments = SafeText::new(offer.arguments).cut(COLUMNS.0.saturating_sub(words.width() + 2));
    words = words.text(" ").text(arguments).fill_to(COLUMNS.0);
    words = words.span(Role::Key, offers::key(app, offer.word)).fill_to(COLUMNS.0 + COLUMNS.1);
    words = match &refused {
        Some(why) => words.faint(format!("not now: {why}")),
        None => words.text(offer.help),
    };
    let tier = offers::tier(app, offer.word).filter(|_| area.width >= WIDE).map(|tier| format!("tier {tier}"));
    let right = tier.map_or_else(StyledLine::new, |tier| StyledLine::new().faint(tier));
    if chosen {
        canvas.bar(area, 0, &StyledLine::new(), Role::Selected);
        canvas.sides(area, 0, &words.all(Role::Selected), &right.all(Role::Selected));
    } else {
        canvas.sides(area, 0, &words, &right);
    }
}

/// The offer under the cursor at length.
fn told(app: &App, offer: &PaletteCommand) -> Vec<StyledLine> {
    let mut lines = vec![StyledLine::new().text(format!(" {}", offer.help))];
    if let Some(why) = offers::refused(app, offer.word) {
        lines.push(StyledLine::new().span(Role::Caution, " Now refused: ").text(why));
    }
    if offers::tier(app, offer.word).is_some() {
        lines.push(StyledLine::new().faint(" Same: ").text(format!("caribou {} {}", offer.word, offer.arguments)));
    }
    lines
}
