//! Following the newest batch: once the one on the screen has ended, the next one takes its place, unless a person has
//! chosen an earlier one or reads something of it.

use super::app::App;
use crate::model::{Batch, BatchId};

/// What is followed.
#[derive(Debug, Default)]
pub struct Following {
    /// An earlier batch that a person has opened: it stays.
    chosen: Option<BatchId>,
    /// The batch that was asked for.
    asked: Option<BatchId>,
}

impl Following {
    /// A batch has been opened while another was the newest.
    pub fn opened(&mut self, batch: BatchId, newest: Option<BatchId>) {
        self.chosen = Some(batch).filter(|batch| newest.is_some_and(|newest| newest > *batch));
        self.asked = None;
    }

    /// What was asked for has not come.
    pub fn missed(&mut self) {
        self.asked = None;
    }
}

/// The batch to open now, where there is one: it is asked for once.
pub fn next(app: &mut App) -> Option<BatchId> {
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
