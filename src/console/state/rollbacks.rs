//! The rollbacks that are known, the one under the cursor, and who may decide about it.

use super::action::{Action, Screen};
use super::app::App;
use super::approver;
use super::dialog::Purpose;
use crate::console::feed::RollbackSummary;
use crate::console::lists::{DecidedRollback, PastRollback};
use crate::console::times;
use crate::model::{Millis, Rollback, RollbackId, RollbackSubject};

/// Every rollback that is known: those that wait for somebody by their deadline, those that run, then those that are over.
pub fn all(app: &App) -> Vec<RollbackSummary> {
    let shown = app.data.batch;
    let mut all: Vec<RollbackSummary> =
        app.data.rollbacks.iter().filter(|w| Some(w.rollback.batch) != shown).cloned().collect();
    if let Some(batch) = app.data.batch() {
        all.extend(batch.rollbacks.values().map(|r| RollbackSummary::from_rollback(&app.data.world, batch, r)));
    }
    all.sort_by_key(|w| {
        let r = &w.rollback;
        let over = if r.is_open() { None } else { Some(std::cmp::Reverse(r.updated_at)) };
        (over.is_some(), !w.is_undecided(), r.decide_by.is_none(), r.decide_by, over, r.id)
    });
    all
}

/// The rollbacks that wait for somebody or run, and the last ones of those that are over.
#[derive(Debug, Default)]
pub struct Rollbacks {
    /// By their deadline.
    pub open: Vec<RollbackSummary>,
    /// The newest first.
    pub over: Vec<DecidedRollback>,
}

/// The rollback under the cursor.
#[derive(Debug, Clone, Copy)]
pub enum UnderCursor<'a> {
    Open(&'a RollbackSummary),
    Over(&'a DecidedRollback),
}

impl Rollbacks {
    /// All that are known. Of the batch on the screen its journal tells them, of others a list.
    pub fn known(app: &App) -> Rollbacks {
        let (open, over): (Vec<_>, Vec<_>) = all(app).into_iter().partition(|w| w.rollback.is_open());
        let mut over: Vec<DecidedRollback> = over.into_iter().map(decided).collect();
        for told in app.lists.decided.told.iter().flatten() {
            match over.iter_mut().find(|known| known.rollback.id == told.rollback.id) {
                Some(known) => known.said.clone_from(&told.said),
                None if open.iter().any(|w| w.rollback.id == told.rollback.id) => {}
                None => over.push(told.clone()),
            }
        }
        over.sort_by_key(|decided| std::cmp::Reverse((decided.rollback.at, decided.rollback.id)));
        Rollbacks { open, over }
    }

    fn ids(&self) -> impl Iterator<Item = RollbackId> {
        let over = self.over.iter().map(|decided| decided.rollback.id);
        self.open.iter().map(|w| w.rollback.id).chain(over)
    }

    /// Number of rows: those of both lists, one after the other.
    pub fn len(&self) -> usize {
        self.open.len() + self.over.len()
    }

    /// The row of the cursor: the first while it is on none of those there.
    pub fn cursor(&self, app: &App) -> usize {
        self.ids().position(|id| Some(id) == app.decisions.selected).unwrap_or(0)
    }

    /// The rollback of a row.
    pub fn id_at(&self, row: usize) -> Option<RollbackId> {
        self.ids().nth(row)
    }

    /// The rollback under the cursor.
    pub fn under_cursor(&self, app: &App) -> Option<UnderCursor<'_>> {
        let row = self.cursor(app);
        let open = self.open.get(row).map(UnderCursor::Open);
        open.or_else(|| self.over.get(row.checked_sub(self.open.len())?).map(UnderCursor::Over))
    }
}

/// A rollback of the batch on the screen that is over.
fn decided(summary: RollbackSummary) -> DecidedRollback {
    let Rollback { id, batch, class, reason, status, closed, decided_by, ms, updated_at, .. } = summary.rollback;
    let rollback = PastRollback { id, class, reason, status, closed, decided_by, ms, at: updated_at };
    DecidedRollback { batch, rollback, said: None }
}

/// True if any rollback is known.
pub fn any(app: &App) -> bool {
    Rollbacks::known(app).len() > 0
}

/// The rollback under the cursor, where it is not over.
pub fn selected(app: &App) -> Option<RollbackSummary> {
    match Rollbacks::known(app).under_cursor(app)? {
        UnderCursor::Open(summary) => Some(summary.clone()),
        UnderCursor::Over(_) => None,
    }
}

/// Reason why there is nothing under the cursor to decide about.
pub fn nothing_to_decide(app: &App) -> String {
    match Rollbacks::known(app).under_cursor(app) {
        Some(UnderCursor::Over(DecidedRollback { rollback, .. })) => match rollback.closed {
            Some(closed) => format!("rollback {} was closed: {closed}", rollback.id),
            None => format!("rollback {} is {}: there is nothing to decide", rollback.id, rollback.status),
        },
        _ => "nothing waits for a decision".to_owned(),
    }
}

/// The rollback that this console has open: looked at closely, or in a dialog about it.
pub fn opened(app: &App) -> Option<RollbackId> {
    let asked = app.dialog.as_ref().and_then(|dialog| match &dialog.purpose {
        Purpose::Decision(request) => Some(request.rollback),
        _ => None,
    });
    let looked_at = app.decisions.lookup.as_ref().filter(|_| app.screen == Screen::Decisions);
    let opened = looked_at.and_then(|lookup| match lookup.subject {
        RollbackSubject::Opened(id) => Some(id),
        RollbackSubject::Proposed { .. } => None,
    });
    asked.or(opened)
}

/// The accounts of the other consoles that have a rollback open.
pub fn opened_by_others(app: &App, rollback: RollbackId) -> Vec<&str> {
    let others = app.data.watchers.iter().filter(|watcher| watcher.rollback == Some(rollback));
    others.map(|watcher| watcher.account.as_str()).collect()
}

/// The next deadline of all.
pub fn next_deadline(app: &App) -> Option<(RollbackId, Millis)> {
    let undecided = all(app).into_iter().filter(RollbackSummary::is_undecided);
    undecided.filter_map(|w| w.rollback.decide_by.map(|by| (w.rollback.id, by))).min_by_key(|(_, by)| *by)
}

/// Reason why a key that decides would be refused, if so: an approval also by what is known of what it would do.
pub fn cannot_rule(app: &App, summary: &RollbackSummary, action: Action) -> Option<String> {
    let subject = RollbackSubject::Opened(summary.rollback.id);
    let known = app.decisions.lookup.as_ref().filter(|l| l.subject == subject).and_then(|l| l.told.as_ref());
    let refused = match known {
        Some(Ok(radius)) if action == Action::Approve => radius.refused.clone(),
        _ => None,
    };
    cannot_decide(app, summary).or(refused)
}

/// Reason why this account cannot decide about a rollback now, if so.
pub fn cannot_decide(app: &App, summary: &RollbackSummary) -> Option<String> {
    let rollback = &summary.rollback;
    if let Some(closed) = rollback.closed {
        return Some(format!("rollback {} was closed: {closed}", rollback.id));
    }
    if !summary.is_undecided() {
        return Some(format!("rollback {} is {}: there is nothing to decide", rollback.id, rollback.status));
    }
    if app.clock().is_some_and(|now| rollback.is_awaiting() && rollback.has_lapsed(now)) {
        let by = rollback.decide_by.map(times::stamp).unwrap_or_default();
        return Some(format!("rollback {} lapsed at {by}: it can no longer be decided", rollback.id));
    }
    approver::may_not_decide(app, rollback.batch, summary.started_by.as_deref(), summary.four_eyes)
}
