//! A titled pane of lines, of which a part is seen. Where it stands belongs to the caller.

use super::pen::Pen;
use super::words::Words;
use crate::console::theme::Role;
use ratatui::layout::Rect;

/// Draws the lines from `top` on, wrapped; the title says what does not fit.
pub fn pane(pen: &mut Pen<'_>, area: Rect, title: Words, lines: Vec<Words>, top: usize) {
    let lines = wrapped(lines, area);
    let most = beyond(&lines, area);
    let top = top.min(most);
    let title = match more(top, most - top) {
        Some(more) => title.say(Role::Caution, more.trim_end()),
        None => title,
    };
    let inner = pen.titled(area, title);
    pen.lines(inner, &lines[top..]);
}

/// How far the same pane can be scrolled.
pub fn most(lines: Vec<Words>, area: Rect) -> usize {
    beyond(&wrapped(lines, area), area)
}

/// What is above and below, in words.
pub fn more(above: usize, below: usize) -> Option<String> {
    match (above, below) {
        (0, 0) => None,
        (above, 0) => Some(format!(" ↑ {above} more ")),
        (0, below) => Some(format!(" ↓ {below} more ")),
        (above, below) => Some(format!(" ↑ {above} ↓ {below} more ")),
    }
}

fn wrapped(lines: Vec<Words>, area: Rect) -> Vec<Words> {
    lines.into_iter().flat_map(|line| line.wrap(usize::from(area.width))).collect()
}

/// Lines that do not fit below the title.
fn beyond(lines: &[Words], area: Rect) -> usize {
    lines.len().saturating_sub(usize::from(area.height.saturating_sub(1)))
}
