//! The freeze: by which means others are kept from writing, since when, who asked for it, and how that is known.

use crate::model::{
    BatchId, Change, Event, EventKind, FreezeMeans, FreezeStep, Millis, SystemStateId, SystemStatus, Token,
};
use serde::{Deserialize, Serialize};

/// The last freeze, standing or over; a row of `migration_system_state`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    pub state: SystemStateId,
    pub status: SystemStatus,
    pub means: FreezeMeans,
    pub reason: String,
    /// Account of the operator who asked for it.
    pub by: Option<String>,
    /// The batch whose policy asked for it.
    pub batch: Option<BatchId>,
    pub token: Token,
    pub holder: String,
    pub since: Millis,
    /// How it is known that it is in force; `None` before that was read back.
    pub proof: Option<String>,
    pub reach: Vec<String>,
    /// Reason why it ended, or ends.
    pub ended: Option<String>,
    pub updated: Millis,
}

impl Freeze {
    /// True if others are kept from writing, or may be.
    pub fn stands(&self) -> bool {
        matches!(self.status, SystemStatus::Frozen | SystemStatus::Thawing)
    }

    /// Who asked for it, for people.
    pub fn asked_by(&self) -> String {
        match (&self.by, self.batch) {
            (Some(by), _) => by.clone(),
            (None, Some(batch)) => format!("batch {batch}"),
            (None, None) => self.holder.clone(),
        }
    }

    /// Takes in a step; says what has changed. A step that cannot be taken from where the system is changes nothing.
    pub(super) fn apply(last: &mut Option<Freeze>, event: &Event) -> Option<Change> {
        let EventKind::FreezeChanged { state, change } = &event.kind else { return None };
        let status = change.leads(last.as_ref().map_or(SystemStatus::Normal, |freeze| freeze.status))?;
        if let FreezeStep::Begun { means, reason, batch, token, holder } = change {
            *last = Some(Freeze {
                state: *state,
                status,
                means: *means,
                reason: reason.clone(),
                by: event.operator.clone(),
                batch: *batch,
                token: *token,
                holder: holder.clone(),
                since: event.at,
                proof: None,
                reach: Vec::new(),
                ended: None,
                updated: event.at,
            });
        }
        let freeze = last.as_mut()?;
        freeze.take(change);
        (freeze.status, freeze.updated) = (status, event.at);
        Some(Change::System(*state))
    }

    fn take(&mut self, change: &FreezeStep) {
        match change {
            FreezeStep::Begun { .. } => {}
            FreezeStep::Proven { proof, reach } => (self.proof, self.reach) = (Some(proof.clone()), reach.clone()),
            FreezeStep::TakenOver { token, holder, proof } => {
                (self.token, self.holder, self.proof) = (*token, holder.clone(), Some(proof.clone()));
            }
            FreezeStep::ThawBegun { reason }
            | FreezeStep::Thawed { reason, .. }
            | FreezeStep::Overridden { reason }
            | FreezeStep::EmergencyEnded { reason } => self.ended = Some(reason.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::freeze_step::tests::steps;
    use crate::model::{Seq, World};

    fn tell(world: &mut World, at: i64, change: FreezeStep) -> Vec<Change> {
        let kind = EventKind::FreezeChanged { state: SystemStateId(4), change };
        let operator = Some("ana@%".to_owned());
        let event = Event { batch: BatchId::SYSTEM, seq: Seq(at), at: Millis(at), operator, kind };
        let again = EventKind::from_payload(&event.kind.to_payload().unwrap()).unwrap();
        assert_eq!(again, event.kind);
        world.apply(&event)
    }

    #[test]
    fn a_freeze_keeps_what_is_known_of_it_until_the_next() {
        let mut world = World::default();
        for (at, step) in (1..).zip(steps().into_iter().take(5)) {
            assert_eq!(tell(&mut world, at, step), [Change::System(SystemStateId(4))]);
        }
        let freeze = world.system.freeze.clone().unwrap();
        assert_eq!((freeze.status, freeze.since, freeze.updated), (SystemStatus::Normal, Millis(1), Millis(5)));
        assert_eq!((freeze.token, freeze.proof.as_deref()), (Token(3), Some("again")));
        assert_eq!((freeze.asked_by().as_str(), freeze.ended.as_deref()), ("ana@%", Some("why")));
        assert_eq!((world.system.frozen(), world.ids.state), (None, 4));
        // What cannot follow changes nothing.
        assert_eq!(tell(&mut world, 6, steps().remove(3)), []);
        assert_eq!(world.system.freeze, Some(freeze));
    }
}
