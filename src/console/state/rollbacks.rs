//! The rollbacks that are known, the one under the cursor, and who may decide about it.

use super::action::Action;
use super::app::App;
use crate::console::feed::RollbackSummary;
use crate::console::times;
use crate::model::{Millis, RollbackId, RollbackSubject, user_of};

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

/// The rollback under the cursor.
pub fn selected(app: &App) -> Option<RollbackSummary> {
    let mut all = all(app);
    let at = app.decisions.cursor(&all);
    (at < all.len()).then(|| all.swap_remove(at))
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
    let account = &app.data.account;
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
    if !account.may_decide {
        return Some(format!(
            "{} may not decide: it lacks EXECUTE on submit_decision, an approver's grant",
            account.name
        ));
    }
    let started_by = summary.started_by.as_deref().unwrap_or_default();
    if summary.four_eyes && user_of(started_by) == user_of(&account.name) {
        let batch = rollback.batch;
        return Some(format!("{started_by} started batch {batch}: another account has to decide (four eyes)"));
    }
    None
}
