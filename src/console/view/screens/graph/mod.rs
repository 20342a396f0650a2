//! Screen 3: the waves of the plan, what needs what, the path that decides the end; what is left, and what a failure
//! would lead to.

mod boxes;
mod edges;
mod failure;
mod filtered;
mod list;
mod panes;
mod rest;

use self::filtered::filtered;
use self::panes::{WIDEST, WIDTH, panes, wave_words};
use super::empty;
use crate::console::state::app::App;
use crate::console::view::badges;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::FileState;
pub use panes::space;
use ratatui::layout::Rect;

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(batch) = app.data.batch().filter(|batch| !batch.files.is_empty()) else {
        let would_be = ["The graph would show waves, what needs what, and the path that decides."];
        return empty::draw(canvas, area, "No batch with files is here.", &would_be);
    };
    if !app.graph.has_order() {
        let would_be = ["The graph would show waves, what needs what, and the path that decides."];
        return empty::draw(canvas, area, "One wave: no file needs another.", &would_be);
    }
    if app.graph.waves.is_empty() {
        return canvas.line(area, 1, &StyledLine::new().faint("   no file matches; Esc clears the filter"));
    }
    if space(area).rows > 0 {
        return list::draw(app, batch, canvas, area);
    }
    let panes = panes(area);
    let shown = u16::try_from(app.graph.columns.len()).unwrap_or(u16::MAX).max(1);
    let width = (area.width / shown).clamp(WIDTH, WIDEST);
    head(app, canvas, panes.head, width);
    let routes = edges::Routes::new(&app.graph.edges, panes.boxes.height);
    routes.draw(canvas, panes.boxes, width);
    boxes::draw(app, batch, canvas, panes.boxes, (width, width - routes.gutter()));
    legend(app, canvas, panes.legend);
    rest::draw(app, batch, canvas, panes.rest);
    failure::draw(app, batch, canvas, panes.failure);
}

fn head(app: &App, canvas: &mut Canvas<'_>, area: Rect, width: u16) {
    for (n, column) in (0u16..).zip(&app.graph.columns) {
        let Some(wave) = app.graph.waves.get(column.wave) else { continue };
        let at = Rect { x: area.x + n * width, width: width.min(area.width.saturating_sub(n * width)), ..area };
        canvas.line(at, 0, &wave_words(wave));
    }
}

/// What the lines and signs mean; of many waves, which ones are seen.
fn legend(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let mut words =
        StyledLine::new().text(" ━").faint(" the path that decides the end   ").text("─").faint(" other needs  ");
    let signs = [
        (badges::state(FileState::Migrating), "runs"),
        (badges::state(FileState::ValidatingPre), "checks"),
        (badges::state(FileState::Idle), "waits"),
    ];
    words = words.span(Role::Good, " ✓").faint(" done");
    for (badge, word) in signs {
        words = words.span(badge.role, format!("  {}", badge.icon)).faint(format!(" {word}"));
    }
    words = words.span(Role::Bad, "  !").faint(" blocked").span(Role::Caution, "  ●").faint(" breakpoint");
    let (all, shown) = (app.graph.waves.len(), &app.graph.columns);
    let right = match (shown.first(), shown.last()) {
        (Some(first), Some(last)) if shown.len() < all => {
            StyledLine::new().faint(format!("waves {}-{} of {all}: h l ", first.wave + 1, last.wave + 1))
        }
        _ => StyledLine::new(),
    };
    canvas.sides(area, 0, &words, &filtered(app).then(right));
}
