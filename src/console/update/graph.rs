//! The graph: what is drawn of it, and its cursor.

use crate::console::state::action::{Action, Screen};
use crate::console::state::app::App;
use crate::console::state::graph::Step;
use crate::console::view::layout;
use crate::console::view::screens::graph;

/// Lays the graph out anew where something has changed. Elsewhere nobody sees it, so that a batch of many files costs
/// nothing there.
pub fn settle(app: &mut App, moved: bool) {
    app.graph.is_old |= moved;
    let Some(content) = layout::regions(app).map(|regions| regions.content) else { return };
    if app.screen != Screen::Graph {
        return;
    }
    let batch = app.data.batch.and_then(|id| app.data.world.batch(id));
    app.graph.settle(batch, &app.forecast, graph::space(content));
}

/// Moves the cursor: along a wave, or to the next one.
pub fn moved(app: &mut App, action: Action, by: isize) {
    let step = match action {
        Action::Left => Step::Waves(-1),
        Action::Right => Step::Waves(1),
        _ => Step::Files(by),
    };
    if let Some(batch) = app.data.batch.and_then(|id| app.data.world.batch(id)) {
        app.graph.step(batch, step);
    }
}
