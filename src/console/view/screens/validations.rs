//! Screen 4: the results of the checks.

use super::empty;
use crate::console::state::app::App;
use crate::console::view::widgets::canvas::Canvas;
use ratatui::layout::Rect;

/// Draws the screen.
pub fn draw(_app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    empty::draw(canvas, area, "No check has run yet.", &["Each result with its evidence."]);
}
