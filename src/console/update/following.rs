//! Following the newest batch: what is asked for, and when.

use crate::console::state::app::App;
use crate::console::state::message::{Effect, Request};
use crate::model::{Batch, BatchId};

/// Opens the first batch by itself, and each newer one once the one before it is over.
pub fn follow(app: &mut App) -> Vec<Effect> {
    let before = app.data.batch;
    let Some(batch) = next(app) else { return Vec::new() };
    if let Some(before) = before {
        app.notify(format!("batch {batch} has begun and is shown; :open {before} goes back"));
    }
    vec![Effect::Ask(Request::Open(batch))]
}

/// The batch to open now, where there is one: it is asked for once.
fn next(app: &mut App) -> Option<BatchId> {
    let newest = app.data.newest_batch?;
    let wanted = match app.data.batch {
        None => true,
        Some(shown) => newest > shown && app.following.chosen != Some(shown) && may_leave(app, newest),
    };
    // The first batch of all is asked for until it is there.
    let is_first = app.data.batch.is_none();
    if !wanted || (app.following.asked == Some(newest) && !is_first) {
        return None;
    }
    app.following.asked = Some(newest);
    Some(newest)
}

fn may_leave(app: &App, newest: BatchId) -> bool {
    let is_read = app.dialog.is_some()
        || app.prompt.is_some()
        || app.picker.is_some()
        || app.held.is_some()
        || app.detail.is_some()
        || app.decisions.lookup.is_some();
    // A tour goes on by itself, and a recording is followed by nothing.
    let elsewhere = app.guide.is_some() || app.replay.is_some();
    !is_read && !elsewhere && app.data.batch().is_some_and(|batch| is_over(batch, newest))
}

/// True if nothing more happens in a batch, and the newest is not the one that undoes it.
fn is_over(batch: &Batch, newest: BatchId) -> bool {
    let undoes = batch.rollbacks.values().any(|rollback| rollback.compensated_by == Some(newest));
    batch.status.is_final() && batch.active.is_empty() && batch.running_rollback().is_none() && !undoes
}
