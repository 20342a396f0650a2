//! The right to decide: whether this account has it, and may use it on a batch.

use super::app::App;
use crate::model::{BatchId, may_be_one};

/// Reason why this account decides nothing about a batch, if so: it lacks the right, or it started the batch.
pub fn may_not_decide(app: &App, batch: BatchId, started_by: Option<&str>, four_eyes: bool) -> Option<String> {
    let account = &app.data.account;
    if !account.may_decide {
        return Some(format!(
            "{} may not decide: it lacks EXECUTE on submit_decision, an approver's grant",
            account.name
        ));
    }
    let started_by = started_by.unwrap_or_default();
    if four_eyes && may_be_one(started_by, &account.name) {
        return Some(format!("{started_by} started batch {batch}: another account has to decide (four eyes)"));
    }
    None
}
