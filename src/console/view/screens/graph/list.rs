//! The graph on a small screen: the files by wave, indented, and the path that decides marked in the margin.

use super::filtered::filtered;
use super::panes::{last_rows, wave_words};
use super::{boxes, failure, rest};
use crate::console::state::app::App;
use crate::console::state::graph::Row;
use crate::console::state::names;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::{Batch, DependencyType, File};
use ratatui::layout::Rect;

/// Columns of a name, and of what is said of a file.
const NAME: usize = 38;
const DETAIL: usize = 24;

/// Draws the list, and below it what is left and what a failure would lead to.
pub fn draw(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect) {
    let rows = area.height.saturating_sub(last_rows(area.height));
    for (at, row) in (0..rows).zip(app.graph.rows.iter().skip(app.graph.top)) {
        match row {
            Row::Wave(place) => {
                let words = app.graph.waves.get(*place).map(wave_words).unwrap_or_default();
                canvas.line(area, at, &words);
            }
            Row::File(id) => {
                let Some(file) = batch.file(*id) else { continue };
                let line = line(app, batch, file, usize::from(area.width));
                match app.graph.cursor == Some(*id) {
                    true => canvas.bar(area, at, &line.all(Role::Selected), Role::Selected),
                    false => canvas.line(area, at, &line),
                }
            }
        }
    }
    let last = below(area, rows);
    let filtered = filtered(app);
    let rule = "─".repeat(usize::from(area.width).saturating_sub(filtered.width()));
    canvas.line(last, 0, &filtered.faint(rule));
    canvas.line(last, 1, &rest::in_short(app, batch));
    if let Some(file) = app.graph.cursor.and_then(|id| batch.file(id)) {
        let told = failure::in_short(app, batch, file).into_iter();
        let told: Vec<StyledLine> = told.flat_map(|line| line.wrap(usize::from(area.width))).collect();
        canvas.lines(below(last, 2), &told);
    }
}

fn line(app: &App, batch: &Batch, file: &File, width: usize) -> StyledLine {
    let badge = boxes::badge(app, file);
    let path = if app.forecast.is_on_path(file.id) { "┃" } else { " " };
    let cursor = if app.graph.cursor == Some(file.id) { "›" } else { " " };
    let name = NAME.min(width.saturating_sub(DETAIL + 6));
    let words = StyledLine::new()
        .text(path)
        .span(Role::Strong, cursor)
        .span(badge.role, format!("{} ", badge.icon))
        .then(StyledLine::new().text(names::name(&file.path)).cut(name))
        .fill_to(name + 5)
        .then(boxes::detail(app, batch, file));
    let needs = needs(batch, file);
    if needs.is_empty() { words } else { words.fill_to(name + DETAIL + 5).faint(format!("after {}", needs.join(", "))) }
}

/// Numbers of the files that it still waits for; of one that is done with, none.
fn needs<'b>(batch: &'b Batch, file: &File) -> Vec<&'b str> {
    if file.outcome.is_some() {
        return Vec::new();
    }
    let required = file.depends_on.iter().filter(|d| d.kind != DependencyType::Conflict);
    let open = required.filter_map(|d| batch.file(d.on)).filter(|on| on.outcome.is_none());
    let mut numbers: Vec<&str> = open.map(|on| names::number(&on.path)).collect();
    numbers.dedup();
    numbers
}
