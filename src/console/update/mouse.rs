//! Clicks, where the mouse is on: a tab, a key that is told, the head of a column, a scrollbar, a row.

use super::settle::settle;
use super::{actions, decisions, help, replay};
use crate::console::state::action::{Action, Places};
use crate::console::state::app::App;
use crate::console::state::files::Sort;
use crate::console::state::key::Key;
use crate::console::state::message::Effect;
use crate::console::view::draw;
use crate::console::view::layout;
use crate::console::view::screens::files::{self, FilesHit};
use crate::console::view::screens::{chrome, decisions as decisions_view, tabs};
use ratatui::layout::{Position, Rect};

/// Does what stands under a click. A key that changes something opens its dialog, as when it is pressed.
pub fn click(app: &mut App, column: u16, row: u16) -> Vec<Effect> {
    if !app.mouse || app.dialog.is_some() || app.moved_on.is_some() || app.prompt.is_some() {
        return Vec::new();
    }
    let Some(regions) = layout::regions(app) else { return Vec::new() };
    if let Some(effects) = replay::click(app, column, row) {
        return effects;
    }
    let column = column.saturating_sub(regions.tabs.x);
    let width = regions.tabs.width;
    if row == regions.tabs.y {
        let screen = tabs::at(app, width, column);
        return screen.map(|screen| actions::act(app, Action::Show(screen))).unwrap_or_default();
    }
    if row == regions.keys.y && app.replay.is_none() {
        let action = chrome::key_at(app, width, column);
        return action.map(|action| actions::act(app, action)).unwrap_or_default();
    }
    if regions.content.top() <= row && row < regions.content.bottom() {
        return within(app, regions.content, column, row);
    }
    Vec::new()
}

/// Does what stands under a click within a screen: a line of the help, a key that is told, the head of a column, a
/// scrollbar, a pane, a row.
fn within(app: &mut App, content: Rect, column: u16, row: u16) -> Vec<Effect> {
    if app.help.is_some() {
        let chosen = help::click(app, content, column, row);
        return chosen.map(|action| actions::act(app, action)).unwrap_or_default();
    }
    if app.picker.is_some() {
        return walk(app, row);
    }
    let key = draw::key_told(app, content.x + column, row).and_then(|name| Key::parse(name.trim()));
    if let Some(action) = key.and_then(|key| app.keymap.action_of(key, app.place())) {
        return actions::act(app, action);
    }
    if app.place() == Places::FILES {
        match files::hit(app, content, column, row) {
            Some(FilesHit::Head(sort)) => {
                app.files.sort = if app.files.sort == sort { Sort::Order } else { sort };
                return Vec::new();
            }
            Some(FilesHit::Scrollbar(line)) => {
                app.files.go_to_line(line);
                return Vec::new();
            }
            None => {}
        }
    }
    if app.place() == Places::DECISIONS {
        let pane = decisions_view::pane_at(app, content, Position::new(content.x + column, row));
        if let Some((pane, lookup)) = pane.zip(app.decisions.lookup.as_mut()) {
            lookup.pane = pane;
            return Vec::new();
        }
        let clicked = decisions_view::row_at(app, content, row);
        return clicked.map(|clicked| decisions::click(app, clicked)).unwrap_or_default();
    }
    walk(app, row)
}

/// Walks the cursor to a row; where it stands there already, opens it. The cursor is looked for on the screen: how many
/// rows a screen has between two of its lines, it alone knows.
fn walk(app: &mut App, row: u16) -> Vec<Effect> {
    let mut effects = Vec::new();
    let Some(begin) = draw::cursor_row(app) else { return effects };
    if begin == row {
        return actions::act(app, Action::Enter);
    }
    let action = if begin < row { Action::Down } else { Action::Up };
    let mut at = begin;
    for _ in 0..app.size.1 {
        effects.extend(actions::act(app, action));
        settle(app, false);
        match draw::cursor_row(app) {
            Some(next) if next != at && next != row && (next < row) == (begin < row) => at = next,
            _ => break,
        }
    }
    effects
}
