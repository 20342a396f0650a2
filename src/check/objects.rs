//! What a file expects to be there, and what it leaves there.

use super::{Breach, Context, Looked, Subject};
use crate::database::DbError;
use crate::sql::{Dialect, How, ObjectKind, ObjectName, Statement, StatementKind};
use std::collections::HashMap;

/// An object under one name for the whole file: whether case matters is the server's affair, so here it does not.
type Key = (Option<String>, String);

/// The first thing that a file does to an object, where that shows whether the object should be there.
struct Expected<'a> {
    object: ObjectName,
    there: bool,
    statement: &'a Statement,
    verb: &'static str,
}

pub(super) async fn exist(context: &mut Context<'_>) -> Result<Looked, DbError> {
    let expected = expected(context.subject);
    let objects: Vec<ObjectName> = expected.iter().map(|expected| expected.object.clone()).collect();
    let looked = Looked::at(objects.len(), "object");
    let definitions = inspect(context, &objects).await?;
    let mut breaches = Vec::new();
    for (expected, there) in expected.iter().zip(definitions) {
        if there != expected.there {
            let problem = if there {
                "which is there already: drop it first, or say IF NOT EXISTS"
            } else {
                "which is not there: create it first, or correct the name"
            };
            let object = &expected.object;
            let message = format!("it {} the {} {object}, {problem}", expected.verb, object.kind);
            breaches.push(Breach::at(expected.statement, message));
        }
    }
    Ok(looked.with(breaches))
}

pub(super) async fn as_stated(context: &mut Context<'_>) -> Result<Looked, DbError> {
    let left = left_behind(context.subject);
    let objects: Vec<ObjectName> = left.iter().map(|(object, _)| object.clone()).collect();
    let looked = Looked::at(objects.len(), "object");
    let definitions = inspect(context, &objects).await?;
    let mut breaches = Vec::new();
    for ((object, expected), there) in left.iter().zip(definitions) {
        match (expected, there) {
            (true, false) => {
                breaches.push(Breach::new(format!("the {} {object} was created and is not there", object.kind)))
            }
            (false, true) => {
                breaches.push(Breach::new(format!("the {} {object} was dropped and is still there", object.kind)))
            }
            _ => {}
        }
    }
    Ok(looked.with(breaches))
}

async fn inspect(context: &mut Context<'_>, objects: &[ObjectName]) -> Result<Vec<bool>, DbError> {
    let unknown: Vec<ObjectName> = objects.iter().filter(|o| !context.known.there.contains_key(o)).cloned().collect();
    if !unknown.is_empty() {
        for definition in context.session.inspect(&unknown).await? {
            context.known.there.insert(definition.object, definition.text.is_some());
        }
    }
    Ok(objects.iter().map(|object| context.known.there.get(object).copied().unwrap_or(false)).collect())
}

/// What must be there before the file runs, and what must not, as far as that can be told: up to the first statement that
/// may do anything. Rows are left to the server.
fn expected<'a>(subject: &Subject<'a>) -> Vec<Expected<'a>> {
    let mut seen: HashMap<Key, ()> = HashMap::new();
    let mut expected = Vec::new();
    walk(subject, |object, how, statement| {
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

/// What the file leaves: objects, and whether they are there at its end.
fn left_behind(subject: &Subject<'_>) -> Vec<(ObjectName, bool)> {
    let mut left: HashMap<Key, (ObjectName, bool)> = HashMap::new();
    let complete = walk(subject, |object, how, _| {
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

/// Gives every touch of a table or view in a schema that can be looked at, `USE` followed; stops at a statement that may
/// do anything. Whether it came to the end.
fn walk<'a>(subject: &Subject<'a>, mut visit: impl FnMut(ObjectName, How, &'a Statement)) -> bool {
    let mut current: Option<String> = None;
    for statement in subject.statements() {
        let analysis = &statement.analysis;
        if analysis.kind.is_opaque() || analysis.kind == StatementKind::OtherDefinition {
            return false;
        }
        if analysis.kind == StatementKind::Use {
            current = analysis.touches.first().map(|touch| touch.object.name.clone());
        }
        if analysis.kind == StatementKind::DropSchema {
            return false;
        }
        if analysis.flags.temporary {
            continue;
        }
        for touch in analysis.touches.iter().filter(|t| matches!(t.object.kind, ObjectKind::Table | ObjectKind::View)) {
            let mut object = touch.object.clone();
            if object.schema.is_none() {
                object.schema.clone_from(&current);
            }
            if !is_elsewhere(&object, subject) {
                visit(object, touch.how, statement);
            }
        }
    }
    true
}

/// SQLite's other files and its temporary tables cannot be looked at from here.
fn is_elsewhere(object: &ObjectName, subject: &Subject<'_>) -> bool {
    let schema = object.schema.as_deref();
    subject.dialect == Dialect::Sqlite && schema.is_some_and(|schema| !schema.eq_ignore_ascii_case(subject.core))
}

fn key(object: &ObjectName) -> Key {
    (object.schema.as_deref().map(str::to_lowercase), object.name.to_lowercase())
}
