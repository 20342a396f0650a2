//! Screen 8: pre-flight, in-flight, post-flight.

use super::empty;
use crate::console::state::app::App;
use crate::console::view::widgets::canvas::Canvas;
use ratatui::layout::Rect;

/// Draws the screen.
pub fn draw(_app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    empty::draw(canvas, area, "No checklist is kept.", &["What a person has to do before, during and after."]);
}
