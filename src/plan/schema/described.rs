//! What a document describes: whether that will be there when its turn comes.

use super::state::Found;
use super::table::Has;
use super::walk::Walk;
use crate::plan::Described;
use crate::sql::{ObjectKind, ObjectName};

/// Looks for it where the document's turn comes.
pub(super) fn apply(walk: &mut Walk<'_>, described: &Described) {
    let object = ObjectName::new(ObjectKind::Table, described.table.as_str());
    let Some(key) = walk.key(&object) else { return };
    let table = &described.table;
    let message = match (walk.find(&key), &described.column) {
        (Found::Nothing(_), _) => format!("it describes {table}, which will not be there"),
        (Found::Table(found), Some(column)) if found.has_column(column) == Has::No => {
            format!("it describes {table}.{column}, and {table} will have no such column")
        }
        _ => return,
    };
    let why = "a document describes what exists, before and after it is stamped";
    walk.fails("describes_missing", message, why, "correct the name, or take it out");
}
