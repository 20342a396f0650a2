//! The filter of the graph, as both of its forms show it.

use crate::console::state::app::App;
use crate::console::view::theme::Role;
use crate::console::view::widgets::styled_line::StyledLine;

/// The filter in force.
pub(super) fn filtered(app: &App) -> StyledLine {
    match app.graph.filter.is_empty() {
        true => StyledLine::new(),
        false => StyledLine::from_span(Role::Caution, format!("matching /{} ", app.graph.filter.0)),
    }
}
