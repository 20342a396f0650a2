//! Ticks of the checklist: what only a person can know.

use crate::model::{Checksum, EventKind};

/// The longest name of an item, in characters.
const LONGEST: usize = 100;

/// A person ticks an item for a plan, or takes that back.
pub(super) fn tick(item: &str, plan: &Checksum, done: bool) -> Result<Vec<EventKind>, String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if item.is_empty() || item.len() > LONGEST || !item.chars().all(is_name) {
        return Err("an item has a name of letters, digits and underscores".to_owned());
    }
    if !plan.is_sha256() {
        return Err("a tick is for a plan, and names its checksum".to_owned());
    }
    Ok(vec![EventKind::ChecklistTicked { item: item.to_owned(), plan: plan.clone(), done }])
}
