//! What others have made on a table that an undo drops or replaces: triggers and foreign keys, which go or dangle, and
//! views, which break.

use super::referring;
use crate::database::{DbError, ErrorKind, Purpose, ServerKind, Session, relations};
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::model::{Batch, Event, EventKind, File};
use crate::sql::{ObjectKind, ObjectName};
use crate::store::Reader;
use std::collections::BTreeSet;

const TRIGGERS: &str =
    "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ?";

/// What stands on one of the tables and neither the file, nor another of its batch, nor anybody before it has made.
pub(crate) async fn standing_on(
    reader: &mut Reader,
    (batch, file): (&Batch, &File),
    (text, events): (&FileText, &[Event]),
    tables: &BTreeSet<ObjectName>,
) -> Result<Vec<String>, EngineError> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let names: BTreeSet<String> = tables.iter().map(|table| table.name.to_lowercase()).collect();
    let store = reader.store().clone();
    let purpose = match store.kind() {
        ServerKind::Sqlite => Purpose::Reader,
        ServerKind::MariaDb | ServerKind::MySql => Purpose::Control,
    };
    let mut session = reader.look(purpose).await?;
    let found = look(session.as_mut(), &names, &store.schemas().core).await;
    reader.beside.keep(purpose, session).await;
    let found = match found {
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error.into()),
        Err(error) => {
            tracing::debug!(%error, "what stands on the tables that go is not known");
            return Ok(Vec::new());
        }
        Ok(found) => found,
    };
    let captured = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::FileCaptured { definitions, .. } => Some(definitions.as_slice()),
        _ => None,
    });
    let mut known: Vec<ObjectName> = captured.map(|all| referring::captured_beside(all, text)).unwrap_or_default();
    known.extend(text.objects.iter().cloned());
    let locks = batch.in_order().filter(|other| other.id != file.id).flat_map(|other| other.locks.iter().flatten());
    let others: BTreeSet<String> =
        locks.filter_map(|lock| lock.object.rsplit(['.', ' ']).next().map(str::to_lowercase)).collect();
    let is_known = |object: &ObjectName| {
        let is = |one: &ObjectName| one.name.eq_ignore_ascii_case(&object.name);
        names.contains(&object.name.to_lowercase())
            || known.iter().any(is)
            || others.contains(&object.name.to_lowercase())
    };
    let strangers = found.iter().filter(|object| !is_known(object));
    Ok(strangers.map(|object| sentence(object, tables)).collect())
}

/// What stands on the tables: by a foreign key, by reading them, or as their trigger. On SQLite a trigger is a part of its
/// table's definition.
async fn look(session: &mut dyn Session, names: &BTreeSet<String>, core: &str) -> Result<Vec<ObjectName>, DbError> {
    let is_one = |name: &str| names.contains(&name.to_lowercase());
    let relations = relations(session, core).await?;
    let mut found: Vec<ObjectName> =
        relations.into_iter().filter(|relation| is_one(&relation.on.name)).map(|relation| relation.object).collect();
    if session.kind() != ServerKind::Sqlite {
        let triggers = session.query(TRIGGERS, &[core.into()]).await?;
        let theirs = triggers.iter().filter(|row| is_one(&row.get_text(1)));
        found.extend(theirs.map(|row| ObjectName::new(ObjectKind::Trigger, row.get_text(0))));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn sentence(object: &ObjectName, tables: &BTreeSet<ObjectName>) -> String {
    let on: Vec<String> = tables.iter().map(ToString::to_string).collect();
    let on = on.join(" or ");
    match object.kind {
        ObjectKind::Trigger => format!("the trigger {object}, which stands on {on} and goes with it"),
        ObjectKind::View => format!("the view {object}, which reads {on} and breaks"),
        _ => format!("the table {object}, which refers to {on}"),
    }
}
