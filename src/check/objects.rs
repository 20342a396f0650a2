//! Objects that a file expects to be there, and those that it leaves there.

use super::context::{CheckContext, CheckedFile};
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::Block;
use crate::database::DbError;
use crate::sql::{Dialect, How, ObjectKind, ObjectName, Statement, StatementKind};
use std::collections::HashMap;

pub(super) const OBJECTS_EXIST: Check =
    Check::pre("objects_exist", [Block, Block], CheckFn::Database(|context| Box::pin(exist(context)))).told(
        "The tables and views that the file alters, renames or drops are there, and those it creates are not.",
        "the statement would fail with others before it done already",
        "create it first, or correct the name; drop it first, or say IF NOT EXISTS",
    );

pub(super) const OBJECTS_AS_STATED: Check =
    Check::post("objects_as_stated", [Block, Block], CheckFn::Database(|context| Box::pin(as_stated(context)))).told(
        "The tables and views that the file created are there, and those it dropped are gone.",
        "somebody else changed the schema meanwhile, or a statement did not do what it says",
        "",
    );

/// An object under one name for the whole file: whether case matters is the server's affair, so here it does not.
type Key = (Option<String>, String);

/// The first thing that a file does to an object, where that shows whether the object should be there.
struct Expected<'a> {
    object: ObjectName,
    there: bool,
    statement: &'a Statement,
    verb: &'static str,
}

async fn exist(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let expected = expected(context.file);
    let objects: Vec<ObjectName> = expected.iter().map(|expected| expected.object.clone()).collect();
    let outcome = CheckOutcome::counted(objects.len(), "object");
    let definitions = inspect(context, &objects).await?;
    let mut violations = Vec::new();
    for (expected, there) in expected.iter().zip(definitions) {
        if there != expected.there {
            let (problem, safer) = if there {
                ("which is there already", "drop it first, or say IF NOT EXISTS")
            } else {
                ("which is not there", "create it first, or correct the name")
            };
            let object = &expected.object;
            let seen = format!("it {} the {} {object}, {problem}", expected.verb, object.kind);
            violations.push(Violation::at(expected.statement, seen).instead(safer));
        }
    }
    Ok(outcome.with(violations))
}

async fn as_stated(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    let left = left_behind(context.file);
    let objects: Vec<ObjectName> = left.iter().map(|(object, _)| object.clone()).collect();
    let outcome = CheckOutcome::counted(objects.len(), "object");
    let definitions = inspect(context, &objects).await?;
    let mut violations = Vec::new();
    for ((object, expected), there) in left.iter().zip(definitions) {
        match (expected, there) {
            (true, false) => {
                violations.push(Violation::new(format!("the {} {object} was created and is not there", object.kind)))
            }
            (false, true) => {
                violations.push(Violation::new(format!("the {} {object} was dropped and is still there", object.kind)))
            }
            _ => {}
        }
    }
    Ok(outcome.with(violations))
}

async fn inspect(context: &mut CheckContext<'_>, objects: &[ObjectName]) -> Result<Vec<bool>, DbError> {
    let unknown: Vec<ObjectName> = objects.iter().filter(|o| !context.known.there.contains_key(o)).cloned().collect();
    if !unknown.is_empty() {
        for definition in context.session.inspect(&unknown).await? {
            context.known.there.insert(definition.object, definition.text.is_some());
        }
    }
    Ok(objects.iter().map(|object| context.known.there.get(object).copied().unwrap_or(false)).collect())
}

/// Objects that must be there before the file runs, and what must not, as far as that can be told: up to the first
/// statement that may do anything. Rows are left to the server.
fn expected<'a>(file: &CheckedFile<'a>) -> Vec<Expected<'a>> {
    let mut seen: HashMap<Key, ()> = HashMap::new();
    let mut expected = Vec::new();
    walk(file, |object, how, statement| {
        if seen.insert(key(&object), ()).is_some() {
            return;
        }
        let flags = statement.analysis.flags;
        let (there, verb) = match how {
            How::Creates if flags.if_not_exists || flags.or_replace => return,
            How::Creates => (false, "creates"),
            How::Drops if flags.if_exists => return,
            How::Drops => (true, "drops"),
            How::Alters | How::RenamesFrom if flags.if_exists => return,
            How::Alters => (true, "alters"),
            How::RenamesFrom => (true, "renames"),
            How::RenamesTo | How::Writes | How::Reads => return,
        };
        expected.push(Expected { object, there, statement, verb });
    });
    expected
}

/// Objects that the file leaves, and whether they are there at its end.
fn left_behind(file: &CheckedFile<'_>) -> Vec<(ObjectName, bool)> {
    let mut left: HashMap<Key, (ObjectName, bool)> = HashMap::new();
    let complete = walk(file, |object, how, statement| {
        // What is of another kind stays, with a note.
        if how == How::Drops && statement.analysis.flags.if_exists {
            left.remove(&key(&object));
            return;
        }
        let there = match how {
            How::Creates | How::RenamesTo => true,
            How::Drops | How::RenamesFrom => false,
            How::Alters | How::Writes | How::Reads => return,
        };
        left.insert(key(&object), (object, there));
    });
    if !complete {
        return Vec::new(); // something may have changed anything since
    }
    let mut left: Vec<_> = left.into_values().collect();
    left.sort();
    left
}

/// Gives every touch of a table or view in a schema that can be looked at, `USE` followed; stops at a statement that
/// may do anything. Whether it came to the end.
fn walk<'a>(file: &CheckedFile<'a>, mut visit: impl FnMut(ObjectName, How, &'a Statement)) -> bool {
    let mut current: Option<String> = None;
    for statement in file.statements() {
        let analysis = &statement.analysis;
        if analysis.kind.is_opaque() || analysis.kind == StatementKind::OtherDefinition {
            return false;
        }
        if analysis.kind == StatementKind::Use {
            current = analysis.touches.first().map(|touch| touch.object.name.clone());
        }
        if analysis.kind == StatementKind::DropSchema || takes_definitions_back(file, analysis.kind) {
            return false;
        }
        // From there on what is not there is passed over (MariaDB).
        if analysis.kind == StatementKind::Set && statement.plain().to_ascii_lowercase().contains("sql_if_exists") {
            return false;
        }
        if analysis.is_temporary() {
            continue;
        }
        for touch in analysis.touches.iter().filter(|t| matches!(t.object.kind, ObjectKind::Table | ObjectKind::View)) {
            let mut object = touch.object.clone();
            if object.schema.is_none() {
                object.schema.clone_from(&current);
            }
            if !is_elsewhere(&object, file) {
                visit(object, touch.how, statement);
            }
        }
    }
    true
}

/// SQLite rolls definitions back too; which they are, a text of many savepoints does not say plainly.
fn takes_definitions_back(file: &CheckedFile<'_>, kind: StatementKind) -> bool {
    file.dialect == Dialect::Sqlite && matches!(kind, StatementKind::Rollback | StatementKind::RollbackToSavepoint)
}

/// SQLite's other files and its temporary tables cannot be looked at from here.
fn is_elsewhere(object: &ObjectName, file: &CheckedFile<'_>) -> bool {
    let schema = object.schema.as_deref();
    file.dialect == Dialect::Sqlite && schema.is_some_and(|schema| !schema.eq_ignore_ascii_case(file.core))
}

fn key(object: &ObjectName) -> Key {
    (object.schema.as_deref().map(str::to_lowercase), object.name.to_lowercase())
}
