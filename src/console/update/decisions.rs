//! The keys of Decisions: one cursor through both of its lists, the panes, and what is open.

use super::lookup::lookup;
use crate::console::state::action::Screen;
use crate::console::state::app::App;
use crate::console::state::decisions::{Overview, RadiusPane};
use crate::console::state::message::{Effect, Request};
use crate::console::state::rollbacks::{self, Rollbacks, UnderCursor};
use crate::console::view::layout;
use crate::console::view::screens;
use crate::model::{BatchId, RollbackId, RollbackSubject};

/// Moves the cursor, or what the pane with the keys shows.
pub fn moved(app: &mut App, by: isize) {
    let panes = panes(app);
    if let Some(lookup) = &mut app.decisions.lookup {
        let Some((pane, most)) = panes.get(lookup.pane) else { return };
        let top = &mut lookup.tops[*pane as usize];
        *top = top.saturating_add_signed(by).min(*most);
        return;
    }
    if app.decisions.pane == Overview::About {
        app.decisions.about_top = app.decisions.about_top.saturating_add_signed(by);
        return;
    }
    let known = Rollbacks::known(app);
    let row = known.cursor(app).saturating_add_signed(by).min(known.len().saturating_sub(1));
    go_to(app, &known, row);
}

/// Puts the cursor on a row of both lists.
fn go_to(app: &mut App, known: &Rollbacks, row: usize) {
    let selected = known.id_at(row);
    if selected != app.decisions.selected {
        app.decisions.about_top = 0;
    }
    app.decisions.selected = selected;
    app.decisions.pane = if row >= known.open.len() { Overview::Lately } else { Overview::List };
}

/// The next pane: of what is open, or of the screen.
pub fn next_pane(app: &mut App) {
    let panes = panes(app);
    if let Some(lookup) = &mut app.decisions.lookup {
        lookup.pane = (lookup.pane + 1) % panes.len().max(1);
        return;
    }
    let known = Rollbacks::known(app);
    match app.decisions.pane {
        Overview::List if known.len() > 0 => app.decisions.pane = Overview::About,
        Overview::About if !known.over.is_empty() && known.cursor(app) < known.open.len() => {
            go_to(app, &known, known.open.len());
        }
        Overview::Lately if known.open.is_empty() => app.decisions.pane = Overview::About,
        Overview::About if known.open.is_empty() => app.decisions.pane = Overview::Lately,
        Overview::About => app.decisions.pane = Overview::List,
        Overview::List | Overview::Lately => go_to(app, &known, 0),
    }
}

/// Leaves what is open, or goes back to the list; says whether there was anything to leave.
pub fn close(app: &mut App) -> bool {
    if app.decisions.lookup.take().is_some() {
        return true;
    }
    let was = std::mem::take(&mut app.decisions.pane);
    if was == Overview::Lately {
        let known = Rollbacks::known(app);
        go_to(app, &known, 0);
    }
    was != app.decisions.pane
}

/// Looks closely at what waits for somebody; of what runs or is over, opens the batch.
pub fn enter(app: &mut App) -> Vec<Effect> {
    let known = Rollbacks::known(app);
    match known.under_cursor(app) {
        Some(UnderCursor::Open(summary)) if summary.is_undecided() => lookup(app, summary, None),
        Some(UnderCursor::Open(summary)) => open_batch(app, summary.rollback.batch, summary.rollback.id),
        Some(UnderCursor::Over(decided)) => open_batch(app, decided.batch, decided.rollback.id),
        None => Vec::new(),
    }
}

/// Opens the batch of a rollback that nobody has to decide about any more.
fn open_batch(app: &mut App, batch: BatchId, id: RollbackId) -> Vec<Effect> {
    super::opening::show(app, Screen::Board);
    if app.data.batch == Some(batch) {
        return Vec::new();
    }
    app.notify(format!("batch {batch}, which R{id} is of; :batches has the others"));
    vec![Effect::Ask(Request::Open(batch))]
}

/// A click on a row of a list: the cursor goes there, and opens it where it stands there already.
pub fn click(app: &mut App, row: usize) -> Vec<Effect> {
    let known = Rollbacks::known(app);
    if known.cursor(app) == row && app.decisions.pane != Overview::About {
        return enter(app);
    }
    go_to(app, &known, row);
    Vec::new()
}

/// Panes are not scrolled beyond their end.
pub fn settle(app: &mut App) {
    if is_decided(app) {
        app.decisions.lookup = None;
    }
    let panes = panes(app);
    if let Some(lookup) = app.decisions.lookup.as_mut().filter(|lookup| lookup.told.is_some()) {
        lookup.pane = lookup.pane.min(panes.len().saturating_sub(1));
        panes.iter().for_each(|(pane, most)| {
            let top = &mut lookup.tops[*pane as usize];
            *top = (*top).min(*most);
        });
    }
    let Some(content) = layout::regions(app).map(|regions| regions.content) else { return };
    if app.decisions.about_top > 0 {
        app.decisions.about_top = app.decisions.about_top.min(screens::decisions::about_scrolled(app, content));
    }
}

/// True if nobody has to decide about the rollback that is looked at closely any more.
fn is_decided(app: &App) -> bool {
    let opened = app.decisions.lookup.as_ref().filter(|lookup| lookup.told.is_some());
    let Some(RollbackSubject::Opened(id)) = opened.map(|lookup| &lookup.subject) else { return false };
    rollbacks::all(app).iter().any(|summary| summary.rollback.id == *id && !summary.is_undecided())
}

/// The panes of what is open, each with the number of lines that it can be scrolled.
fn panes(app: &App) -> Vec<(RadiusPane, usize)> {
    if app.screen != Screen::Decisions || app.decisions.lookup.is_none() {
        return Vec::new();
    }
    let content = layout::regions(app).map(|regions| regions.content);
    content.map(|content| screens::decisions::closer_panes(app, content)).unwrap_or_default()
}

/// The request that tells others which rollback is open here, where it is another one now.
pub fn look_at(app: &mut App) -> Option<Effect> {
    let opened = rollbacks::opened(app);
    if app.replay.is_some() || opened == app.decisions.told_open {
        return None;
    }
    app.decisions.told_open = opened;
    Some(Effect::Ask(Request::LookAt(opened)))
}
