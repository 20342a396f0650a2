//! Statements about rows: their tables have to be there, and the columns that they write.

use crate::plan::schema::key::missing_column;
use crate::plan::schema::names::comes_with_the_server;
use crate::plan::schema::read::{self, Named};
use crate::plan::schema::state::Found;
use crate::plan::schema::table::Has;
use crate::plan::schema::walk::Walk;
use crate::sql::{How, ObjectKind, ObjectName, Statement, StatementKind as Kind};

pub(super) fn apply(walk: &mut Walk<'_>, statement: &Statement) {
    needs_tables(walk, statement);
    let (dialect, sql) = (walk.dialect(), statement.plain());
    match statement.analysis.kind {
        Kind::Insert | Kind::Replace => needs_columns(walk, read::inserted_columns(sql, dialect), "it writes"),
        Kind::Upsert => {
            needs_columns(walk, read::inserted_columns(sql, dialect), "it writes");
            needs_columns(walk, read::upserted_columns(sql, dialect), "it sets");
        }
        Kind::Update => needs_columns(walk, read::updated_columns(sql, dialect), "it sets"),
        _ => {}
    }
}

/// The columns that a statement names have to be there.
fn needs_columns(walk: &mut Walk<'_>, named: Option<Named>, verb: &str) {
    let Some(Named { table, columns }) = named else { return };
    let Some(key) = walk.key(&table) else { return };
    let missing: Vec<String> = match walk.schema.find(&key) {
        Found::Table(found) => columns.into_iter().filter(|column| found.has_column(column) == Has::No).collect(),
        _ => return,
    };
    for column in missing {
        missing_column(walk, &table.name, &column, verb);
        // Said once.
        if let Some(table) = walk.schema.table_mut(&key) {
            table.assume_column(column);
        }
    }
}

/// The tables that a statement names have to be there.
pub(super) fn needs_tables(walk: &mut Walk<'_>, statement: &Statement) {
    // How aliases are compared is the server's affair where names are folded.
    let has_targets = statement.analysis.kind == Kind::Delete && statement.analysis.touches.len() > 1;
    if statement.analysis.flags.partial || (has_targets && walk.known.fold_tables) {
        return;
    }
    for touch in &statement.analysis.touches {
        let verb = match touch.how {
            How::Reads => "reads",
            How::Writes => "writes",
            How::Alters => "makes a trigger on",
            _ => continue,
        };
        if matches!(touch.object.kind, ObjectKind::Table | ObjectKind::View) {
            needs(walk, &touch.object, verb);
        }
    }
    if statement.analysis.kind == Kind::Truncate {
        truncates_no_parent(walk, statement);
    }
}

/// A table or view has to be there.
pub(super) fn needs(walk: &mut Walk<'_>, object: &ObjectName, verb: &str) {
    if comes_with_the_server(&object.name, walk.dialect()) {
        return;
    }
    let Some(key) = walk.key(object) else { return };
    if let Found::Nothing(gone) = walk.find(&key) {
        walk.missing_table(verb, object, gone);
    }
}

fn truncates_no_parent(walk: &mut Walk<'_>, statement: &Statement) {
    if !walk.checks_keys() {
        return;
    }
    for table in super::touched::touched(statement, How::Writes) {
        let Some(key) = walk.key(table) else { continue };
        let child = walk.schema.children(&key).first().map(|(name, _)| (*name).to_owned());
        if let Some(child) = child {
            let message = format!("it empties {table}, to which a foreign key of {child} refers");
            let why = "the server truncates no table to which another refers";
            walk.fails("referenced", message, why, "DELETE its rows, or drop the foreign key first");
        }
    }
}
