//! Requests on their way: the last one of this console, and those of everybody else.

use super::app::App;
use crate::model::{CommandId, DecisionId, Event, EventKind, Millis, RequestKey};

/// Progress of the last request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestStage {
    Sending,
    Sent(CommandId),
    Accepted(CommandId),
    /// A decision is in the table.
    Decided(DecisionId),
    Effective,
    Refused(String),
    /// It did not arrive, or nobody can say whether it did.
    Failed(String),
}

/// The last request of this console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRequest {
    pub words: String,
    pub stage: RequestStage,
    /// Time of the worker's last answer, on the database's clock.
    pub answered_at: Option<Millis>,
}

impl LastRequest {
    /// A request that is being sent.
    pub fn new(words: String) -> LastRequest {
        LastRequest { words, stage: RequestStage::Sending, answered_at: None }
    }

    /// True while its effect, or its refusal, is still to come.
    pub fn is_on_its_way(&self) -> bool {
        use RequestStage::*;
        matches!(self.stage, Sending | Sent(_) | Accepted(_) | Decided(_))
    }

    fn key(&self) -> Option<RequestKey> {
        match self.stage {
            RequestStage::Sent(id) | RequestStage::Accepted(id) => Some(RequestKey::Command(id)),
            RequestStage::Decided(id) => Some(RequestKey::Decision(id)),
            _ => None,
        }
    }

    /// Takes from an event what it says about this request.
    pub fn follow(&mut self, event: &Event) {
        let stage = match (&event.kind, self.key()) {
            (EventKind::DecisionAccepted { decision, .. }, Some(RequestKey::Decision(id))) if *decision == id => {
                RequestStage::Effective
            }
            (EventKind::DecisionRefused { decision, reason, .. }, Some(RequestKey::Decision(id)))
                if *decision == id =>
            {
                RequestStage::Refused(reason.clone())
            }
            (EventKind::CommandAccepted { command, .. }, Some(RequestKey::Command(id))) if *command == id => {
                RequestStage::Accepted(id)
            }
            (EventKind::CommandEffective { command }, Some(RequestKey::Command(id))) if *command == id => {
                RequestStage::Effective
            }
            (EventKind::CommandRefused { command, reason, .. }, Some(RequestKey::Command(id))) if *command == id => {
                RequestStage::Refused(reason.clone())
            }
            _ => return,
        };
        (self.stage, self.answered_at) = (stage, Some(event.at));
    }
}

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
