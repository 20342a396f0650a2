//! Tables that a statement names and the plan changes before it, as they will stand then.

use super::state::Found;
use super::walk::Walk;
use crate::model::{FutureColumn, FutureTable, FutureTables};
use crate::sql::{How, ObjectKind, Statement};

/// Those of a statement whose turn has come. SQLite is asked otherwise.
pub(super) fn tables(walk: &Walk<'_>, statement: &Statement) -> FutureTables {
    let mut known = Vec::new();
    let touches = statement.analysis.touches.iter().filter(|touch| matches!(touch.how, How::Reads | How::Writes));
    for touch in touches.filter(|touch| matches!(touch.object.kind, ObjectKind::Table | ObjectKind::View)) {
        let Some(key) = walk.key(&touch.object) else {
            // One of another schema stands as it is; one that a temporary table hides does not.
            match walk.schema.own(&touch.object) {
                Some(_) => return FutureTables::Unknown,
                None => continue,
            }
        };
        let is_known = |table: &FutureTable| table.name == touch.object.name;
        if !walk.is_altered(&key) || known.iter().any(is_known) {
            continue;
        }
        let table = match walk.schema.find(&key) {
            Found::Table(table) => table,
            // That it will not be there, or that something before it fails, is told already.
            Found::Nothing(_) | Found::Unknown(None) => return FutureTables::NotCompared,
            _ => return FutureTables::Unknown,
        };
        if table.more_columns || table.columns.is_empty() || walk.is_veiled(&key) {
            return FutureTables::Unknown;
        }
        let column = |column: &super::table::Column| FutureColumn { name: column.name.clone(), hidden: column.hidden };
        let columns = table.columns.iter().map(column).collect();
        known.push(FutureTable { name: touch.object.name.clone(), columns });
    }
    FutureTables::Known(known)
}
