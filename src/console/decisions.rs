//! Screen 5's state: which rollback is looked at, what it would do, and what is asked about it.

use super::app::App;
use super::feed::Window;
use super::link::Request;
use super::safe_text::SafeText;
use crate::model::{BatchId, BlastRadius, Class, FileId, Millis, RollbackId, Verdict, user_of};

/// What a blast radius is looked up for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A rollback that waits for a decision.
    Rollback(RollbackId),
    /// One that is only thought of: these files, or the whole batch.
    Thought { files: Vec<FileId>, class: Class },
}

/// A blast radius that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub batch: BatchId,
    pub subject: Subject,
    /// `None` while it is being looked up.
    pub told: Option<Result<BlastRadius, SafeText>>,
    /// The dialog that opens with it.
    pub then: Option<Then>,
    /// First line shown.
    pub top: usize,
}

/// What an operator wants to do once the blast radius is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Approve,
    RollBack { now: bool },
}

/// Cursor and pane of the screen.
#[derive(Debug, Default)]
pub struct DecisionsView {
    /// The rollback under the cursor; the first while it is none of those there.
    pub selected: Option<RollbackId>,
    pub top: usize,
    pub look: Option<Look>,
    /// The list is to be read anew.
    pub due: bool,
    /// When it was read last, on the console's own clock.
    pub read_at: u64,
}

/// How long the list stands without being read again while it is on the screen. Milliseconds.
const STANDS_FOR: u64 = 30_000;

impl DecisionsView {
    /// The request for the list, when it is time.
    pub fn request(&mut self, is_shown: bool, now: u64) -> Option<Request> {
        let is_old = is_shown && now.saturating_sub(self.read_at) >= STANDS_FOR;
        if !(self.due || is_old) {
            return None;
        }
        (self.due, self.read_at) = (false, now);
        Some(Request::Windows)
    }

    /// The place of the cursor among the rollbacks shown.
    pub fn cursor(&self, windows: &[Window]) -> usize {
        windows.iter().position(|w| Some(w.rollback.id) == self.selected).unwrap_or(0)
    }

    /// The blast radius of a rollback, if it is the one that is opened.
    pub fn look_at(&self, rollback: RollbackId) -> Option<&Look> {
        self.look.as_ref().filter(|look| look.subject == Subject::Rollback(rollback))
    }
}

/// Every rollback that is known: those that wait for somebody by their deadline, those that run, then those that are over.
pub fn windows(app: &App) -> Vec<Window> {
    let shown = app.data.batch;
    let mut all: Vec<Window> = app.data.windows.iter().filter(|w| Some(w.rollback.batch) != shown).cloned().collect();
    if let Some(batch) = app.data.batch() {
        all.extend(batch.rollbacks.values().map(|r| Window::of(&app.data.world, batch, r)));
    }
    all.sort_by_key(|w| {
        let r = &w.rollback;
        let over = if r.is_open() { None } else { Some(std::cmp::Reverse(r.updated_at)) };
        (over.is_some(), !w.is_undecided(), r.decide_by.is_none(), r.decide_by, over, r.id)
    });
    all
}

/// The rollback under the cursor.
pub fn selected(app: &App) -> Option<Window> {
    let mut all = windows(app);
    let at = app.decisions.cursor(&all);
    (at < all.len()).then(|| all.swap_remove(at))
}

/// The next deadline of all.
pub fn next_deadline(app: &App) -> Option<(RollbackId, Millis)> {
    let undecided = windows(app).into_iter().filter(Window::is_undecided);
    undecided.filter_map(|w| w.rollback.decide_by.map(|by| (w.rollback.id, by))).min_by_key(|(_, by)| *by)
}

/// Why this account cannot decide about a rollback now, if so.
pub fn cannot_decide(app: &App, window: &Window) -> Option<String> {
    let rollback = &window.rollback;
    let account = &app.data.account;
    if let Some(closed) = rollback.closed {
        return Some(format!("rollback {} was closed: {closed}", rollback.id));
    }
    if !window.is_undecided() {
        return Some(format!("rollback {} is {}: there is nothing to decide", rollback.id, rollback.status));
    }
    if app.clock().is_some_and(|now| rollback.is_awaiting() && rollback.has_lapsed(now)) {
        let by = rollback.decide_by.map(super::times::stamp).unwrap_or_default();
        return Some(format!("rollback {} lapsed at {by}: it can no longer be decided", rollback.id));
    }
    if !account.may_decide {
        return Some(format!(
            "{} may not decide: it lacks EXECUTE on submit_decision, an approver's grant",
            account.name
        ));
    }
    let started_by = window.started_by.as_deref().unwrap_or_default();
    if window.four_eyes && user_of(started_by) == user_of(&account.name) {
        let batch = rollback.batch;
        return Some(format!("{started_by} started batch {batch}: another account has to decide (four eyes)"));
    }
    None
}

/// The command of the same decision.
pub fn command_line(verdict: Verdict, rollback: RollbackId) -> String {
    format!("caribou {verdict} {rollback} --reason '…'")
}
