//! Losses: what went with a statement, and whether it was kept.

use super::inverse::Lost;
use crate::model::{Kept, KeptKind};
use crate::sql::ObjectName;

/// True if something was kept of that table. Names are compared as the server spelled them.
pub(super) fn is_of_table(kept: &Kept, table: &ObjectName) -> bool {
    let schema = match (&kept.schema, &table.schema) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    schema && kept.table == table.name
}

/// True if what was lost was kept.
pub(super) fn is_kept(kept: &[Kept], lost: &Lost) -> bool {
    kept.iter().any(|kept| match lost {
        Lost::Rows { table } => kept.kind != KeptKind::Columns && is_of_table(kept, table),
        Lost::Column { table, column } | Lost::Values { table, column } => {
            is_of_table(kept, table) && kept.columns.iter().any(|kept| kept.eq_ignore_ascii_case(column))
        }
    })
}

/// Words for what was lost and not kept.
pub(super) fn missing(lost: &Lost) -> String {
    match lost {
        Lost::Rows { table } => format!("the rows of {table} were not kept"),
        Lost::Column { table, column } => format!("the values of {table}.{column} were not kept"),
        Lost::Values { table, column } => format!("the values of {table}.{column} as they were were not kept"),
    }
}
