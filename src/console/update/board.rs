//! The Board's keys: a cursor in the story, what is unfolded, the stations of the states.

use super::opening;
use crate::console::state::action::{Action, Places, Screen};
use crate::console::state::app::App;
use crate::console::state::board::Part;
use crate::console::state::intent;
use crate::console::state::message::Effect;
use crate::console::state::story::Key;
use crate::console::state::views;
use crate::console::view::layout;
use crate::console::view::screens::board::{self, ended, states, story};
use crate::model::{Checksum, FileId};

/// Files whose texts are wanted at most.
const TEXTS: usize = 8;

/// Moves within the part that has the keys. The first step down goes into the story.
pub fn moved(app: &mut App, action: Action, by: isize) {
    if app.board.journal {
        app.board.top = app.board.top.saturating_add_signed(by);
        return;
    }
    let last = states::len() - 1;
    match (app.board.part, action) {
        (Part::States, Action::Left) => app.board.station = app.board.station.saturating_sub(1),
        (Part::States, Action::Right) => app.board.station = (app.board.station + 1).min(last),
        (_, Action::Left | Action::Right) => {}
        (Part::Story, _) => go_to_row(app, app.board.row.saturating_add_signed(by)),
        (Part::Now | Part::States, Action::Up | Action::PageUp | Action::HalfUp) => {}
        (Part::Now | Part::States, _) => {
            app.board.part = Part::Story;
            go_to_row(app, app.board.top);
        }
    }
}

fn go_to_row(app: &mut App, row: usize) {
    let Some(batch) = app.data.batch() else { return };
    let (_, count) = story::find(app, batch, None);
    let row = row.min(count.saturating_sub(1));
    let place = story::place(app, batch, row);
    (app.board.at, app.board.row) = (place, row);
}

/// Opens the file under way, unfolds a line, or lists the files of a state.
pub fn enter(app: &mut App) -> Vec<Effect> {
    match app.board.part {
        Part::Now => open(app, under_way(app)),
        Part::States => {
            app.files.filter.0 = states::filter(app.board.station);
            opening::show(app, Screen::Files);
            Vec::new()
        }
        Part::Story => match app.board.at {
            Some((Key::File(file), event)) if event > 0 => open(app, Some(file)),
            Some((key, _)) => {
                if !app.board.unfolded.remove(&key) {
                    app.board.unfolded.insert(key);
                }
                app.board.at = Some((key, 0));
                Vec::new()
            }
            None => Vec::new(),
        },
    }
}

/// The file that the Board is about: the first under way, or the one that failed.
fn under_way(app: &App) -> Option<FileId> {
    let batch = app.data.batch()?;
    let active = batch.active().min_by_key(|file| (file.sort_order, file.id)).map(|file| file.id);
    let failed = || batch.failures().into_iter().find(|file| file.failure.is_some()).map(|file| file.id);
    active.or_else(|| intent::only_failed(batch)).or_else(failed)
}

fn open(app: &mut App, file: Option<FileId>) -> Vec<Effect> {
    let Some(file) = file else { return Vec::new() };
    opening::show(app, Screen::Files);
    app.files.select(file);
    opening::open_file(app, file)
}

/// The next part.
pub fn next_part(app: &mut App) {
    match app.board.part {
        Part::Now => moved(app, Action::Down, 0),
        Part::Story => app.board.part = Part::States,
        Part::States => app.board.part = Part::Now,
    }
}

/// Leaves what is open on the Board, one thing at a time; says whether there was any.
pub fn close(app: &mut App) -> bool {
    if !app.board.filter.is_empty() {
        app.board.filter = Default::default();
    } else if app.board.journal || app.board.part != Part::Now {
        (app.board.journal, app.board.part, app.board.at, app.board.top) = (false, Part::Now, None, 0);
    } else {
        return false;
    }
    true
}

/// Shows the raw journal in place of the story, or the story again.
pub fn events(app: &mut App) {
    opening::show(app, Screen::Board);
    (app.board.journal, app.board.part, app.board.top) = (!app.board.journal, Part::Now, 0);
}

/// Keeps the cursor on its row while others come and go.
pub fn settle(app: &mut App) {
    let Some(content) = layout::regions(app).map(|regions| regions.content) else { return };
    if app.screen != Screen::Board {
        return;
    }
    board::settle(app, content);
    let Some(batch) = app.data.batch() else { return };
    if app.board.journal {
        app.board.top = app.board.top.min(app.data.recent.len().saturating_sub(1));
        return;
    }
    if app.board.at.is_none() && app.board.top == 0 {
        return;
    }
    let height = board::story_rows(app, content);
    let (found, count) = story::find(app, batch, app.board.at);
    let (mut row, mut top) = (app.board.row, app.board.top);
    if let Some(found) = found {
        // What came in above moves nothing on the screen.
        top = top.saturating_add_signed(found as isize - row as isize);
        row = found;
    }
    views::settle(&mut row, &mut top, count, height);
    if found.is_none() {
        app.board.at = app.board.at.and_then(|_| story::place(app, batch, row));
    }
    (app.board.row, app.board.top) = (row, top);
}

/// The request for a text that the screen shows a part of, and that is not here.
pub fn wanted_text(app: &mut App) -> Option<Effect> {
    let batch = app.data.batch()?;
    let wanted: Vec<Checksum> = match app.place() {
        Places::BOARD if ended::tells(batch) => {
            let failed = batch.failures().into_iter().filter(|file| file.failure.is_some());
            failed.take(TEXTS / 2).map(|file| file.source.clone()).collect()
        }
        Places::BOARD => {
            let next = batch.next_waiting().filter(|_| batch.active.is_empty() && !batch.may_move());
            batch.active().take(TEXTS).chain(next).map(|file| file.source.clone()).collect()
        }
        Places::FILES => {
            let file = app.files.selected().and_then(|id| batch.file(id));
            file.map(|file| file.source.clone()).into_iter().collect()
        }
        _ => return None,
    };
    app.texts.request(wanted).map(Effect::Ask)
}

/// The text to copy from the Board: what ends the session in the way, or `None`.
pub fn kill(app: &App) -> Option<String> {
    let batch = app.data.batch()?;
    let blockers = batch.active().filter_map(|file| crate::console::view::progress::live(app, file));
    let connection = blockers.flat_map(|statement| &statement.blocked_by).next()?.connection;
    Some(format!("KILL {connection}"))
}
