//! The question what a rollback would do, as it is asked.

use crate::console::feed::RollbackSummary;
use crate::console::state::app::App;
use crate::console::state::decisions::{BlastLookup, NextDialog};
use crate::console::state::message::{Effect, Request};
use crate::model::RollbackSubject;

/// Looks up what a rollback would do. Its batch is opened with it, so that what becomes of it is seen.
pub fn lookup(app: &mut App, summary: &RollbackSummary, then: Option<NextDialog>) -> Vec<Effect> {
    let (batch, id) = (summary.rollback.batch, summary.rollback.id);
    app.decisions.selected = Some(id);
    let subject = RollbackSubject::Opened(id);
    // What is asked again keeps its pane and its place.
    let before = app.decisions.lookup.take().filter(|before| before.subject == subject);
    let (pane, tops) = before.map(|before| (before.pane, before.tops)).unwrap_or_default();
    app.decisions.lookup = Some(BlastLookup { pane, tops, ..BlastLookup::new(batch, subject.clone(), then) });
    let open = (app.data.batch != Some(batch)).then_some(Effect::Ask(Request::Open(batch)));
    open.into_iter().chain([Effect::Ask(Request::BlastRadius(batch, subject))]).collect()
}
