//! Screen 5's state: which rollback is looked at, what it would do, and what is asked about it.

use super::message::Request;
use crate::console::feed::RollbackSummary;
use crate::console::safe_text::SafeText;
use crate::model::{BatchId, BlastRadius, RollbackId, RollbackSubject};

/// A blast radius that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct BlastLookup {
    pub batch: BatchId,
    pub subject: RollbackSubject,
    /// `None` while it is being looked up.
    pub told: Option<Result<BlastRadius, SafeText>>,
    /// The dialog that opens with it.
    pub then: Option<NextDialog>,
    /// First line shown.
    pub top: usize,
}

/// The dialog that opens once the blast radius is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextDialog {
    Approve,
    RollBack { now: bool },
}

/// Cursor and pane of the screen.
#[derive(Debug, Default)]
pub struct DecisionsView {
    /// The rollback under the cursor; the first while it is none of those there.
    pub selected: Option<RollbackId>,
    pub top: usize,
    pub lookup: Option<BlastLookup>,
    /// The list is to be read anew.
    pub due: bool,
    /// Time when it was read last, on the console's own clock.
    pub read_at: u64,
}

/// Time that the list stands without being read again while it is on the screen, in milliseconds.
const STANDS_FOR: u64 = 30_000;

impl DecisionsView {
    /// The request for the list, when it is time.
    pub fn request(&mut self, is_shown: bool, now: u64) -> Option<Request> {
        let is_old = is_shown && now.saturating_sub(self.read_at) >= STANDS_FOR;
        if !(self.due || is_old) {
            return None;
        }
        (self.due, self.read_at) = (false, now);
        Some(Request::Rollbacks)
    }

    /// The place of the cursor among the rollbacks shown.
    pub fn cursor(&self, summaries: &[RollbackSummary]) -> usize {
        summaries.iter().position(|w| Some(w.rollback.id) == self.selected).unwrap_or(0)
    }

    /// The blast radius of a rollback, if it is the one that is opened.
    pub fn lookup_of(&self, rollback: RollbackId) -> Option<&BlastLookup> {
        self.lookup.as_ref().filter(|lookup| lookup.subject == RollbackSubject::Opened(rollback))
    }
}
