//! The last request of this console, and what became of it.

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

    /// The key of its row, once it has one.
    pub fn key(&self) -> Option<RequestKey> {
        match self.stage {
            RequestStage::Sent(id) | RequestStage::Accepted(id) => Some(RequestKey::Command(id)),
            RequestStage::Decided(id) => Some(RequestKey::Decision(id)),
            _ => None,
        }
    }

    /// Takes from an event what it says about this request; true if it says anything.
    pub fn follow(&mut self, event: &Event) -> bool {
        let stage = match (&event.kind, self.key()) {
            (EventKind::DecisionAccepted { decision, .. }, Some(RequestKey::Decision(id))) if *decision == id => {
                RequestStage::Effective
            }
            (EventKind::DecisionRefused { decision, reason, .. }, Some(RequestKey::Decision(id)))
                if *decision == id =>
            {
                RequestStage::Refused(reason.clone())
            }
            (EventKind::CheckOverridden { decision: Some(decision), .. }, Some(RequestKey::Decision(id)))
                if *decision == id =>
            {
                RequestStage::Effective
            }
            (EventKind::OverrideRefused { decision, reason }, Some(RequestKey::Decision(id))) if *decision == id => {
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
            _ => return false,
        };
        (self.stage, self.answered_at) = (stage, Some(event.at));
        true
    }
}
