//! SQLite looks a bare name up in every attached file: the session that runs the files has the orchestration schema
//! attached for its receipts, so a file could reach Caribou's own tables without naming their schema. It is refused.

use super::texts::Text;
use crate::database::ServerKind;
use crate::model::{Category, Failure};
use crate::sql::{How, ObjectKind, Statement};
use crate::store::Store;
use std::collections::HashSet;

/// The failure of a file that names a table of ours without its schema. Creating one is no harm: that is core's.
pub(super) fn breach(store: &Store, text: &Text) -> Option<Failure> {
    if store.database().kind() != ServerKind::Sqlite {
        return None;
    }
    let own: HashSet<String> = store.own_tables().into_iter().map(|name| name.to_lowercase()).collect();
    let down = text.down.as_ref().map_or(&[][..], |d| &d.statements);
    text.up.statements.iter().chain(down).find_map(|statement| of_statement(&own, statement))
}

fn of_statement(own: &HashSet<String>, statement: &Statement) -> Option<Failure> {
    let reached = statement.analysis.touches.iter().find(|touch| {
        let object = &touch.object;
        object.kind == ObjectKind::Table
            && object.schema.is_none()
            && touch.how != How::Creates
            && own.contains(&object.name.to_lowercase())
    })?;
    let name = &reached.object.name;
    let message = format!("{name} is also the name of a table of the orchestration schema, which SQLite would find");
    let failure = Failure::new(Category::Validation, message).at(statement.index, statement.line);
    Some(failure.hint(format!("write main.{name} where core's table is meant")))
}
