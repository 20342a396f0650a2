//! Screen 1: the states as a rail, what is under way, what happened to each file, how it goes, what is due.

pub mod due;
pub mod ended;
pub mod figures;
pub mod now;
pub mod states;
pub mod story;
pub mod vast;

use crate::console::state::app::{App, ConnectionState};
use crate::console::view::layout::WIDE;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::{Canvas, below};
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::Batch;
use ratatui::layout::Rect;

/// Columns of the figures beside the story, and on broad screens.
const FIGURES: [u16; 2] = [45, vast::BESIDE];
/// Width from which on they are broader.
const BROAD: u16 = 160;
/// Height of the content from which on what is due has a title, and there is air.
const TALL: u16 = 26;

/// The parts of the screen, from above.
struct Parts {
    states: Rect,
    now: Rect,
    story: Rect,
    figures: Rect,
    files: Rect,
    summary: Rect,
    due: Rect,
}

/// Draws what stands here where there is no batch: the state of the connection, and what to do.
pub fn empty(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let lines: Vec<StyledLine> = match (&app.connection, app.data.server.is_some()) {
        (ConnectionState::Lost { error, .. }, false) => {
            let mut lines =
                vec![StyledLine::from_span(Role::Bad, "Not attached yet."), StyledLine::new().text(error.to_string())];
            lines.extend(error.hint.as_deref().map(|hint| StyledLine::new().text(hint)));
            lines.push(StyledLine::new().faint("It is tried again by itself; nothing here needs a restart."));
            lines
        }
        (_, false) => vec![StyledLine::new().text("Connecting …")],
        (_, true) => nothing_ran(app),
    };
    let top = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..below(area, area.height / 3) };
    // What to do stands at an error's end: nothing of it may be cut.
    let lines: Vec<StyledLine> = lines.into_iter().flat_map(|line| line.wrap(usize::from(top.width))).collect();
    canvas.lines(top, &lines);
}

fn nothing_ran(app: &App) -> Vec<StyledLine> {
    let place = app.data.server.as_ref().map_or_else(String::new, |s| format!(" on {} · {}", s.label, s.core));
    let way = |n: &str, command: &str, what: &str| {
        StyledLine::from_span(Role::Key, n).text(format!("  {command:<18}")).faint(what)
    };
    let account = &app.data.account;
    let may = match (account.may_command, account.may_decide) {
        // Before anything is installed nobody can have been given anything.
        _ if account.untold => "",
        (true, true) => ": may command, approve",
        (true, false) => ": may command",
        (false, true) => ": may approve",
        (false, false) => ": may only look",
    };
    vec![
        StyledLine::from_span(Role::Strong, format!("Nothing has run{place} yet.")),
        StyledLine::new(),
        way("1", "caribou plan", "shows what would run, changes nothing"),
        way("2", "caribou rehearse", "proves that it can be undone, beside the real schema"),
        way("3", "caribou migrate", "runs it; this screen opens it by itself"),
        StyledLine::new(),
        StyledLine::new().faint(format!("Connected as {}{may}. Waiting, :q leaves.", account.name)),
    ]
}

/// Rows that what is under way, or how it ended, needs, its title included.
fn needed(app: &App, batch: &Batch, area: Rect) -> u16 {
    match ended::tells(batch) {
        true => ended::needed(app, batch, area.width),
        false => 1 + now::needed(app, batch, area),
    }
}

/// Notes how high the part of what is under way has to be, so that it does not jump.
pub fn settle(app: &mut App, area: Rect) {
    let area = main_column(app, area);
    let needed = app.data.batch().map(|batch| needed(app, batch, area));
    let (mono, size) = (app.now.mono, (area.width, area.height));
    if let Some(needed) = needed {
        app.board.needs(needed, mono, size);
    }
}

/// The column of what is under way and of the story: all of it, but on the largest screens, where the figures stand
/// beside both.
fn main_column(app: &App, area: Rect) -> Rect {
    let beside = if vast::is_vast(app) { vast::BESIDE + 1 } else { 0 };
    Rect { width: area.width.saturating_sub(beside), ..area }
}

fn parts(app: &App, batch: &Batch, area: Rect) -> Parts {
    let height = area.height;
    let wide = area.width >= WIDE;
    let states = states::rows(area.width, height);
    let due = due_rows(app, area);
    let summary = u16::from(!wide && height >= 12);
    // A person who is needed reads how it ended, and the story after that.
    let story = match (ended::tells(batch), height) {
        (true, 0..TALL) => 0,
        (_, 0..10) => 2,
        (_, 10..TALL) => 5,
        (_, TALL..) => height / 3,
    };
    let room = height.saturating_sub(states + due + summary + story).max(2);
    let main = main_column(app, area);
    let wanted = app.board.rows(needed(app, batch, main), app.now.mono, (main.width, main.height));
    let now = wanted.min(room).min(height.saturating_sub(states));
    let mut y = area.y;
    let mut next = |rows: u16| {
        let rows = rows.min(area.bottom() - y);
        let part = Rect { y, height: rows, ..area };
        y += rows;
        part
    };
    let (states, now) = (next(states), next(now));
    let middle = next(area.bottom().saturating_sub(now.bottom() + due + summary));
    let (summary, due) = (next(summary), next(due));
    if vast::is_vast(app) {
        let now = Rect { width: main.width, ..now };
        let told = story::rows(app, batch).take(usize::from(middle.height)).count();
        let files = vast::files_rows(batch, told, middle.height);
        let story = Rect { width: main.width, height: middle.height - files, ..middle };
        let files = Rect { y: story.bottom(), height: files, ..story };
        let figures = Rect { x: main.right() + 1, width: vast::BESIDE, y: now.y, height: middle.bottom() - now.y };
        return Parts { states, now, story, figures, files, summary, due };
    }
    let columns = if wide { FIGURES[usize::from(area.width >= BROAD)] } else { 0 };
    let story = Rect { width: middle.width - columns - u16::from(wide), ..middle };
    let figures = Rect { x: middle.right() - columns, width: columns, ..middle };
    Parts { states, now, story, figures, files: Rect::default(), summary, due }
}

/// Rows of what is due: its title and a blank below it on a tall screen.
fn due_rows(app: &App, area: Rect) -> u16 {
    let most = match area.height {
        0..10 => 1,
        10..TALL => 2,
        TALL..45 => 4,
        _ => 6,
    };
    match due::lines(app, area.width).len().min(most) as u16 {
        0 => 0,
        n if area.height >= TALL => n + 2,
        n => n,
    }
}

/// Draws the screen.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(batch) = app.data.batch() else { return };
    let parts = parts(app, batch, area);
    states::draw(app, batch, canvas, parts.states);
    match ended::tells(batch) {
        true => ended::draw(app, batch, canvas, parts.now),
        false => now::draw(app, batch, canvas, parts.now),
    }
    if parts.story.height > 1 {
        match app.board.journal {
            true => story::journal(app, batch, canvas, parts.story),
            false => story::draw(app, batch, canvas, parts.story),
        }
    }
    if parts.files.height > 1 {
        vast::files(app, batch, canvas, parts.files);
    }
    if vast::is_vast(app) {
        vast::draw(app, batch, canvas, parts.figures);
    } else if parts.figures.width > 0 {
        figures::draw(app, batch, canvas, parts.figures);
    }
    canvas.line(parts.summary, 0, &figures::summary(app, batch, usize::from(area.width)));
    due::draw(app, canvas, parts.due, area.height >= TALL);
}

/// Rows of the story below its title.
pub fn story_rows(app: &App, area: Rect) -> usize {
    let Some(batch) = app.data.batch() else { return 0 };
    usize::from(parts(app, batch, area).story.height.saturating_sub(1))
}
