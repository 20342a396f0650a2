//! The files of the graph, two rows each.

use super::panes::HEIGHT;
use crate::console::state::app::App;
use crate::console::state::left;
use crate::console::state::{graph, names};
use crate::console::times;
use crate::console::view::badges;
use crate::console::view::theme::Role;
use crate::console::view::widgets::canvas::Canvas;
use crate::console::view::widgets::styled_line::StyledLine;
use crate::model::{Batch, File, FileState, Outcome, Phase};
use ratatui::layout::Rect;

/// Draws the files of the waves that are shown; a wave is `width` columns wide, of which the files have `room`.
pub fn draw(app: &App, batch: &Batch, canvas: &mut Canvas<'_>, area: Rect, (width, room): (u16, u16)) {
    for (n, column) in (0u16..).zip(&app.graph.columns) {
        let place = |row: u16| {
            let x = area.x + n * width;
            Rect { x, y: area.y + row, width: room.min(area.right().saturating_sub(x)), height: 2 }
        };
        let mut row = 0;
        for file in column.files.iter().filter_map(|id| batch.file(*id)) {
            if row >= area.height {
                break;
            }
            let at = place(row).intersection(area);
            canvas.line(at, 0, &title(app, file, usize::from(at.width)));
            canvas.line(at, 1, &StyledLine::new().text("   ").then(detail(app, batch, file)));
            row += HEIGHT;
        }
        if column.hidden > 0 && row < area.height {
            let all = if column.hidden_done == column.hidden { ", all ✓" } else { "" };
            canvas.line(
                place(row).intersection(area),
                0,
                &StyledLine::new().faint(format!("   + {} more{all}", column.hidden)),
            );
        }
    }
}

/// Cursor, sign and name.
fn title(app: &App, file: &File, width: usize) -> StyledLine {
    let at_cursor = app.graph.cursor == Some(file.id);
    let badge = badge(app, file);
    let name = format!("{} {}", names::number(&file.path), names::title(&file.path));
    let room = width.saturating_sub(3);
    let name = StyledLine::from_span(role(app, file), name.trim_end()).cut(room);
    let name = if at_cursor { name.fill_to(room).cut(room).all(Role::Selected) } else { name };
    StyledLine::from_span(Role::Strong, if at_cursor { "›" } else { " " })
        .span(badge.role, badge.icon)
        .text(" ")
        .then(name)
}

fn role(app: &App, file: &File) -> Role {
    match file.state {
        FileState::Idle if file.outcome.is_some() => Role::Faint,
        FileState::Idle => Role::Text,
        _ if app.is_orphaned() => Role::Text,
        _ => Role::Strong,
    }
}

/// The sign of a file; one that waits for somebody's lock needs a look.
pub fn badge(app: &App, file: &File) -> badges::Badge {
    let badge = badges::known(file, app.is_orphaned());
    match left::blocked(app, file) {
        Some(_) if !app.is_orphaned() => badges::Badge { icon: "!", role: Role::Bad, ..badge },
        _ => badge,
    }
}

/// What is to be said of a file in a few words.
pub fn detail(app: &App, batch: &Batch, file: &File) -> StyledLine {
    let words = StyledLine::new();
    let now = app.shown_clock();
    match (file.state, file.outcome) {
        (FileState::Idle, Some(Outcome::Completed)) => words.faint(times::span(file.processing_ms)),
        (FileState::Idle, Some(Outcome::RolledBack)) => words.span(Role::Caution, "undone"),
        (FileState::Failed, _) => {
            let why = file.failure.as_ref().map_or("failed", |failure| names::category(failure.category));
            words.span(Role::Bad, why)
        }
        (FileState::RollingBack, _) if file.running.is_none() && !batch.may_move() => {
            words.span(Role::Caution, "its undo is held")
        }
        (FileState::RollingBack, _) => words.span(Role::Caution, "is being undone"),
        _ if file.crash.is_some() => words.span(Role::Caution, "a person has to choose"),
        _ if left::blocked(app, file).is_some() => {
            let since = file.running.as_ref().zip(now).map_or(0, |(running, now)| now.since(running.since));
            words.span(Role::Bad, format!("lock {}", times::seconds(since)))
        }
        _ => under_way(app, batch, file),
    }
}

fn under_way(app: &App, batch: &Batch, file: &File) -> StyledLine {
    let statement = file.running.as_ref().filter(|running| running.phase == Phase::Forward);
    let mut words = match (file.state, statement) {
        (_, Some(running)) => {
            let place = format!("stmt {}/{}", running.statement + 1, file.statements);
            // The same words as everywhere, in fewer columns.
            let left =
                left::of_statement(app, file).map(|left| format!(", {} left", left.words().replace(" min", "m")));
            StyledLine::new().text(format!("{place}{}", left.unwrap_or_default()))
        }
        (FileState::Idle, None) => StyledLine::new().faint(expected(app, batch, file)),
        (FileState::Preparing, None) if file.is_blocked() => StyledLine::new().faint("in line"),
        (state, None) => StyledLine::new().faint(state.as_str().replace('_', " ")),
    };
    if batch.breakpoints.iter().any(|(at, _)| *at == file.id) {
        words = words.span(Role::Caution, " ● break");
    }
    words
}

/// The time that a file that waits will take.
fn expected(app: &App, batch: &Batch, file: &File) -> String {
    match app.forecast.left_of(file.id) {
        Some(Ok(left)) if graph::waits(file) => match &file.expected {
            Some(expected) => expected.words(),
            None => format!("~{}", times::span(left.middle)),
        },
        Some(Err(_)) => "~?".to_owned(),
        _ if batch.blocked_by(file).is_some() => "cannot run".to_owned(),
        _ => "not begun".to_owned(),
    }
}
