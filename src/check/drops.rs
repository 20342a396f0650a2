//! Objects that go or lose their names: rows of tables, and what others still need.

use super::alteration::qualified;
use super::context::CheckContext;
use super::count::{Sized, size};
use super::definition::{Check, CheckFn};
use super::dependences::standing;
use super::earlier::Earlier;
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Warn};
use super::surroundings::{Program, Standing};
use crate::database::DbError;
use crate::sql::{AlterOperation, Dialect, ForeignKeyChecks, How, ObjectKind, ObjectName, Statement, StatementKind};
use crate::undo::{unquoted, words};

pub(super) const ROWS_DESTROYED: Check =
    Check::pre("rows_destroyed", [Warn, Block], CheckFn::Database(|c| Box::pin(rows_destroyed(c)))).told(
        "No table with rows is dropped or emptied, no partition, and no schema.",
        "the rows are kept for an undo until their window closes, and are gone for every application at once",
        "rename it first and see who misses it; drop it with a later file",
    );

pub(super) const STILL_NEEDED: Check = Check::pre(
    "still_needed",
    [Warn, Block],
    CheckFn::Database(|c| Box::pin(still_needed(c))),
)
.told(
    "Nothing is dropped, renamed or emptied that a view, a trigger, a routine, an event or a foreign key still needs.",
    "what reads it fails for every caller from then on, and no server says so when it happens",
    "change or drop what needs it in a statement before",
);

/// A file walked with what its statements before have changed.
fn walk<'a>(context: &CheckContext<'a>, mut visit: impl FnMut(&'a Statement, &Earlier)) {
    let file = context.file;
    let mut earlier = file.earlier.clone();
    for statement in file.statements() {
        if !statement.analysis.is_temporary() {
            visit(statement, &earlier);
        }
        earlier.advance(statement, &format!("statement {}", statement.index + 1), file.core);
    }
}

async fn rows_destroyed(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let mut asked: Vec<(&Statement, ObjectName)> = Vec::new();
    let mut violations = Vec::new();
    let core = context.file.core;
    walk(context, |statement, earlier| {
        let kind = statement.analysis.kind;
        let how = match kind {
            StatementKind::DropTable => How::Drops,
            StatementKind::Truncate => How::Writes,
            StatementKind::DropSchema => {
                let schema = statement.analysis.touches.first().map_or("", |touch| touch.object.name.as_str());
                let seen = format!("it drops the schema {schema} with all that stands in it");
                violations.push(Violation::at(statement, seen));
                return;
            }
            _ => {
                let taken = statement.analysis.operations.iter().find_map(takes_rows);
                violations.extend(taken.map(|what| Violation::at(statement, what)));
                return;
            }
        };
        for touch in statement.analysis.touches.iter().filter(|t| t.how == how && t.object.kind == ObjectKind::Table) {
            if earlier.changes(&touch.object, core).is_none() {
                asked.push((statement, touch.object.clone()));
            }
        }
    });
    let (count, dialect) = (asked.len() + violations.len(), context.file.dialect);
    for (statement, object) in asked {
        let table = qualified(&object, core);
        let rows = match size(context.data().await?, &table, dialect).await? {
            Sized::Known(size) => size.rows,
            Sized::Missing | Sized::Held => 0,
        };
        if rows > 0 {
            let verb = if statement.analysis.kind == StatementKind::Truncate { "empties" } else { "drops" };
            let about = if rows >= 1000 { "about " } else { "" };
            violations.push(Violation::at(statement, format!("it {verb} {object} with {about}{rows} rows")));
        }
    }
    violations.sort_by_key(|violation| violation.statement);
    Ok(CheckOutcome::of(count, "table", violations))
}

/// What an operation of an ALTER does with rows, where it takes them away.
fn takes_rows(operation: &AlterOperation) -> Option<&'static str> {
    match operation {
        AlterOperation::Partition { action } => match action.as_str() {
            "DROP" | "TRUNCATE" => Some("it drops or empties partitions with their rows"),
            "EXCHANGE" => Some("it exchanges the rows of a partition for those of another table"),
            "DISCARD" => Some("it throws the file of a partition away, with its rows"),
            _ => None,
        },
        AlterOperation::Upkeep { what } if what.starts_with("DISCARD") => {
            Some("it throws the table's file away, with its rows")
        }
        _ => None,
    }
}

async fn still_needed(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let core = context.file.core;
    let mut goes: Vec<(&Statement, ObjectName, Option<String>)> = Vec::new();
    let is_sqlite = context.file.dialect == Dialect::Sqlite;
    let is_legacy = |statement: &Statement| statement.sql.to_ascii_lowercase().contains("legacy_alter_table");
    let follows = is_sqlite && !context.file.statements().iter().any(is_legacy);
    walk(context, |statement, earlier| {
        for touch in statement.analysis.touches.iter().filter(|t| is_relation(&t.object) && in_core(&t.object, core)) {
            if earlier.makes(&touch.object, core) {
                continue;
            }
            let empties = statement.analysis.kind == StatementKind::Truncate && touch.how == How::Writes;
            let is_followed = follows && touch.how == How::RenamesFrom && !drops_renamed(context, statement);
            if matches!(touch.how, How::Drops | How::RenamesFrom) && !is_followed || empties {
                goes.push((statement, touch.object.clone(), None));
            }
            if touch.how == How::Alters {
                let operations = statement.analysis.operations.iter().filter(|op| !(is_sqlite && renames_column(op)));
                let columns = operations.filter_map(leaves);
                goes.extend(columns.map(|column| (statement, touch.object.clone(), Some(column))));
            }
        }
    });
    if goes.is_empty() {
        return Ok(CheckOutcome::idle());
    }
    let standing = standing(context).await?;
    let mut violations = Vec::new();
    for (statement, object, column) in &goes {
        let dialect = context.file.dialect;
        // Views and programs read by name; a foreign key is to the table, unless nobody looks at keys meanwhile.
        let is_back = drops(statement, object) && context.file.gives_again(object, statement);
        let unchecked = statement.foreign_key_checks == ForeignKeyChecks::Off;
        let empties = statement.analysis.kind == StatementKind::Truncate;
        let needs = match column {
            // The server refuses to empty a parent, and asks for nothing else.
            None if empties => children_of(&standing, &object.name),
            None => needing(&standing, &object.name, &dialect),
            Some(column) => reading(&standing, &object.name, column, dialect),
        };
        let programs = if empties { Vec::new() } else { running(&standing, &object.name, column.as_deref(), dialect) };
        let needs = needs.into_iter().map(|name| (name.clone(), name));
        let programs = programs.into_iter().map(|one| (one.name.clone(), format!("the {} {}", one.kind, one.name)));
        let needs = needs.chain(programs).filter(|(name, _)| !is_changed(context, name, statement));
        for (name, need) in needs.collect::<Vec<_>>() {
            let by_key = column.is_none() && refers(&standing, &name, &object.name);
            if is_back && (unchecked || !by_key) {
                continue;
            }
            let what = column.as_ref().map_or_else(|| object.to_string(), |column| format!("{object}.{column}"));
            let violation = Violation::at(statement, format!("{need} still needs {what}"));
            violations.push(if by_key && unchecked { violation.because(UNCHECKED) } else { violation });
        }
    }
    Ok(CheckOutcome::of(goes.len(), "object", violations))
}

const UNCHECKED: &str = "where foreign keys are not checked the server lets it go without a word: rows that refer to it point \
     nowhere, and no server looks for them afterwards";

/// True if a later statement of the file drops what this one renames: what SQLite has written its new name into goes with it.
fn drops_renamed(context: &CheckContext<'_>, renaming: &Statement) -> bool {
    let mut named = renaming.analysis.touches.iter().filter(|touch| touch.how == How::RenamesTo);
    let mut later = context.file.statements().iter().skip_while(|one| one.index <= renaming.index);
    named.any(|touch| later.any(|one| drops(one, &touch.object)))
}

/// SQLite writes a column's new name into all that names it.
fn renames_column(operation: &AlterOperation) -> bool {
    matches!(operation, AlterOperation::RenameColumn { .. })
}

fn drops(statement: &Statement, object: &ObjectName) -> bool {
    statement.analysis.touches.iter().any(|touch| touch.how == How::Drops && touch.object == *object)
}

/// True if a table has a foreign key to another.
fn refers(standing: &Standing, child: &str, parent: &str) -> bool {
    standing.relations.iter().any(|relation| {
        relation.object.kind == ObjectKind::Table
            && relation.object.name.eq_ignore_ascii_case(child)
            && relation.on.name.eq_ignore_ascii_case(parent)
    })
}

/// The column whose name an operation takes away.
fn leaves(operation: &AlterOperation) -> Option<String> {
    match operation {
        AlterOperation::DropColumn { name } => Some(name.clone()),
        AlterOperation::RenameColumn { from, to } | AlterOperation::ChangeColumn { from, to } => {
            (!from.eq_ignore_ascii_case(to)).then(|| from.clone())
        }
        _ => None,
    }
}

fn is_relation(object: &ObjectName) -> bool {
    matches!(object.kind, ObjectKind::Table | ObjectKind::View)
}

fn in_core(object: &ObjectName, core: &str) -> bool {
    object.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case(core))
}

/// Views and tables that stand on a relation. A renamed table takes its foreign keys along, so views alone are told there.
fn needing(standing: &Standing, name: &str, dialect: &Dialect) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for relation in standing.relations.iter().filter(|relation| relation.on.name.eq_ignore_ascii_case(name)) {
        if !relation.object.name.eq_ignore_ascii_case(name) {
            found.push(relation.object.name.clone());
        }
    }
    if *dialect == Dialect::Sqlite {
        let named = |text: &str| {
            words(text, *dialect).is_ok_and(|words| {
                words.iter().skip(3).any(|word| word.is_name() && unquoted(word.text).eq_ignore_ascii_case(name))
            })
        };
        found.extend(standing.views.iter().filter(|(_, text)| named(text)).map(|(view, _)| view.clone()));
    }
    found.sort();
    found.dedup();
    found
}

/// The tables whose foreign keys lead to one.
fn children_of(standing: &Standing, name: &str) -> Vec<String> {
    let on = standing.relations.iter().filter(|relation| relation.on.name.eq_ignore_ascii_case(name));
    let children = on.map(|relation| &relation.object).filter(|object| object.kind == ObjectKind::Table);
    let mut found: Vec<String> =
        children.filter(|object| !object.name.eq_ignore_ascii_case(name)).map(|object| object.name.clone()).collect();
    found.sort();
    found.dedup();
    found
}

/// Triggers, routines and events of a server whose text names a table, or a column of it: they are looked at when they run.
fn running(standing: &Standing, table: &str, column: Option<&str>, dialect: Dialect) -> Vec<Program> {
    let runs = |program: &&Program| {
        let Ok(words) = words(&program.text, dialect) else { return false };
        let names =
            |name: &str| words.iter().any(|word| word.is_name() && unquoted(word.text).eq_ignore_ascii_case(name));
        let is_on = program.on.as_deref().is_some_and(|on| on.eq_ignore_ascii_case(table));
        match column {
            // Its triggers go with a table, or stay on it.
            None => !is_on && names(table),
            Some(column) => (is_on || names(table)) && names(column),
        }
    };
    standing.programs.iter().filter(runs).cloned().collect()
}

/// Views that read a column of a table: the servers write it as `table`.`column`, or under an alias.
fn reading(standing: &Standing, table: &str, column: &str, dialect: Dialect) -> Vec<String> {
    let reads = |text: &str| {
        let Ok(words) = words(text, dialect) else { return false };
        let is = |at: usize, name: &str| {
            words.get(at).is_some_and(|word| word.is_name() && unquoted(word.text).eq_ignore_ascii_case(name))
        };
        let named = (0..words.len()).any(|at| is(at, table));
        let qualified = dialect == Dialect::Sqlite;
        named && (0..words.len()).any(|at| is(at, column) && (qualified || (at > 0 && words[at - 1].is_symbol("."))))
    };
    standing.views.iter().filter(|(_, text)| reads(text)).map(|(view, _)| view.clone()).collect()
}

/// True if the file itself drops or changes what needs the object: before, or with it, or behind.
fn is_changed(context: &CheckContext<'_>, name: &str, at: &Statement) -> bool {
    let changes = |statement: &Statement| {
        let touches = &statement.analysis.touches;
        touches.iter().any(|t| {
            t.object.name.eq_ignore_ascii_case(name) && matches!(t.how, How::Drops | How::Creates | How::Alters)
        })
    };
    let of_file = context
        .file
        .statements()
        .iter()
        .filter(|other| other.index != at.index || other.analysis.flags.multiple_objects);
    of_file.clone().any(changes)
        || context.file.earlier.changes(&ObjectName::new(ObjectKind::Table, name), context.file.core).is_some()
}
