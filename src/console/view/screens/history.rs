//! Screen 7: the batches so far.

use super::empty;
use crate::console::state::app::App;
use crate::console::view::widgets::canvas::Canvas;
use ratatui::layout::Rect;

/// Draws the screen.
pub fn draw(_app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    empty::draw(
        canvas,
        area,
        "One batch so far, the one that runs. Trends need three.",
        &["Batches, and the trends of their durations and rollbacks."],
    );
}
