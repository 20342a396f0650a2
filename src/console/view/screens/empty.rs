//! Screens that have nothing to show yet: one strong sentence, a faint one on what would be here, and the way there.

use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::StyledLine;
use ratatui::layout::Rect;

/// Draws it, two columns from the left and a third of the height down.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, nothing: &str, would_be: &[&str]) {
    let mut lines = vec![StyledLine::from_span(Role::Strong, nothing), StyledLine::new()];
    lines.extend(would_be.iter().map(|line| StyledLine::new().faint(*line)));
    let indented = Rect { x: area.x + 2.min(area.width), width: area.width.saturating_sub(2), ..area };
    let lines: Vec<StyledLine> =
        lines.into_iter().flat_map(|line| line.wrap(usize::from(indented.width.saturating_sub(2)))).collect();
    canvas.lines(below(indented, area.height.saturating_sub(3) / 3), &lines);
}
