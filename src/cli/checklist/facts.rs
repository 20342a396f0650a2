//! Findings that the items are judged by, as the journal tells them.

use super::items::Facts;
use crate::model::{AlertStatus, Batch, BatchId, SystemStatus, hook_alert_title};
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
    facts.validations = batch.validations;
    facts.irreversible = batch.files.values().map(|file| file.coverage.none).sum();
    let rehearsed = reader.settings().await?.rehearsed();
    facts.rehearsed = rehearsed.filter(|r| r.plan == batch.plan.0).map(|r| r.passed);
    Ok(())
}
