//! Definitions in core, as far as a plan touches it: asked in few questions, and one for each table that the plan names.

use super::Project;
use crate::cli::exit::CliError;
use crate::database::{DbError, ErrorKind, Purpose, Row, ServerKind, Session, Sight, Value, sight};
use crate::plan::{Known, KnownObject, Plan, Size};
use crate::sql::{Dialect, How, ObjectKind, ObjectName, Relation, quote_identifier};
use std::collections::{HashMap, HashSet};

/// Tables whose definitions are asked for at the most: of others it is known that they are there.
const MOST: usize = 2_000;
/// Rows that are counted at the most, where the server has no figure of its own.
const COUNTED: u64 = 100_000;
/// Bytes that a row takes at the least, with what InnoDB writes beside it.
const LEAST_ROW: u64 = 16;
/// Names in one question.
const CHUNK: usize = 500;

const SETTINGS: &str = "SELECT @@lower_case_table_names, LOWER(@@GLOBAL.default_storage_engine), (SELECT \
     LOWER(DEFAULT_CHARACTER_SET_NAME) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?)";
const SIZES: &str = "SELECT TABLE_NAME, TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH FROM information_schema.TABLES WHERE \
     TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME IN (";
/// Of core's file; the names of our own tables there begin with `caribou$`.
const OBJECTS_SQLITE: &str = "sqlite_master WHERE type IN ('table', 'view', 'index') AND name NOT LIKE 'sqlite\\_%' ESCAPE \
     '\\' AND name NOT LIKE 'caribou$%'";

impl Project {
    /// Reads what stands in core; `None` where this account may not see all of it.
    pub(super) async fn catalog(
        &self,
        core: &str,
        plan: &Plan,
        relations: &[Relation],
    ) -> Result<Option<Known>, CliError> {
        if self.is_unmade {
            return Ok(Some(Known::default()));
        }
        let database = self.store.database();
        let purpose = if database.kind() == ServerKind::Sqlite { Purpose::Reader } else { Purpose::Look };
        let mut session = database.open(purpose).await?;
        let names = touched(plan, relations);
        let found = match session.kind() {
            ServerKind::Sqlite => of_file(session.as_mut(), core, &names).await.map(Some),
            ServerKind::MariaDb | ServerKind::MySql => of_server(session.as_mut(), core, &names).await,
        };
        session.close().await;
        Ok(found?)
    }
}

/// Names, in lower case: what a plan touches, and what stands on that; and of these, those whose size is of interest.
struct Names {
    all: HashSet<String>,
    changed: HashSet<String>,
}

fn touched(plan: &Plan, relations: &[Relation]) -> Names {
    let mut names = Names { all: HashSet::new(), changed: HashSet::new() };
    for touch in plan.files.iter().flat_map(|file| &file.statements).flat_map(|statement| &statement.objects) {
        if !matches!(touch.object.kind, ObjectKind::Table | ObjectKind::View) {
            continue;
        }
        let name = touch.object.name.to_lowercase();
        if touch.how.changes() && touch.how != How::Creates {
            names.changed.insert(name.clone());
        }
        names.all.insert(name);
    }
    // What the directory declares of tables is held against them.
    let declared = plan.policy.relations.iter().flat_map(|relation| [&relation.child, &relation.parent]);
    names.all.extend(declared.map(|of| of.table.to_lowercase()));
    let on = relations.iter().filter(|relation| names.all.contains(&relation.on.name.to_lowercase()));
    let standing: Vec<String> = on.map(|relation| relation.object.name.to_lowercase()).collect();
    names.all.extend(standing);
    names
}

async fn of_server(session: &mut dyn Session, core: &str, names: &Names) -> Result<Option<Known>, DbError> {
    if sight(session, core).await? == Sight::Some {
        return Ok(None);
    }
    let rows = session.query(SETTINGS, &[core.into()]).await?;
    let Some(settings) = rows.first() else { return Ok(None) };
    let mut known = Known {
        fold_tables: settings.get_i64(0) != 0,
        engine: settings.opt_text(1),
        charset: settings.opt_text(2),
        ..Known::default()
    };
    let objects = session.relations(core).await?;
    let sizes = sizes(session, core, &objects, names).await?;
    let mut asked = 0;
    for object in objects {
        let is_touched = names.all.contains(&object.name.to_lowercase()) && asked < MOST;
        let definition = if is_touched { definition(session, &object).await? } else { None };
        asked += usize::from(is_touched);
        let size = sizes.get(&object.name).copied();
        known.objects.push(KnownObject { kind: object.kind, name: object.name, definition, table: None, size });
    }
    Ok(Some(known))
}

/// The definition of an object; none where the server does not show it, or cannot.
async fn definition(session: &mut dyn Session, object: &ObjectName) -> Result<Option<String>, DbError> {
    if !matches!(object.kind, ObjectKind::Table | ObjectKind::View) {
        return Ok(None);
    }
    match session.inspect(std::slice::from_ref(object)).await {
        Ok(definitions) => Ok(definitions.into_iter().next().and_then(|definition| definition.text)),
        Err(error) if error.kind == ErrorKind::ConnectionLost => Err(error),
        Err(error) => {
            tracing::debug!(%error, %object, "its definition is not known to the plan");
            Ok(None)
        }
    }
}

async fn sizes(
    session: &mut dyn Session,
    core: &str,
    objects: &[ObjectName],
    names: &Names,
) -> Result<HashMap<String, Size>, DbError> {
    let is_changed =
        |object: &&ObjectName| object.kind == ObjectKind::Table && names.changed.contains(&object.name.to_lowercase());
    let changed: Vec<&ObjectName> = objects.iter().filter(is_changed).take(MOST).collect();
    let mut sizes = HashMap::new();
    for some in changed.chunks(CHUNK) {
        let mut values: Vec<Value> = vec![core.into()];
        values.extend(some.iter().map(|object| Value::from(object.name.as_str())));
        let question = format!("{SIZES}{})", vec!["?"; some.len()].join(", "));
        let size = |row: &Row| {
            let number = |index| row.opt_text(index).and_then(|text| text.parse().ok());
            let (rows, bytes) = (number(1), number(2));
            // Rows are counted as they come, bytes when the statistics are next made: until then they are those of before.
            let bytes = bytes.filter(|bytes| rows.is_none_or(|rows: u64| *bytes >= rows.saturating_mul(LEAST_ROW)));
            (row.get_text(0), Size { rows, bytes, at_least: false })
        };
        sizes.extend(session.query(&question, &values).await?.iter().map(size));
    }
    Ok(sizes)
}

async fn of_file(session: &mut dyn Session, core: &str, names: &Names) -> Result<Known, DbError> {
    let mut known = Known::default();
    if !session.schema_exists(core).await? {
        return Ok(known);
    }
    let core = quote_identifier(core, Dialect::Sqlite)?;
    let question = format!("SELECT type, name, tbl_name, sql FROM {core}.{OBJECTS_SQLITE}");
    let rows = match session.query(&question, &[]).await {
        // Another worker has made it since this session was opened.
        Err(error) if error.kind == ErrorKind::MissingObject => return Ok(known),
        rows => rows?,
    };
    for row in rows {
        let kind = match row.get_text(0).as_str() {
            "view" => ObjectKind::View,
            "index" => ObjectKind::Index,
            _ => ObjectKind::Table,
        };
        let (name, table) = (row.get_text(1), row.opt_text(2));
        known.objects.push(KnownObject { kind, name, definition: row.opt_text(3), table, size: None });
    }
    let is_changed = |object: &&mut KnownObject| {
        object.kind == ObjectKind::Table && names.changed.contains(&object.name.to_lowercase())
    };
    for object in known.objects.iter_mut().filter(is_changed).take(MOST) {
        object.size = counted(session, &core, &object.name).await?;
    }
    Ok(known)
}

/// The rows of a table of SQLite, up to a limit; none where it cannot be read (a module that is not there).
async fn counted(session: &mut dyn Session, core: &str, table: &str) -> Result<Option<Size>, DbError> {
    let name = quote_identifier(table, Dialect::Sqlite)?;
    let question = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {core}.{name} LIMIT {})", COUNTED + 1);
    match session.query(&question, &[]).await {
        Ok(rows) => {
            let rows = rows.first().map_or(0, |row| row.get_u64(0));
            Ok(Some(Size { rows: Some(rows.min(COUNTED)), bytes: None, at_least: rows > COUNTED }))
        }
        Err(_) => Ok(None),
    }
}
