//! A titled pane of lines, of which a part is seen. Where it stands belongs to the caller.

use super::canvas::Canvas;
use super::styled_line::StyledLine;
use crate::console::view::theme::Role;
use ratatui::layout::Rect;

/// Draws the lines from `top` on, wrapped; the title says what does not fit.
pub fn pane(canvas: &mut Canvas<'_>, area: Rect, title: StyledLine, lines: Vec<StyledLine>, top: usize) {
    let lines = wrapped(lines, area);
    let most = beyond(&lines, area);
    let top = top.min(most);
    let title = match more(top, most - top) {
        Some(more) => {
            let more = StyledLine::from_span(Role::Caution, more.trim_end());
            title.cut(usize::from(area.width).saturating_sub(more.width() + 4)).then(more)
        }
        None => title,
    };
    let inner = canvas.titled(area, title);
    canvas.lines(inner, &lines[top..]);
}

/// The title of a pane; of the one that has the keys with a sign, in the cursor's style.
pub fn focused(title: StyledLine, focused: bool) -> StyledLine {
    if focused { StyledLine::new().text("› ").then(title).all(Role::Selected) } else { title }
}

/// Number of lines that the same pane can be scrolled.
pub fn most(lines: Vec<StyledLine>, area: Rect) -> usize {
    beyond(&wrapped(lines, area), area)
}

/// Tells how much is above and below; `None` where nothing is.
pub fn more(above: usize, below: usize) -> Option<String> {
    match (above, below) {
        (0, 0) => None,
        (above, 0) => Some(format!(" ↑ {above} more ")),
        (0, below) => Some(format!(" ↓ {below} more ")),
        (above, below) => Some(format!(" ↑ {above} ↓ {below} more ")),
    }
}

fn wrapped(lines: Vec<StyledLine>, area: Rect) -> Vec<StyledLine> {
    lines.into_iter().flat_map(|line| line.wrap(usize::from(area.width))).collect()
}

/// Lines that do not fit below the title.
fn beyond(lines: &[StyledLine], area: Rect) -> usize {
    lines.len().saturating_sub(usize::from(area.height.saturating_sub(1)))
}
