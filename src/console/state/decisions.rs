//! Screen 5's state: which rollback is looked at, what it would do, and what is asked about it.

use super::message::Request;
use crate::console::feed::RollbackSummary;
use crate::console::safe_text::SafeText;
use crate::model::{BatchId, BlastRadius, RollbackId, RollbackSubject};
use std::collections::BTreeMap;

/// A blast radius that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct BlastLookup {
    pub batch: BatchId,
    pub subject: RollbackSubject,
    /// `None` while it is being looked up.
    pub told: Option<Result<BlastRadius, SafeText>>,
    /// The dialog that opens with it.
    pub then: Option<NextDialog>,
    /// Pane that Tab has come to, among those that there are.
    pub pane: usize,
    /// First line shown of each pane.
    pub tops: [usize; RadiusPane::ALL.len()],
}

impl BlastLookup {
    /// A question that is being asked.
    pub fn new(batch: BatchId, subject: RollbackSubject, then: Option<NextDialog>) -> BlastLookup {
        BlastLookup { batch, subject, told: None, then, pane: 0, tops: Default::default() }
    }
}

/// The panes of a rollback that is looked at closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RadiusPane {
    /// Rows that would be lost, files undone and kept.
    Consequence,
    Undo,
    Definitions,
    /// The plans of slower queries, before and after.
    Explain,
    /// The questions that the undo depends on.
    Possible,
}

impl RadiusPane {
    pub const ALL: [RadiusPane; 5] =
        [RadiusPane::Consequence, RadiusPane::Undo, RadiusPane::Definitions, RadiusPane::Explain, RadiusPane::Possible];
}

/// The panes of the screen while no rollback is looked at closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overview {
    /// The rollbacks that wait for somebody.
    #[default]
    List,
    /// The rollback under the cursor, at length.
    About,
    /// The rollbacks that were decided lately.
    Lately,
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
    /// Pane that has the keys.
    pub pane: Overview,
    /// First line shown of what is under the cursor.
    pub about_top: usize,
    pub lookup: Option<BlastLookup>,
    /// The rollback that others were told is open here.
    pub told_open: Option<RollbackId>,
    /// The list is to be read anew.
    pub due: bool,
    /// Time when it was read last, on the console's own clock.
    pub read_at: u64,
    /// What each rollback would do, as it was asked last.
    radii: BTreeMap<RollbackId, Known>,
}

/// A blast radius, as far as it is known.
#[derive(Debug, Default)]
struct Known {
    told: Option<Result<BlastRadius, SafeText>>,
    /// Times when it was asked for and told, on the console's own clock.
    asked_at: u64,
    told_at: Option<u64>,
}

/// Time after which a blast radius is asked for again while the screen is on, and time that its answer is waited for, in
/// milliseconds.
const ASKED_AGAIN: u64 = 60_000;
const PATIENCE: u64 = 30_000;

/// Time that the list stands without being read again while it is on the screen, in milliseconds.
const STANDS_FOR: u64 = 30_000;
/// The same while one of another batch runs, which may have ended.
const RUNS_FOR: u64 = 1_000;

impl DecisionsView {
    /// The request for the list, when it is time.
    pub fn request(&mut self, is_shown: bool, listed: &[RollbackSummary], now: u64) -> Option<Request> {
        let runs = listed.iter().any(|summary| summary.rollback.is_open() && !summary.is_undecided());
        let stands_for = if runs { RUNS_FOR } else { STANDS_FOR };
        let is_old = is_shown && now.saturating_sub(self.read_at) >= stands_for;
        if !(self.due || is_old) {
            return None;
        }
        (self.due, self.read_at) = (false, now);
        Some(Request::Rollbacks)
    }

    /// The question about a rollback that is due: what nobody has asked for yet first, one at a time.
    pub fn question(&mut self, summaries: &[RollbackSummary], now: u64) -> Option<Request> {
        let waits = |known: &Known| {
            known.told_at.is_none_or(|told| told < known.asked_at) && now.saturating_sub(known.asked_at) < PATIENCE
        };
        if self.radii.values().any(waits) || self.lookup.as_ref().is_some_and(|lookup| lookup.told.is_none()) {
            return None;
        }
        let asked_at = |summary: &&RollbackSummary| self.radii.get(&summary.rollback.id).map(|known| known.asked_at);
        let is_due = |summary: &&RollbackSummary| {
            summary.is_undecided() && asked_at(summary).is_none_or(|at| now.saturating_sub(at) >= ASKED_AGAIN)
        };
        let summary = summaries.iter().filter(is_due).min_by_key(asked_at)?;
        let id = summary.rollback.id;
        self.radii.entry(id).or_default().asked_at = now;
        Some(Request::BlastRadius(summary.rollback.batch, RollbackSubject::Opened(id)))
    }

    /// Keeps what a rollback would do.
    pub fn keep(&mut self, subject: &RollbackSubject, told: Result<BlastRadius, SafeText>, now: u64) {
        let RollbackSubject::Opened(id) = subject else { return };
        let known = self.radii.entry(*id).or_default();
        (known.told, known.asked_at, known.told_at) = (Some(told), now, Some(now));
    }

    /// What a rollback would do, and when that was told, on the console's own clock; `None` while nobody was asked.
    pub fn radius_of(&self, rollback: RollbackId) -> Option<(Result<&BlastRadius, &SafeText>, u64)> {
        let known = self.radii.get(&rollback)?;
        Some((known.told.as_ref()?.as_ref(), known.told_at?))
    }

    /// The blast radius of a rollback, if it is the one that is opened.
    pub fn lookup_of(&self, rollback: RollbackId) -> Option<&BlastLookup> {
        self.lookup.as_ref().filter(|lookup| lookup.subject == RollbackSubject::Opened(rollback))
    }
}
