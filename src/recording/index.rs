//! The index: where everything stands in a file, and what is worth stopping at.

use super::facts::Bookmark;
use super::matter::Matter;
use crate::model::{Checksum, Millis};
use serde::{Deserialize, Serialize};

/// A pause in which nothing happened is worth shortening from this length on, in milliseconds.
pub(super) const GAP: u64 = 1_000;

/// A block of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EventBlock {
    pub at: usize,
    /// Number of the events before it.
    pub before: u64,
    pub count: u64,
    /// Times of its first and last event.
    pub from: Millis,
    pub to: Millis,
}

/// A world in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    pub at: usize,
    /// Number of the events before it.
    pub before: u64,
}

/// Where everything stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Index {
    pub events: Vec<EventBlock>,
    pub checkpoints: Vec<Checkpoint>,
    pub sources: Vec<(Checksum, usize)>,
    pub matters: Vec<Matter>,
    /// Pauses in which nothing happened, of [`GAP`] or longer.
    pub gaps: Vec<(Millis, Millis)>,
    #[serde(skip)]
    pub marks: Vec<Bookmark>,
}

impl Index {
    /// Number of events.
    pub fn len(&self) -> u64 {
        self.events.last().map_or(0, |block| block.before + block.count)
    }

    /// True if blocks and checkpoints follow each other without a gap: whoever wrote it may have meant harm.
    pub fn is_in_order(&self) -> bool {
        let mut before = 0u64;
        let events = self.events.iter().all(|block| {
            let follows = block.before == before && block.count > 0 && block.from <= block.to;
            before = before.saturating_add(block.count);
            follows
        });
        let first = self.checkpoints.first().is_some_and(|checkpoint| checkpoint.before == 0);
        let sorted = self.checkpoints.windows(2).all(|pair| pair[0].before <= pair[1].before);
        events && first && sorted && self.matters.iter().all(|matter| matter.event < before)
    }

    /// Notes an event at its number: a pause before it, and whether it matters.
    pub fn note(&mut self, event: &crate::model::Event, number: u64, before: Millis) {
        if event.at.since(before) >= GAP {
            self.gaps.push((before, event.at));
        }
        self.matters.extend(super::matter::matter(event, number));
    }
}
