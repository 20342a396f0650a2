//! The keys of the help: a cursor through its lines, and Enter, which does what the line tells.

use crate::console::state::action::Action;
use crate::console::state::app::App;
use crate::console::state::prompt::Prompt;
use crate::console::state::views;
use crate::console::view::layout;
use crate::console::view::screens::help::{self, HelpAct};
use ratatui::layout::Rect;

/// Moves the cursor: to another line, or to the other column.
pub fn moved(app: &mut App, action: Action, by: isize) {
    let Some((view, content)) = app.help.zip(layout::regions(app).map(|regions| regions.content)) else { return };
    // Down from an entry of several lines is beyond its last.
    let from = if by > 0 { help::end_of(app, content, view.right, view.row) } else { view.row };
    let row = help::begin_of(app, content, view.right, from.saturating_add_signed(by));
    let Some(view) = &mut app.help else { return };
    match action {
        Action::Left => view.right = false,
        Action::Right => view.right = true,
        _ => view.row = row,
    }
}

/// The action that the line under the cursor tells, as its key would do it. A command is typed for whoever wants to
/// complete it.
pub fn chosen(app: &mut App) -> Option<Action> {
    let content = layout::regions(app)?.content;
    let act = help::under_cursor(app, content)?;
    (app.help, app.help_filter) = (None, Default::default());
    match act {
        HelpAct::Key(action) => Some(action),
        HelpAct::Command(word) => {
            app.prompt = Some(Prompt::command_begun(word, &app.lately));
            None
        }
    }
}

/// Puts the cursor on a line of the help; where it stands there already, chooses what that tells.
pub fn click(app: &mut App, content: Rect, column: u16, row: u16) -> Option<Action> {
    let view = app.help.as_mut()?;
    let line = row.checked_sub(content.y + 1)?;
    let clicked = (column >= content.width / 2, view.top + usize::from(line));
    if (view.right, view.row) == clicked {
        return chosen(app);
    }
    (view.right, view.row) = clicked;
    settle(app, content);
    None
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
