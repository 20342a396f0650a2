//! One frame: from the state to cells, and nothing else.

use super::action::{Places, Screen};
use super::app::App;
use super::layout::{self, NEEDED, Regions};
use super::screens::{batches, board, chrome, decisions, file_detail, files, help, log};
use super::widgets::ascii;
use super::widgets::pen::Pen;
use super::widgets::words::{Words, fit};
use super::{dialog_view, marks, waiting};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_logger::TuiWidgetState;

/// Draws everything into an empty buffer. Returns where the cursor stands, where text is typed.
pub fn draw(app: &App, log_state: &TuiWidgetState, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let area = buffer.area;
    let mut pen = Pen { buffer, theme: app.theme };
    let cursor = match layout::regions(app) {
        Some(regions) => whole(app, log_state, &mut pen, &regions),
        None => {
            one_line(app, &mut pen, area);
            None
        }
    };
    if app.ascii {
        ascii::to_ascii(buffer);
    }
    cursor.filter(|(x, y)| *x < area.width && *y < area.height)
}

fn whole(app: &App, log_state: &TuiWidgetState, pen: &mut Pen<'_>, regions: &Regions) -> Option<(u16, u16)> {
    chrome::header(app, pen, regions.header);
    chrome::banner(app, pen, regions.banner);
    chrome::batch(app, pen, regions.batch);
    chrome::tabs(app, pen, regions.tabs);
    content(app, log_state, pen, regions.content);
    chrome::last(app, pen, regions.last);
    chrome::keys(app, pen, regions.keys);
    let mut cursor = None;
    if app.prompt.is_some() {
        cursor = dialog_view::prompt(app, pen, regions);
    }
    if let Some(dialog) = &app.dialog {
        cursor = dialog_view::dialog(dialog, pen, regions.content, app.size);
    }
    cursor
}

fn content(app: &App, log_state: &TuiWidgetState, pen: &mut Pen<'_>, area: Rect) {
    if let Some(scrolled) = app.help {
        return help::draw(app, pen, area, scrolled);
    }
    if let Some(picker) = &app.picker {
        return batches::draw(app, picker, pen, area);
    }
    match (app.screen, app.place()) {
        (Screen::Log, _) => log::draw(app, log_state, pen, area),
        (Screen::Decisions, _) => decisions::draw(app, pen, area),
        (_, _) if app.data.batch().is_none() => board::empty(app, pen, area),
        (Screen::Board, _) => board::draw(app, pen, area),
        (Screen::Files, Places::DETAIL) => file_detail::draw(app, pen, area),
        (Screen::Files, _) => files::draw(app, pen, area),
    }
}

/// A screen that nothing fits into: state, and the size that is needed.
fn one_line(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let mut pieces = vec![(1, Words::new().faint(format!("needs {}x{}", NEEDED.0, NEEDED.1)))];
    pieces.insert(0, (9, chrome::link(app)));
    if let Some(batch) = app.data.batch() {
        let mark = marks::batch(batch.status);
        let done = format!("{} {} {}/{}", mark.sign, mark.word, batch.completed, batch.total_files);
        pieces.insert(1, (8, Words::of(mark.role, done)));
        pieces.insert(2, (0, waiting::on(app)));
    }
    pen.line(area, 0, &fit(pieces, " · ", usize::from(area.width)));
}
