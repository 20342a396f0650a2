//! One frame: from the state to cells, and nothing else.

use super::layout::{self, NEEDED, Regions};
use super::screens::{
    alerts, batch_row, batches, board, checklist, chrome, decisions, drill, file_detail, files, graph, header, help,
    history, log, replay, strip, tabs, validations,
};
use super::theme::Role;
use super::widgets::ascii;
use super::widgets::canvas::{Canvas, below};
use super::widgets::styled_line::{StyledLine, fit};
use super::{dialog, prompt};
use crate::console::state::action::{Places, Screen};
use crate::console::state::app::App;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use tui_logger::TuiWidgetState;

/// Draws everything into an empty buffer. Returns where the cursor stands, where text is typed.
pub fn draw(app: &App, log_state: &TuiWidgetState, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let area = buffer.area;
    let mut canvas = Canvas { buffer, theme: app.theme };
    let cursor = match layout::regions(app) {
        Some(regions) => whole(app, log_state, &mut canvas, &regions),
        None => {
            one_line(app, &mut canvas, area);
            None
        }
    };
    if app.ascii {
        ascii::to_ascii(buffer);
    }
    cursor.filter(|(x, y)| *x < area.width && *y < area.height)
}

/// The row of the screen that the cursor of a list stands in; `None` where there is none.
pub fn cursor_row(app: &App) -> Option<u16> {
    let content = layout::regions(app)?.content;
    let mut buffer = Buffer::empty(Rect::new(0, 0, app.size.0, app.size.1));
    let mut canvas = Canvas { buffer: &mut buffer, theme: app.theme };
    self::content(app, &TuiWidgetState::new(), &mut canvas, content);
    let is_cursor = |y: &u16| {
        let cell = &buffer[(content.x, *y)];
        cell.symbol() == "›" || cell.modifier.contains(Modifier::REVERSED)
    };
    (content.top()..content.bottom()).find(is_cursor)
}

/// The key that is told in a row of the screen, left of a column or at it: whoever clicks on its words means it. `None` where
/// the theme draws keys as it draws other words.
pub fn key_told(app: &App, column: u16, row: u16) -> Option<String> {
    let content = layout::regions(app)?.content;
    let key = app.theme.style(Role::Key);
    if key == app.theme.style(Role::Strong) {
        return None;
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, app.size.0, app.size.1));
    let mut canvas = Canvas { buffer: &mut buffer, theme: app.theme };
    self::content(app, &TuiWidgetState::new(), &mut canvas, content);
    let is_key = |x: &u16| {
        let style = buffer[(*x, row)].style();
        style.fg.unwrap_or_default() == key.fg.unwrap_or_default() && style.add_modifier == key.add_modifier
    };
    // Words end with two blanks.
    let is_gap = |x: &u16| (0..2).all(|n| buffer.cell((*x + n, row)).is_none_or(|cell| cell.symbol() == " "));
    let end = (content.left()..=column.min(content.right().saturating_sub(1)))
        .rev()
        .take_while(|x| !is_gap(x))
        .find(is_key)?;
    let begin = (content.left()..=end).rev().take_while(is_key).last()?;
    Some((begin..content.right()).take_while(is_key).map(|x| buffer[(x, row)].symbol()).collect())
}

fn whole(app: &App, log_state: &TuiWidgetState, canvas: &mut Canvas<'_>, regions: &Regions) -> Option<(u16, u16)> {
    header::place(app, canvas, regions.header);
    chrome::banner(app, canvas, regions.banner);
    batch_row::draw(app, canvas, regions.batch);
    header::waiting(app, canvas, below(regions.batch, 1));
    tabs::draw(app, canvas, regions.tabs);
    strip::draw(app, canvas, regions.strip);
    content(app, log_state, canvas, regions.content);
    if app.is_stale() && app.data.server.is_some() {
        // Nothing below the first row is known to be so any more.
        canvas.dim(Rect { y: regions.banner.y, height: regions.last.y - regions.banner.y, ..regions.content });
        header::waiting(app, canvas, below(regions.batch, 1));
    }
    replay::draw(app, canvas);
    if app.replay.is_none() || app.notice.is_some() {
        chrome::last(app, canvas, regions.last);
    }
    if app.replay.is_none() {
        chrome::keys(app, canvas, regions.keys);
    }
    let mut cursor = drill::question(app, canvas, regions.content);
    if app.prompt.is_some() {
        cursor = prompt::draw(app, canvas, regions);
    }
    if let Some(dialog) = &app.dialog {
        cursor = dialog::dialog(app, dialog, canvas, regions.content);
    }
    if let Some(moved) = &app.moved_on {
        dialog::moved_on(app, moved, canvas, regions.content);
        cursor = None;
    }
    cursor
}

fn content(app: &App, log_state: &TuiWidgetState, canvas: &mut Canvas<'_>, area: Rect) {
    let drill = app.replay.as_ref().and_then(|replay| replay.drill.as_ref());
    if let Some((drill, cursor)) = drill.and_then(|drill| Some((drill, drill.open?))) {
        return drill::sheet(drill, cursor, canvas, area);
    }
    if app.help.is_some() {
        return help::draw(app, canvas, area);
    }
    if let Some(picker) = &app.picker {
        return batches::draw(app, picker, canvas, area);
    }
    match (app.screen, app.place()) {
        (Screen::Log, _) => log::draw(app, log_state, canvas, area),
        (Screen::Decisions, _) => decisions::draw(app, canvas, area),
        (Screen::Alerts, _) => alerts::draw(app, canvas, area),
        (Screen::History, _) => history::draw(app, canvas, area),
        (Screen::Checklist, _) => checklist::draw(app, canvas, area),
        (_, _) if app.data.batch().is_none() => board::empty(app, canvas, area),
        (Screen::Board, _) => board::draw(app, canvas, area),
        (Screen::Graph, _) => graph::draw(app, canvas, area),
        (Screen::Validations, _) => validations::draw(app, canvas, area),
        (Screen::Files, Places::DETAIL) => file_detail::draw(app, canvas, area),
        (Screen::Files, _) => files::draw(app, canvas, area),
    }
}

/// A screen that nothing fits into: state, estimate, alerts, the nearest deadline, and the size that is needed.
fn one_line(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let mut pieces = Vec::new();
    if app.is_stale() {
        pieces.push((8, StyledLine::from_span(Role::BadBanner, "STALE")));
    }
    if let Some(batch) = app.data.batch() {
        let badge = batch_row::badge(app, batch);
        let done = format!("{} {}/{}", badge.icon, batch.processed(), batch.total_files);
        pieces.push((9, StyledLine::from_span(badge.role, done)));
        pieces.push((5, batch_row::estimate(app, batch, false)));
    }
    if header::open_alerts(app) > 0 {
        pieces.push((6, header::alerts(app)));
    }
    pieces.push((7, header::short_deadline(app)));
    pieces.push((1, StyledLine::new().faint(format!(" needs {}x{}", NEEDED.0, NEEDED.1))));
    canvas.line(area, 0, &fit(pieces, " ", usize::from(area.width)));
}
