//! The keys of the help: a cursor through its lines, and Enter, which does what the line tells.

use super::actions;
use crate::console::state::action::Action;
use crate::console::state::app::App;
use crate::console::state::message::Effect;
use crate::console::state::prompt::Prompt;
use crate::console::state::views;
use crate::console::view::layout;
use crate::console::view::screens::help::{self, HelpAct};
use ratatui::layout::Rect;

/// Moves the cursor: to another line, or to the other column.
pub fn moved(app: &mut App, action: Action, by: isize) {
    let Some(view) = &mut app.help else { return };
    match action {
        Action::Left => view.right = false,
        Action::Right => view.right = true,
        _ => view.row = view.row.saturating_add_signed(by),
    }
}

/// Does what the line under the cursor tells, as its key would. A command is typed for whoever wants to complete it.
pub fn enter(app: &mut App) -> Vec<Effect> {
    let Some(content) = layout::regions(app).map(|regions| regions.content) else { return Vec::new() };
    let Some(act) = help::under_cursor(app, content) else { return Vec::new() };
    (app.help, app.help_filter) = (None, Default::default());
    match act {
        HelpAct::Key(action) => actions::act(app, action),
        HelpAct::Command(word) => {
            app.prompt = Some(Prompt::command_begun(word, &app.lately));
            Vec::new()
        }
    }
}

/// Puts the cursor on a line of the help; where it stands there already, does what that tells.
pub fn click(app: &mut App, content: Rect, column: u16, row: u16) -> Vec<Effect> {
    let Some(view) = &mut app.help else { return Vec::new() };
    let Some(line) = row.checked_sub(content.y + 1) else { return Vec::new() };
    let clicked = (column >= content.width / 2, view.top + usize::from(line));
    if (view.right, view.row) == clicked {
        return enter(app);
    }
    (view.right, view.row) = clicked;
    settle(app, content);
    Vec::new()
}

/// The cursor stays within the lines that there are, and in sight.
pub fn settle(app: &mut App, content: Rect) {
    if app.help.is_none() {
        return;
    }
    let lengths = help::lengths(app, content);
    let Some(view) = &mut app.help else { return };
    view.right &= lengths.len() > 1;
    let length = lengths.get(usize::from(view.right)).copied().unwrap_or(0);
    let longest = lengths.iter().copied().max().unwrap_or(0);
    view.row = view.row.min(length.saturating_sub(1));
    views::settle(&mut view.row, &mut view.top, longest, usize::from(content.height.saturating_sub(1)));
}
