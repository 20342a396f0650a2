//! The schema as a worker saw it last, beside what its files announce.

use super::announced::{Announced, unannounced};
use crate::database::Outline;
use crate::sql::Dialect;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Part of the time that comparing takes at the most, between the first file of a batch and its last.
const SHARE: u32 = 100;

/// The schema as it was seen last, and what the files that have run since, or run now, announce.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) seen: Option<Seen>,
    /// By path.
    pub(super) announced: BTreeMap<String, Announced>,
    /// Changes that were found before the file that is told of them ran.
    pub(super) found: Vec<String>,
}

/// One look at the schema.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) outline: Outline,
    pub(super) at: Instant,
    /// Time that the look took.
    pub(super) took: Duration,
}

impl Watch {
    /// Begins anew with the next file. What files that are under way announce stays.
    pub(super) fn forget(&mut self) {
        self.seen = None;
        self.found.clear();
        self.announced.retain(|_, announced| !announced.has_ended);
    }

    /// True if another look is worth its time.
    pub(super) fn is_due(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.at.elapsed() > seen.took * SHARE)
    }

    /// Takes in how the schema is now; what nobody announced since the last look is found.
    pub(super) fn advance(&mut self, now: Seen, dialect: Dialect) {
        if let Some(before) = &self.seen {
            self.found.extend(unannounced(&before.outline, &now.outline, self.announced.values(), dialect));
        }
        self.announced.retain(|_, announced| !announced.has_ended);
        self.seen = Some(now);
    }
}
