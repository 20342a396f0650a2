//! Screen 3: the waves of the plan.

use super::empty;
use crate::console::state::app::App;
use crate::console::view::widgets::canvas::Canvas;
use ratatui::layout::Rect;

/// Draws the screen.
pub fn draw(_app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    empty::draw(
        canvas,
        area,
        "The graph cannot be shown yet.",
        &["Waves, what needs what, and the path that decides."],
    );
}
