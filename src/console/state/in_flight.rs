//! Requests of everybody else that are on their way.

use super::app::App;
use super::request::LastRequest;
use crate::model::{Millis, RequestKey};

/// A request of somebody else that is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlight {
    /// As the server names them; `None` for a command of the worker itself.
    pub by: Option<String>,
    pub words: String,
    /// Time when it was handed in, or accepted.
    pub at: Millis,
    /// A worker has taken it.
    pub accepted: bool,
}

/// Requests of others that are not in effect yet, the oldest first.
pub fn of_others(app: &App) -> Vec<InFlight> {
    let own = app.request.as_ref().and_then(LastRequest::key);
    let waiting = app.data.unanswered.iter().filter(|request| Some(request.key) != own).map(|request| InFlight {
        by: Some(request.operator.clone()),
        words: request.word.clone(),
        at: request.at,
        accepted: false,
    });
    let batch = app.data.batch();
    let accepted = batch.into_iter().flat_map(|batch| batch.commands.iter().map(move |(id, verb)| (batch, id, verb)));
    let accepted = accepted.filter(|(_, id, _)| Some(RequestKey::Command(**id)) != own).map(|(batch, id, verb)| {
        let (by, at) = app.data.accepted_by.get(id).cloned().unwrap_or((None, batch.updated_at));
        InFlight { by, words: verb.brief(batch), at, accepted: true }
    });
    let mut all: Vec<InFlight> = accepted.chain(waiting).collect();
    all.sort_by_key(|request| request.at);
    all
}
