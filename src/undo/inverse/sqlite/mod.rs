//! The inverse of a statement of SQLite.
//!
//! A table's definition has a line for the table, and one for each of its indexes and triggers, which go with it.

mod rebuild;
pub(in crate::undo) mod table;

use super::types::{Change, Inverse, Lost, NoInverse};
use crate::sql::{AlterOperation, Analysis, How, ObjectKind, ObjectName, StatementKind, quote_identifier, quote_name};
use table::{DIALECT, Lines, statement_from};

/// Derives the inverse.
pub(crate) fn inverse(analysis: &Analysis, changes: &[Change<'_>]) -> Result<Inverse, NoInverse> {
    use StatementKind::*;
    match analysis.kind {
        AlterTable => altered(analysis, changes),
        CreateTable | CreateIndex | CreateView | CreateTrigger => made(analysis, changes),
        DropTable | DropIndex | DropView | DropTrigger => gone(analysis, changes),
        _ => Err(NoInverse::because(format!("SQLite has no inverse for {}", analysis.kind))),
    }
}

/// The columns of a table that are stored, by its definition; `None` where that is none of a plain table.
pub fn stored_columns(definition: &str) -> Option<Vec<String>> {
    let is_table = definition.get(..12).is_some_and(|head| head.eq_ignore_ascii_case("CREATE TABLE"));
    let table = table::Lines::parse(definition).ok().filter(|_| is_table)?.table;
    Some(table.columns.into_iter().filter(|column| !column.generated).map(|column| column.name).collect())
}

/// True if a column of a table, given by its text, holds values that go with it: it is not computed from others.
pub fn holds_values(table: &str, column: &str) -> bool {
    Lines::parse(table)
        .ok()
        .and_then(|lines| lines.table.column(column).cloned())
        .is_none_or(|column| !column.generated)
}

fn main_changes<'a>(
    analysis: &'a Analysis,
    changes: &'a [Change<'a>],
    how: How,
) -> impl Iterator<Item = Result<Change<'a>, NoInverse>> {
    let touches = analysis.touches.iter().filter(move |touch| touch.how == how);
    touches.map(|touch| {
        let change = changes.iter().find(|change| *change.object == touch.object);
        change.copied().ok_or_else(|| NoInverse::because(format!("no definition of {} was taken", touch.object)))
    })
}

fn made(analysis: &Analysis, changes: &[Change<'_>]) -> Result<Inverse, NoInverse> {
    let mut inverse = Inverse::default();
    for change in main_changes(analysis, changes, How::Creates) {
        let change = change?;
        match (change.before, change.after) {
            (None, Some(_)) => inverse.statements.push(drop(change.object)?),
            (before, after) if before == after && before.is_some() => {}
            _ => return Err(NoInverse::because(format!("no definition of {} is there", change.object))),
        }
    }
    Ok(inverse)
}

fn gone(analysis: &Analysis, changes: &[Change<'_>]) -> Result<Inverse, NoInverse> {
    let mut inverse = Inverse::default();
    let dropped = analysis.touches.iter().filter(|touch| touch.how == How::Drops);
    // Whoever leaves one out has put it aside, and brings it back.
    for change in dropped.filter_map(|touch| changes.iter().find(|change| *change.object == touch.object)) {
        let (before, None) = (change.before, change.after) else {
            return Err(NoInverse::because(format!("{} is still there", change.object)));
        };
        let Some(before) = before else { continue };
        for line in Lines::parse(before)?.all() {
            inverse.statements.push(statement_from(line, change.object)?);
        }
        if change.object.kind == ObjectKind::Table {
            inverse.lost.push(Lost::Rows { table: change.object.clone() });
        }
    }
    Ok(inverse)
}

/// Objects made where there are none. What a view or a trigger names is looked up when it is used.
pub(crate) fn from_definitions(objects: &[(&ObjectName, &str)]) -> Result<Vec<String>, NoInverse> {
    let mut statements = Vec::new();
    for (object, text) in objects {
        for line in Lines::parse(text)?.all() {
            statements.push(statement_from(line, object)?);
        }
    }
    // Triggers last: those on views need them.
    statements.sort_by_key(|sql| sql.starts_with("CREATE TRIGGER"));
    Ok(statements)
}

fn drop(object: &ObjectName) -> Result<String, NoInverse> {
    Ok(format!("DROP {} {}", object.kind.as_str().to_uppercase(), quote_name(object, DIALECT)?))
}

/// SQLite takes one operation in an `ALTER TABLE`.
fn altered(analysis: &Analysis, changes: &[Change<'_>]) -> Result<Inverse, NoInverse> {
    let [operation] = &analysis.operations[..] else {
        return Err(NoInverse::because("not one operation on the table"));
    };
    if let AlterOperation::RenameTo { .. } = operation {
        return renamed(analysis, changes);
    }
    let change = main_changes(analysis, changes, How::Alters).next();
    let change = change.ok_or_else(|| NoInverse::because("no table is altered"))??;
    let (object, Some(before), Some(after)) = (change.object, change.before, change.after) else {
        return Err(NoInverse::because(format!("{} came or went", change.object)));
    };
    let table = quote_name(object, DIALECT)?;
    let mut inverse = Inverse::default();
    let (was, is) = (Lines::parse(before)?, Lines::parse(after)?);
    match operation {
        AlterOperation::RenameColumn { from, to } => {
            let (from, to) = (quote_identifier(from, DIALECT)?, quote_identifier(to, DIALECT)?);
            inverse.statements.push(format!("ALTER TABLE {table} RENAME COLUMN {to} TO {from}"));
        }
        AlterOperation::AddColumn { name } => match was.table.clone().with(&is.table, name) {
            Some(added) if !added.refers() => {
                inverse
                    .statements
                    .push(format!("ALTER TABLE {table} DROP COLUMN {}", quote_identifier(name, DIALECT)?));
            }
            _ => inverse.statements.extend(rebuild::statements(object, &was, &is.table)?),
        },
        AlterOperation::DropColumn { name } => {
            let column = was.table.column(name);
            let column = column.ok_or_else(|| NoInverse::because(format!("{object} had no column {name}")))?;
            inverse.statements.extend(match was.table.last_is_simple(name) {
                Some(definition) => vec![format!("ALTER TABLE {table} ADD COLUMN {definition}")],
                None => rebuild::statements(object, &was, &is.table)?,
            });
            if !column.generated {
                inverse.lost.push(Lost::Column { table: object.clone(), column: column.name.clone() });
            }
        }
        _ => return Err(NoInverse::because("an operation that SQLite does not have")),
    }
    Ok(inverse)
}

/// The server rewrites all that speaks of the table, and does so again on the way back.
fn renamed(analysis: &Analysis, changes: &[Change<'_>]) -> Result<Inverse, NoInverse> {
    let from = main_changes(analysis, changes, How::RenamesFrom).next().transpose()?;
    let to = main_changes(analysis, changes, How::RenamesTo).next().transpose()?;
    let (Some(from), Some(to)) = (from, to) else { return Err(NoInverse::because("a rename without its names")) };
    if from.before.is_none() || to.after.is_none() {
        return Err(NoInverse::because(format!(
            "{} was not seen before, or {} not afterwards",
            from.object, to.object
        )));
    }
    let (now, was) = (quote_name(to.object, DIALECT)?, quote_identifier(&from.object.name, DIALECT)?);
    Ok(Inverse { statements: vec![format!("ALTER TABLE {now} RENAME TO {was}")], ..Inverse::default() })
}
