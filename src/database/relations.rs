//! Relations in a schema: foreign keys, views, triggers.

use super::{DbError, ErrorKind, Row, ServerKind, Session};
use crate::sql::{Dialect, How, ObjectKind, ObjectName, Relation, analyse, body_writes, quote_identifier, trigger};

const KEYS: &str = "SELECT DISTINCT TABLE_NAME, UNIQUE_CONSTRAINT_SCHEMA, REFERENCED_TABLE_NAME FROM \
     information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ?";
/// MariaDB opens every table of the schema for the other; for this it asks for the right PROCESS. Names stand there as those
/// of files.
pub(super) const KEYS_INNODB: &str = "SELECT CONVERT(CONVERT(CONVERT(SUBSTRING_INDEX(FOR_NAME, '/', -1) USING binary) USING filename) \
     USING utf8mb4), CONVERT(CONVERT(CONVERT(SUBSTRING_INDEX(REF_NAME, '/', 1) USING binary) USING filename) USING utf8mb4), \
     CONVERT(CONVERT(CONVERT(SUBSTRING_INDEX(REF_NAME, '/', -1) USING binary) USING filename) USING utf8mb4) FROM \
     information_schema.INNODB_SYS_FOREIGN WHERE SUBSTRING_INDEX(CONVERT(FOR_NAME USING binary), '/', 1) = \
     CONVERT(CONVERT(? USING filename) USING binary)";
const VIEWS: &str = "SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?";
/// By the schema of their tables, which is their own: by TRIGGER_SCHEMA MariaDB opens every table of the server, and waits for
/// whoever alters one.
const TRIGGERS: &str = "SELECT EVENT_OBJECT_TABLE, ACTION_STATEMENT, TRIGGER_NAME FROM information_schema.TRIGGERS WHERE \
     EVENT_OBJECT_SCHEMA = ?";

/// Finds the objects of core that stand on others. What an account may not see is left out. On SQLite it takes a Reader's
/// session: the others do not see core.
///
/// # Errors
/// The database's.
pub async fn relations(session: &mut dyn Session, core: &str) -> Result<Vec<Relation>, DbError> {
    Ok(relations_and_triggers(session, core).await?.0)
}

/// The same, and the triggers, each on its table. On SQLite a trigger is a part of its table's definition.
///
/// # Errors
/// The database's.
pub async fn standing(session: &mut dyn Session, core: &str) -> Result<Vec<Relation>, DbError> {
    let (mut all, triggers) = relations_and_triggers(session, core).await?;
    all.extend(triggers);
    Ok(all)
}

async fn relations_and_triggers(
    session: &mut dyn Session,
    core: &str,
) -> Result<(Vec<Relation>, Vec<Relation>), DbError> {
    let dialect = session.kind().dialect();
    let mut triggers = Vec::new();
    if session.kind() == ServerKind::Sqlite {
        return Ok((embedded(session, core).await?, triggers));
    }
    let mut all = foreign_keys(session, core).await?;
    for row in seen(session.query(VIEWS, &[core.into()]).await)? {
        let view = format!("CREATE VIEW caribou_v AS {}", row.get_text(1));
        all.extend(of_view(&row.get_text(0), &view, dialect));
    }
    for row in seen(session.query(TRIGGERS, &[core.into()]).await)? {
        let table = named(None, row.get_text(0));
        let written = body_writes(&row.get_text(1), dialect).unwrap_or_default();
        all.extend(written.into_iter().map(|on| Relation { object: table.clone(), on }));
        triggers.push(Relation { object: ObjectName::new(ObjectKind::Trigger, row.get_text(2)), on: table });
    }
    Ok((all, triggers))
}

/// The foreign keys of core on MariaDB and MySQL, each once for its two tables. What an account may not see is left out.
///
/// # Errors
/// The database's.
pub async fn foreign_keys(session: &mut dyn Session, core: &str) -> Result<Vec<Relation>, DbError> {
    let by_engine = match session.kind() {
        ServerKind::MariaDb => session.query(KEYS_INNODB, &[core.into()]).await.map(Some),
        ServerKind::MySql | ServerKind::Sqlite => Ok(None),
    };
    let keys = match by_engine {
        Ok(Some(keys)) => Ok(keys),
        Err(error) if error.kind != ErrorKind::Privilege => Err(error),
        Ok(None) | Err(_) => session.query(KEYS, &[core.into()]).await,
    };
    let relation =
        |row: &Row| Relation { object: named(None, row.get_text(0)), on: named(row.opt_text(1), row.get_text(2)) };
    Ok(seen(keys)?.iter().map(relation).collect())
}

async fn embedded(session: &mut dyn Session, core: &str) -> Result<Vec<Relation>, DbError> {
    let schema = quote_identifier(core, Dialect::Sqlite)?;
    let keys = format!(
        "SELECT m.name, f.\"table\" FROM {schema}.sqlite_master AS m, pragma_foreign_key_list(m.name, ?) AS f \
         WHERE m.type = 'table'"
    );
    let texts = format!("SELECT type, tbl_name, sql FROM {schema}.sqlite_master WHERE type IN ('view', 'trigger')");
    let keys = match session.query(&keys, &[core.into()]).await {
        // A core that nobody has made yet is not attached.
        Err(error) if error.kind == ErrorKind::MissingObject => return Ok(Vec::new()),
        keys => keys?,
    };
    let mut all: Vec<Relation> = keys
        .iter()
        .map(|row| Relation { object: named(None, row.get_text(0)), on: named(None, row.get_text(1)) })
        .collect();
    for row in session.query(&texts, &[]).await? {
        let (name, sql) = (row.get_text(1), row.get_text(2));
        if row.get_text(0) == "view" {
            all.extend(of_view(&name, &sql, Dialect::Sqlite));
            continue;
        }
        let written = trigger(&sql).and_then(|trigger| trigger.writes).unwrap_or_default();
        all.extend(written.into_iter().map(|on| Relation { object: named(None, name.clone()), on }));
    }
    Ok(all)
}

/// The objects that a view reads, by the statement that makes it.
fn of_view(name: &str, sql: &str, dialect: Dialect) -> Vec<Relation> {
    let read = analyse(sql, dialect).touches.into_iter().filter(|touch| touch.how == How::Reads);
    let read = read.filter(|touch| touch.object.kind != ObjectKind::Schema);
    read.map(|touch| Relation { object: named(None, name.to_owned()), on: touch.object }).collect()
}

fn named(schema: Option<String>, name: String) -> ObjectName {
    ObjectName { kind: ObjectKind::Table, schema, name }
}

fn seen<T>(asked: Result<Vec<T>, DbError>) -> Result<Vec<T>, DbError> {
    match asked {
        Err(error) if error.kind == ErrorKind::Privilege => Ok(Vec::new()),
        asked => asked,
    }
}
