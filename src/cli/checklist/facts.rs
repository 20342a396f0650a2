//! Findings that the items are judged by, as the journal tells them.

use super::items::Facts;
use crate::model::{AlertStatus, Batch, BatchId, Freeze, Millis, SystemStatus, hook_alert_title};
use crate::store::{Reader, Result};

/// Adds what is of no batch: the worker, hooks that fail, the freeze.
///
/// # Errors
/// The database's.
pub(crate) async fn of_journal(reader: &mut Reader, facts: &mut Facts) -> Result<()> {
    facts.worker = reader.lease().await?.filter(|lease| lease.is_held()).map(|lease| lease.holder);
    let alerts = reader.alerts(Some(BatchId::SYSTEM)).await?;
    let is_open = |title: &str| alerts.iter().any(|a| a.title == title && a.status != AlertStatus::Resolved);
    facts.broken_hooks = facts.hooks.iter().map(|hook| hook_alert_title(hook)).filter(|title| is_open(title)).collect();
    let state = reader.system_state().await?;
    facts.frozen = state.is_some_and(|state| matches!(state.status, SystemStatus::Frozen | SystemStatus::Thawing));
    Ok(())
}

/// Adds what is of a batch.
///
/// # Errors
/// The database's.
pub(crate) async fn of_batch(reader: &mut Reader, batch: &Batch, facts: &mut Facts) -> Result<()> {
    facts.open = !batch.status.is_final();
    facts.status = Some(batch.status).filter(|status| status.is_final());
    if let Some(ran) = batch.started_at.zip(batch.completed_at).filter(|_| facts.status.is_some()) {
        facts.was_frozen = was_frozen(reader.last_freeze().await?.as_ref(), batch.id, ran);
    }
    facts.validations = batch.validations;
    facts.irreversible = batch.files.values().map(|file| file.coverage.none).sum();
    let rehearsed = reader.settings().await?.rehearsed();
    facts.rehearsed = rehearsed.filter(|r| r.plan == batch.plan.0).map(|r| r.passed);
    Ok(())
}

/// Whether the last freeze stood while a batch ran; `None` where one before it may have.
fn was_frozen(last: Option<&Freeze>, batch: BatchId, (began, ended): (Millis, Millis)) -> Option<bool> {
    let Some(freeze) = last else { return Some(false) };
    match () {
        () if freeze.batch == Some(batch) => Some(true),
        () if freeze.since > ended => None,
        () => Some(freeze.stands() || freeze.updated >= began),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FreezeMeans, SystemStateId, Token};

    fn freeze(since: i64, updated: i64, status: SystemStatus) -> Freeze {
        Freeze {
            state: SystemStateId(1),
            status,
            means: FreezeMeans::Advisory,
            reason: String::new(),
            by: None,
            batch: None,
            token: Token(1),
            holder: String::new(),
            since: Millis(since),
            proof: None,
            reach: Vec::new(),
            ended: None,
            updated: Millis(updated),
        }
    }

    #[test]
    fn a_freeze_is_told_of_a_batch_that_it_covered() {
        let told = |freeze: Option<&Freeze>| was_frozen(freeze, BatchId(4), (Millis(1_000), Millis(2_000)));
        let (thawed, frozen) = (SystemStatus::Normal, SystemStatus::Frozen);
        assert_eq!(told(None), Some(false));
        assert_eq!(told(Some(&freeze(500, 700, thawed))), Some(false));
        assert_eq!(told(Some(&freeze(500, 1_500, thawed))), Some(true));
        assert_eq!(told(Some(&freeze(500, 700, frozen))), Some(true));
        assert_eq!(told(Some(&freeze(3_000, 3_500, thawed))), None, "one before it may have");
        let asked = Freeze { batch: Some(BatchId(4)), ..freeze(3_000, 3_000, thawed) };
        assert_eq!(told(Some(&asked)), Some(true));
    }
}
