//! A journal as the model sees it: the world that it makes, told apart by a digest of its events.

use crate::model::*;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Events, as what follows from them.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) world: Arc<World>,
    digest: u64,
    seq: i64,
    /// Number of times that each command, and each decision, was answered.
    pub(super) commands: BTreeMap<i64, u8>,
    pub(super) decisions: BTreeMap<i64, u8>,
    /// An approval was accepted, and a window closed because nobody had decided.
    pub(super) approved: bool,
    pub(super) lapsed: bool,
    /// An approval was accepted when its deadline had passed.
    pub(super) approved_late: bool,
}

impl PartialEq for Log {
    fn eq(&self, other: &Log) -> bool {
        (self.digest, self.seq) == (other.digest, other.seq)
    }
}

impl Eq for Log {}

impl Hash for Log {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.digest, self.seq).hash(state);
    }
}

impl Log {
    pub(super) fn empty() -> Log {
        Log {
            world: Arc::default(),
            digest: 0,
            seq: 0,
            commands: BTreeMap::new(),
            decisions: BTreeMap::new(),
            approved: false,
            lapsed: false,
            approved_late: false,
        }
    }

    /// Decides on an input and appends what follows, as the worker does.
    pub(super) fn give(&mut self, input: Input, now: Millis) {
        let drafts = decide(&self.world, input).expect("the input fits the world");
        for Draft { batch, operator, kind } in drafts {
            self.seq += 1;
            let mut hasher = DefaultHasher::new();
            (self.digest, &operator, format!("{kind:?}")).hash(&mut hasher);
            self.digest = hasher.finish();
            self.note(batch, &kind);
            let event = Event { batch, seq: Seq(self.seq), at: now, operator, kind };
            Arc::make_mut(&mut self.world).apply(&event);
        }
    }

    fn note(&mut self, batch: BatchId, kind: &EventKind) {
        match kind {
            EventKind::CommandAccepted { command, .. } | EventKind::CommandRefused { command, .. } => {
                *self.commands.entry(command.0).or_default() += 1;
            }
            EventKind::DecisionAccepted { decision, rollback, judged, .. } => {
                *self.decisions.entry(decision.0).or_default() += 1;
                self.approved = true;
                let deadline = self.world.batch(batch).and_then(|b| b.rollbacks.get(rollback)?.decide_by);
                self.approved_late |= self.lapsed || deadline.is_none_or(|deadline| *judged >= deadline);
            }
            EventKind::DecisionRefused { decision, .. } => *self.decisions.entry(decision.0).or_default() += 1,
            EventKind::WindowLapsed { .. } => self.lapsed = true,
            _ => {}
        }
    }
}
