//! Screen 6: alerts and their escalation.

use super::empty;
use crate::console::state::app::App;
use crate::console::view::widgets::canvas::Canvas;
use ratatui::layout::Rect;

/// Draws the screen.
pub fn draw(_app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    empty::draw(
        canvas,
        area,
        "No alert is open.",
        &["Blocked files, failures, deadlines and lost workers would be here."],
    );
}
