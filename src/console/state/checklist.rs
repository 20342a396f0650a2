//! Screen 8's rows: the items of the checklist, and whether one can be ticked.

use super::app::App;
use super::views::{RowKey, RowKind};
use crate::console::lists::{Checklist, ChecklistItem, ChecklistPhase};

/// The phases in their order, with their titles.
pub const PHASES: [(ChecklistPhase, &str); 3] =
    [(ChecklistPhase::Before, "Before"), (ChecklistPhase::During, "While it runs"), (ChecklistPhase::After, "After")];

/// The checklist as it was told.
pub fn told(app: &App) -> Option<&Checklist> {
    app.lists.checklist.told.as_ref()
}

/// The items that pass the filter, each with its place in the checklist; of one phase where only one has room.
pub fn shown(app: &App, phase: Option<ChecklistPhase>) -> Vec<(usize, &ChecklistItem)> {
    let filter = &app.checklist.filter;
    let items = told(app).into_iter().flat_map(|list| list.items.iter().enumerate());
    let is_shown = |item: &ChecklistItem| filter.is_empty() || filter.passes(&searchable(item));
    items.filter(|(_, item)| phase.is_none_or(|phase| item.phase == phase) && is_shown(item)).collect()
}

/// True if an item is asked for later; one that is asked for neither now nor later is over.
pub fn is_to_come(item: &ChecklistItem) -> bool {
    item.done.is_none() && item.evidence == "not now"
}

fn searchable(item: &ChecklistItem) -> String {
    let status = match item.done {
        Some(true) => "done",
        Some(false) => "open",
        None if is_to_come(item) => "later",
        None => "over",
    };
    format!("{} {} {} status:{status}", item.title, item.key, item.evidence)
}

/// Key of a row.
pub fn key(place: usize) -> RowKey {
    RowKey(RowKind::Single, i64::try_from(place).unwrap_or(i64::MAX))
}

/// The item under the cursor.
pub fn selected(app: &App) -> Option<&ChecklistItem> {
    let place = app.checklist.selected()?.1;
    told(app)?.items.get(usize::try_from(place).ok()?)
}

/// The item of a key.
pub fn named<'a>(app: &'a App, key: &str) -> Option<&'a ChecklistItem> {
    told(app)?.items.iter().find(|item| item.key == key)
}

/// Reason why an item cannot be ticked, if so.
pub fn cannot_tick(item: &ChecklistItem) -> Option<String> {
    if !item.is_of_person {
        return Some(format!("{} is judged by what is found, and nobody ticks it", item.key));
    }
    is_to_come(item).then(|| format!("{} is not asked for before the batch has ended", item.key))
}

/// Number of items that are done, and of those that there are.
pub fn counts<'a>(items: impl Iterator<Item = &'a ChecklistItem>) -> (usize, usize) {
    items.fold((0, 0), |(done, all), item| (done + usize::from(item.done == Some(true)), all + 1))
}
