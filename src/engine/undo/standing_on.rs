//! What others have made on a table that an undo drops or replaces: triggers and foreign keys, which go or dangle, and
//! views, which break.

use super::referring;
use crate::database::{self, ErrorKind, Purpose, ServerKind};
use crate::engine::EngineError;
use crate::engine::file::texts::FileText;
use crate::model::{Batch, Event, EventKind, File};
use crate::sql::{ObjectKind, ObjectName, Relation};
use crate::store::Reader;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// What stands on what in core: looked at once for undos that are thought of within a moment.
#[derive(Debug, Default)]
pub(crate) struct Standing(Option<(Instant, Vec<Relation>)>);

/// Time for which a look counts. An undo takes about as long from its look to its end; what the undo of another file of
/// the batch has changed meanwhile is known, and nobody's.
const FRESH: Duration = Duration::from_millis(250);

/// What stands on one of the tables and neither the file, nor another of its batch, nor anybody before it has made.
pub(crate) async fn standing_on(
    reader: &mut Reader,
    (batch, file): (&Batch, &File),
    (text, events): (&FileText, &[Event]),
    (tables, standing): (&BTreeSet<ObjectName>, &mut Standing),
) -> Result<Vec<String>, EngineError> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let names: BTreeSet<String> = tables.iter().map(|table| table.name.to_lowercase()).collect();
    let (at, all) = match standing.0.take().filter(|(at, _)| at.elapsed() < FRESH) {
        Some(known) => known,
        None => (Instant::now(), look(reader).await?),
    };
    let stands = all.iter().filter(|relation| names.contains(&relation.on.name.to_lowercase()));
    let found: BTreeSet<ObjectName> = stands.map(|relation| relation.object.clone()).collect();
    standing.0 = Some((at, all));
    if found.is_empty() {
        return Ok(Vec::new());
    }
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

/// What an account may not look at is not known, and stands on nothing.
async fn look(reader: &mut Reader) -> Result<Vec<Relation>, EngineError> {
    let store = reader.store().clone();
    let purpose = match store.kind() {
        ServerKind::Sqlite => Purpose::Reader,
        ServerKind::MariaDb | ServerKind::MySql => Purpose::Control,
    };
    let mut session = reader.look(purpose).await?;
    let found = database::standing(session.as_mut(), &store.schemas().core).await;
    reader.beside.keep(purpose, session);
    match found {
        Err(error) if error.kind != ErrorKind::ConnectionLost => {
            tracing::debug!(%error, "what stands on the tables that go is not known");
            Ok(Vec::new())
        }
        found => Ok(found?),
    }
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
