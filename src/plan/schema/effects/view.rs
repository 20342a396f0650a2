//! Views and sequences: the names that they take, and what a view reads.

use super::rows;
use super::touched::touched;
use crate::plan::schema::key::long_name;
use crate::plan::schema::known;
use crate::plan::schema::state::{Entry, Found};
use crate::plan::schema::walk::Walk;
use crate::sql::{How, Statement, StatementKind as Kind};

pub(super) fn apply(walk: &mut Walk<'_>, statement: &Statement) {
    let alters = statement.analysis.kind == Kind::AlterView;
    let how = if alters { How::Alters } else { How::Creates };
    let Some(view) = touched(statement, how).next() else { return };
    let flags = statement.analysis.flags;
    // SQLite looks at what a view reads when somebody reads it.
    if walk.dialect().is_mysql_family() && !flags.partial {
        touched(statement, How::Reads).for_each(|read| rows::needs(walk, read, "reads"));
    }
    let Some(key) = walk.key(view) else { return };
    if walk.schema.names.is_too_long(&view.name) {
        long_name(walk, &view.name);
    }
    let problem = match walk.find(&key) {
        Found::View(_) if flags.if_not_exists => return,
        Found::View(_) if alters || flags.or_replace => None,
        Found::Table(_) | Found::Other if flags.if_not_exists => return,
        Found::Table(_) | Found::Other if alters || flags.or_replace => Some("not_a_view"),
        Found::Table(_) | Found::View(_) | Found::Other => Some("exists_already"),
        Found::Nothing(gone) if alters => return walk.missing_table("alters", view, gone),
        Found::Nothing(_) => None,
        Found::Untold | Found::Unknown(_) => None,
    };
    match problem {
        Some("not_a_view") => {
            let message = format!("it makes {view} anew, which is a table");
            walk.fails("not_a_view", message, "the server replaces views by views only", "use another name");
        }
        Some(check) => {
            let message = format!("it creates the view {view}, but a table or view of that name is there");
            walk.fails(
                check,
                message,
                "the server will say that it is there already",
                "drop it first, or say OR REPLACE",
            );
        }
        None => {}
    }
    let mut made = known::view(statement.plain(), walk.dialect());
    made.by = Some(walk.at);
    made.reads = made.reads.into_iter().map(|read| walk.placed(read)).collect();
    walk.put(key, Entry::View(Box::new(made)));
}

pub(super) fn create_sequence(walk: &mut Walk<'_>, statement: &Statement) {
    let Some(sequence) = touched(statement, How::Creates).next() else { return };
    if let Some(key) = walk.key(sequence) {
        walk.put(key, Entry::Other);
    }
}
