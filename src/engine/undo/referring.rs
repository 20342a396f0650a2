//! Objects that refer to those that a file defines or drops without being named in it: an undo can disturb it too, so
//! that it is taken down with them and compared with them.

use crate::database::{DbError, Definition, ErrorKind, Row, ServerKind, Session, Value, foreign_keys};
use crate::engine::file::texts::FileText;
use crate::model::RecordedDefinition;
use crate::sql::{Dialect, ObjectKind, ObjectName, identifiers};
use crate::undo::named;
use std::collections::BTreeSet;

/// The triggers of core, and the views of core with their texts. Triggers are asked for by the schema of their table: for
/// that alone MariaDB does not open every table of the server; nor those of the schema, where the table is named.
const TRIGGERS: &str =
    "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ?";
const TRIGGERS_OF_ONE: &str = "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE \
     EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ?";
const VIEWS: &str = "SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?";
/// The tables of SQLite with the names that their foreign keys have of others, which need not stand.
const KEYS: &str = "SELECT DISTINCT m.name, f.\"table\" FROM main.sqlite_master m, \
     pragma_foreign_key_list(m.name, 'main') f WHERE m.type = 'table'";
/// The same of SQLite, whose tables bring their triggers along.
const ALL: &str = "SELECT type, name, sql FROM main.sqlite_master WHERE type IN ('table', 'view') AND sql IS NOT NULL";

/// Names that are looked for by the database; of more, all texts are read.
const MOST_NAMES: usize = 50;

/// Tables whose triggers are asked for one by one; of more, all triggers are read.
const MOST_TABLES: usize = 4;

/// Takes down what refers to the objects of a file, in core. What the account may not see is not found.
///
/// What does not stand yet is asked for only where a key may name it all the same, on SQLite: nothing else that refers to it
/// is disturbed by its going away again.
///
/// # Errors
/// A lost connection; what else keeps the server from answering leaves it unknown.
pub(crate) async fn referring(
    session: &mut dyn Session,
    (own, before): (&[ObjectName], &[Definition]),
    core: &str,
) -> Result<Vec<Definition>, DbError> {
    let of_core = |object: &&ObjectName| object.schema.as_deref().is_none_or(|schema| schema == core);
    let objects: Vec<&ObjectName> = before
        .iter()
        .filter(|definition| definition.text.is_some())
        .map(|definition| &definition.object)
        .filter(|object| matches!(object.kind, ObjectKind::Table | ObjectKind::View))
        .filter(of_core)
        .collect();
    let to_come: BTreeSet<String> =
        before.iter().filter(|one| one.text.is_none()).map(|one| one.object.name.to_lowercase()).collect();
    let kind = session.kind();
    if objects.is_empty() && (kind != ServerKind::Sqlite || to_come.is_empty()) {
        return Ok(Vec::new());
    }
    let found = match kind {
        ServerKind::Sqlite => referring_on_sqlite(session, &lowercase(&objects), &to_come).await,
        ServerKind::MariaDb | ServerKind::MySql => referring_on_server(session, &objects, core).await,
    };
    let mut found = match found {
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        Err(error) => {
            tracing::debug!(%error, "what refers to the file's objects is not known");
            Vec::new()
        }
        Ok(found) => found,
    };
    found.sort();
    found.dedup();
    // A name with a point in it would read as one with a schema.
    found.retain(|object| !object.name.contains('.') && !own.iter().any(|own| is_same(own, object)));
    defined(session, &found).await
}

fn lowercase(objects: &[&ObjectName]) -> BTreeSet<String> {
    objects.iter().map(|object| object.name.to_lowercase()).collect()
}

fn is_same(one: &ObjectName, other: &ObjectName) -> bool {
    one.kind == other.kind && one.name.eq_ignore_ascii_case(&other.name)
}

async fn referring_on_sqlite(
    session: &mut dyn Session,
    names: &BTreeSet<String>,
    to_come: &BTreeSet<String>,
) -> Result<Vec<ObjectName>, DbError> {
    let mut found = Vec::new();
    if !to_come.is_empty() {
        let keys = session.query(KEYS, &[]).await?;
        let named = keys.iter().filter(|row| to_come.contains(&row.get_text(1).to_lowercase()));
        found.extend(named.map(|row| ObjectName::new(ObjectKind::Table, row.get_text(0))));
    }
    let rows = if names.is_empty() { Vec::new() } else { mentioning(session, names).await? };
    for row in &rows {
        if mentions(&row.get_text(2), names, Dialect::Sqlite) {
            let kind = if row.get_text(0) == "view" { ObjectKind::View } else { ObjectKind::Table };
            found.push(ObjectName::new(kind, row.get_text(1)));
        }
    }
    Ok(found)
}

/// The tables and views of SQLite whose text has the letters of a name in it. A name that may be written in two ways has
/// all of them read.
async fn mentioning(session: &mut dyn Session, names: &BTreeSet<String>) -> Result<Vec<Row>, DbError> {
    let is_plain = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !names.iter().all(is_plain) || names.len() > MOST_NAMES {
        return session.query(ALL, &[]).await;
    }
    let has_one = vec!["instr(lower(sql), ?) > 0"; names.len()].join(" OR ");
    let values: Vec<Value> = names.iter().map(|name| name.as_str().into()).collect();
    session.query(&format!("{ALL} AND ({has_one})"), &values).await
}

async fn referring_on_server(
    session: &mut dyn Session,
    objects: &[&ObjectName],
    core: &str,
) -> Result<Vec<ObjectName>, DbError> {
    let names = lowercase(objects);
    let mut found = Vec::new();
    for key in foreign_keys(session, core).await? {
        if names.contains(&key.on.name.to_lowercase()) {
            found.push(key.object);
        }
    }
    for row in triggers(session, objects, core).await? {
        if names.contains(&row.get_text(1).to_lowercase()) {
            found.push(ObjectName::new(ObjectKind::Trigger, row.get_text(0)));
        }
    }
    for row in session.query(VIEWS, &[core.into()]).await? {
        if mentions(&row.get_text(1), &names, Dialect::MySql) {
            found.push(ObjectName::new(ObjectKind::View, row.get_text(0)));
        }
    }
    Ok(found)
}

async fn triggers(session: &mut dyn Session, objects: &[&ObjectName], core: &str) -> Result<Vec<Row>, DbError> {
    let tables: Vec<&&ObjectName> = objects.iter().filter(|object| object.kind == ObjectKind::Table).collect();
    if tables.len() > MOST_TABLES {
        return session.query(TRIGGERS, &[core.into()]).await;
    }
    let mut rows = Vec::new();
    for table in tables {
        rows.extend(session.query(TRIGGERS_OF_ONE, &[core.into(), table.name.as_str().into()]).await?);
    }
    Ok(rows)
}

/// Tells whether a text has one of the names in it. One too many is only compared for nothing.
fn mentions(text: &str, names: &BTreeSet<String>, dialect: Dialect) -> bool {
    identifiers(text, dialect).iter().any(|word| names.contains(&word.to_lowercase()))
}

/// The definitions of what refers; one that the server cannot show is not among them.
///
/// # Errors
/// A lost connection.
pub(crate) async fn defined(session: &mut dyn Session, objects: &[ObjectName]) -> Result<Vec<Definition>, DbError> {
    let mut all = Vec::with_capacity(objects.len());
    for object in objects {
        match session.inspect(std::slice::from_ref(object)).await {
            Ok(found) => all.extend(found),
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            Err(error) => tracing::debug!(%error, %object, "its definition is not compared"),
        }
    }
    Ok(all)
}

/// Those of the captured objects that no statement names, read back from their names in the journal.
pub(crate) fn captured_beside(before: &[RecordedDefinition], text: &FileText) -> Vec<ObjectName> {
    let own: BTreeSet<String> = text.objects.iter().map(named).collect();
    let kind = |word: &str| match word {
        "table" => Some(ObjectKind::Table),
        "view" => Some(ObjectKind::View),
        "trigger" => Some(ObjectKind::Trigger),
        _ => None,
    };
    let beside = before.iter().map(|one| &one.object).filter(|name| !own.contains(*name));
    beside.filter_map(|name| name.split_once(' ').and_then(|(k, n)| Some(ObjectName::new(kind(k)?, n)))).collect()
}
