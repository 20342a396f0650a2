//! Checks of a plan that approvers let pass, as the journal tells.

use super::{Reader, Result, events};
use crate::model::{Checksum, EventKind, Overridden};

/// A check of one file of a plan that is let pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOverride {
    pub check: String,
    pub path: String,
    pub word: Overridden,
}

impl Reader {
    /// What is let pass for a plan.
    ///
    /// # Errors
    /// The database's; an event that cannot be read.
    pub async fn plan_overrides(&mut self, plan: &Checksum) -> Result<Vec<PlanOverride>> {
        let mut found = Vec::new();
        if self.is_legacy() {
            return Ok(found);
        }
        let sql = self.store.sql(
            "SELECT batch_id, seq, at_ms, operator, payload FROM {orchestration.migration_events} \
             WHERE batch_id = 0 AND kind = 'plan_overridden' ORDER BY seq",
        )?;
        for row in &self.session.query_text(&sql).await? {
            let event = events::event(row, 0)?;
            if let EventKind::PlanOverridden { plan: of, check, path, reason, .. } = event.kind
                && of == *plan
            {
                let word = Overridden { by: event.operator.unwrap_or_default(), reason };
                found.push(PlanOverride { check, path, word });
            }
        }
        Ok(found)
    }
}
