//! Triggers, routines and events: what their bodies name has to be there when they run, which the server does not ask.

use super::touched::touched;
use crate::plan::schema::key::missing_column;
use crate::plan::schema::program::Program;
use crate::plan::schema::read;
use crate::plan::schema::state::Found;
use crate::plan::schema::table::Has;
use crate::plan::schema::walk::Walk;
use crate::sql::{self, How, ObjectKind, Statement, StatementKind as Kind};

/// One is made.
pub(super) fn create(walk: &mut Walk<'_>, statement: &Statement) {
    let (dialect, text) = (walk.dialect(), statement.plain());
    if statement.analysis.kind == Kind::CreateTrigger && dialect.is_mysql_family() {
        has_columns_of_its_row(walk, statement);
    }
    let is_program =
        |kind| matches!(kind, ObjectKind::Trigger | ObjectKind::Procedure | ObjectKind::Function | ObjectKind::Event);
    let Some(object) = touched(statement, How::Creates).find(|object| is_program(object.kind)).cloned() else { return };
    if walk.schema.own(&object).is_none() {
        return;
    }
    let (mut tables, mut columns) = (Vec::new(), Vec::new());
    for one in sql::body_statements(text, dialect).into_iter().filter(|one| !one.analysis.flags.partial) {
        // How aliases are compared is the server's affair.
        if one.analysis.kind == Kind::Delete && one.analysis.touches.len() > 1 {
            continue;
        }
        let named = one.analysis.touches.iter().filter(|touch| matches!(touch.how, How::Reads | How::Writes));
        let named = named.filter(|touch| matches!(touch.object.kind, ObjectKind::Table | ObjectKind::View));
        tables.extend(named.map(|touch| touch.object.clone()));
        columns.extend(read::inserted_columns(one.sql, dialect));
        columns.extend(read::updated_columns(one.sql, dialect));
    }
    let is_one = |row: &sql::ObjectName| ["new", "old"].iter().any(|name| row.name.eq_ignore_ascii_case(name));
    tables.retain(|table| !is_one(table));
    walk.programs.retain(|one| !one.is(&object));
    let at = walk.at;
    walk.programs.push(Program { object, at, tables, columns });
}

/// One is dropped.
pub(super) fn drop(walk: &mut Walk<'_>, statement: &Statement) {
    for object in touched(statement, How::Drops) {
        walk.programs.retain(|one| !one.is(object));
    }
}

/// The servers refuse a trigger that names a column of its row which its table has not.
fn has_columns_of_its_row(walk: &mut Walk<'_>, statement: &Statement) {
    let Some(table) = touched(statement, How::Alters).next().cloned() else { return };
    let Some(key) = walk.key(&table) else { return };
    for one in sql::row_columns(statement.plain(), walk.dialect()) {
        let Found::Table(found) = walk.schema.find(&key) else { return };
        if found.has_column(&one.column) == Has::No {
            missing_column(walk, &table.name, &one.column, &format!("it names, as {}.{},", one.row, one.column));
            return;
        }
    }
}
