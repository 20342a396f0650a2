//! Screens that are a list: their rows, what Enter does, and the verbs of a row.

use super::{alert_dialogs, help, tick_dialog};
use crate::console::state::action::{Places, Screen};
use crate::console::state::app::App;
use crate::console::state::message::{Effect, Request};
use crate::console::state::{alerts, checklist, history};
use crate::console::view::layout;
use crate::console::view::screens;
use crate::model::{AlertId, AlertStatus, BatchId};

/// The rows of the screen that is on are those that there are now.
pub fn settle(app: &mut App) {
    let Some(content) = layout::regions(app).map(|regions| regions.content) else { return };
    help::settle(app, content);
    let (rows, height) = match app.screen {
        Screen::Validations => screens::validations::rows(app, content),
        Screen::Alerts => screens::alerts::rows(app, content),
        Screen::History => screens::history::rows(app, content),
        Screen::Checklist => screens::checklist::rows(app, content),
        _ => return,
    };
    if let Some(list) = app.list() {
        list.build(rows, height);
        list.opened &= !list.rows.is_empty();
    }
}

/// Opens the row under the cursor, or unfolds it; a batch of the past is played again.
pub fn enter(app: &mut App) -> Vec<Effect> {
    if app.place() == Places::HISTORY {
        return past_batch(app);
    }
    if let Some(list) = app.list() {
        match list.selected() {
            Some(row) if row.is_folded() && !list.opened => list.fold(row),
            row => list.opened = row.is_some(),
        }
    }
    Vec::new()
}

/// What has ended is played again; what is under way is opened on Board.
fn past_batch(app: &mut App) -> Vec<Effect> {
    let Some(id) = app.history.selected().map(|row| BatchId(row.1)) else { return Vec::new() };
    if app.replay.is_some() {
        app.notify("this is a replay already; :live leaves it");
        return Vec::new();
    }
    if history::all(app).iter().any(|batch| batch.id == id && batch.status.is_final()) {
        return vec![Effect::Ask(Request::Replay(id))];
    }
    app.previous = std::mem::replace(&mut app.screen, Screen::Board);
    vec![Effect::Ask(Request::Open(id))]
}

/// Asks for an alert to be brought to a status: the one under the cursor, or the one of a number.
pub fn alert(app: &mut App, to: AlertStatus, id: Option<AlertId>) {
    let found = match id {
        Some(id) => alerts::all(app).into_iter().find(|alert| alert.id == id).ok_or(format!("there is no alert {id}")),
        None => {
            alerts::selected(app).ok_or_else(|| "there is no alert under the cursor; Alerts (6) has them".to_owned())
        }
    };
    match found.and_then(|alert| alert_dialogs::dialog(app, alert, to)) {
        Ok(dialog) => app.dialog = Some(dialog),
        Err(why) => app.notify(why),
    }
}

/// Asks for an item of the checklist to be ticked: the one under the cursor, or the one of a word.
pub fn tick(app: &mut App, word: Option<&str>) {
    let item = match word {
        Some(word) => {
            checklist::named(app, word).ok_or(format!("the checklist has no item {word}; Checklist (8) has them"))
        }
        None => checklist::selected(app)
            .ok_or_else(|| "there is no item under the cursor; Checklist (8) has them".to_owned()),
    };
    match item.and_then(|item| tick_dialog::dialog(app, item)) {
        Ok(dialog) => app.dialog = Some(dialog),
        Err(why) => app.notify(why),
    }
}
