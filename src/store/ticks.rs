//! Items of the checklist that people have ticked, as the journal tells.

use super::{Reader, Result, events};
use crate::model::{Checksum, EventKind, Millis};
use std::collections::BTreeMap;

/// Name of who ticked an item, and the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    pub by: String,
    pub at: Millis,
}

impl Reader {
    /// The items that are ticked for a plan.
    ///
    /// # Errors
    /// The database's; an event that cannot be read.
    pub async fn ticks(&mut self, plan: &Checksum) -> Result<BTreeMap<String, Tick>> {
        let mut ticked = BTreeMap::new();
        if self.is_legacy() {
            return Ok(ticked);
        }
        let sql = self.store.sql(
            "SELECT batch_id, seq, at_ms, operator, payload FROM {orchestration.migration_events} \
             WHERE batch_id = 0 AND kind = 'checklist_ticked' ORDER BY seq",
        )?;
        for row in &self.session.query_text(&sql).await? {
            let event = events::event(row, 0)?;
            match event.kind {
                EventKind::ChecklistTicked { item, plan: of, done: true } if of == *plan => {
                    ticked.insert(item, Tick { by: event.operator.unwrap_or_default(), at: event.at });
                }
                EventKind::ChecklistTicked { item, plan: of, done: false } if of == *plan => {
                    ticked.remove(&item);
                }
                _ => {}
            }
        }
        Ok(ticked)
    }
}
