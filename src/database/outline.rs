//! Outline of a schema: the parts of which each object in it is made, as digests. Two of them tell what changed between,
//! without the definition of every table being asked for.

use super::relations::KEYS_INNODB;
use super::{DbError, ErrorKind, OURS_IN_CORE, Row, ServerKind, Session, Value};
use crate::sql::{Dialect, ObjectKind, quote_identifier};
use std::collections::BTreeMap;

/// One part of an object: `the columns of the table users`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartName {
    pub kind: ObjectKind,
    /// Name of the object, as the server says it.
    pub name: String,
    /// The part in words: `columns`.
    pub part: String,
}

/// What is known of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Number of what it counts; 0 where it is no list.
    pub count: u64,
    /// On SQLite the text itself.
    pub digest: String,
    /// The table that it stands on: of a trigger its table, of a foreign key the parent, of an index of SQLite its table.
    pub on: Option<String>,
}

/// The parts of all objects of a schema.
pub type Outline = BTreeMap<PartName, Part>;

/// Kind, name, part, count, digest, and what it stands on. What changes without anybody's doing (counters, sizes, the
/// columns that a view gets from its tables) is left out. By the schema of their tables triggers are those of the schema.
const OF_SERVER: &str = "SELECT 'table', TABLE_NAME, 'options', 0, SHA2(CONCAT_WS('|', TABLE_TYPE, ENGINE, TABLE_COLLATION, \
     CREATE_OPTIONS, TABLE_COMMENT), 256), NULL FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE IN \
     ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE') \
     UNION ALL SELECT 'table', TABLE_NAME, 'columns', COUNT(*), \
     BIT_XOR(CAST(CONV(LEFT(SHA2(CONCAT_WS('|', ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, \
     IF(COLUMN_DEFAULT IS NULL, '', CONCAT('=', COLUMN_DEFAULT)), EXTRA, COLLATION_NAME, COLUMN_COMMENT, GENERATION_EXPRESSION), 256), 16), 16, 10) AS UNSIGNED)), NULL \
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? GROUP BY TABLE_NAME \
     UNION ALL SELECT 'table', TABLE_NAME, 'indexes', COUNT(DISTINCT INDEX_NAME), \
     BIT_XOR(CAST(CONV(LEFT(SHA2(CONCAT_WS('|', INDEX_NAME, SEQ_IN_INDEX, COALESCE(COLUMN_NAME, '-'), COALESCE(SUB_PART, 0), \
     NON_UNIQUE, INDEX_TYPE, COALESCE(COLLATION, '-')), 256), 16), 16, 10) AS UNSIGNED)), NULL \
     FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? GROUP BY TABLE_NAME \
     UNION ALL SELECT 'view', TABLE_NAME, 'text', 0, SHA2(CONCAT_WS('|', VIEW_DEFINITION, CHECK_OPTION, SECURITY_TYPE, DEFINER), 256), \
     NULL FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ? \
     UNION ALL SELECT 'trigger', TRIGGER_NAME, 'text', 0, SHA2(CONCAT_WS('|', EVENT_OBJECT_TABLE, ACTION_TIMING, \
     EVENT_MANIPULATION, ACTION_STATEMENT), 256), EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? \
     UNION ALL SELECT LOWER(ROUTINE_TYPE), ROUTINE_NAME, 'text', 0, SHA2(CONCAT_WS('|', ROUTINE_DEFINITION, DTD_IDENTIFIER, \
     SECURITY_TYPE, LAST_ALTERED), 256), NULL FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? \
     UNION ALL SELECT 'event', EVENT_NAME, 'text', 0, SHA2(CONCAT_WS('|', EVENT_DEFINITION, EVENT_TYPE, EXECUTE_AT, \
     INTERVAL_VALUE, INTERVAL_FIELD), 256), NULL FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?";
/// Number of places for the schema in it.
const PLACES: usize = 7;
const KEYS: &str = " UNION ALL SELECT 'table', TABLE_NAME, CONCAT('foreign key ', CONSTRAINT_NAME), 0, \
     BIT_XOR(CAST(CONV(LEFT(SHA2(CONCAT_WS('|', ORDINAL_POSITION, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, \
     REFERENCED_COLUMN_NAME), 256), 16), 16, 10) AS UNSIGNED)), REFERENCED_TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE \
     WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IS NOT NULL GROUP BY TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME";

const CHECKS_MYSQL: &str = "SELECT 'table', t.TABLE_NAME, 'checks', COUNT(*), \
     BIT_XOR(CAST(CONV(LEFT(SHA2(CONCAT_WS('|', t.CONSTRAINT_NAME, t.ENFORCED, c.CHECK_CLAUSE), 256), 16), 16, 10) AS UNSIGNED)), NULL \
     FROM information_schema.TABLE_CONSTRAINTS t JOIN information_schema.CHECK_CONSTRAINTS c ON c.CONSTRAINT_SCHEMA = \
     t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME WHERE t.TABLE_SCHEMA = ? AND t.CONSTRAINT_TYPE = 'CHECK' \
     GROUP BY t.TABLE_NAME";
/// Here a check's name is its table's alone.
const CHECKS_MARIADB: &str = "SELECT 'table', TABLE_NAME, 'checks', COUNT(*), \
     BIT_XOR(CAST(CONV(LEFT(SHA2(CONCAT_WS('|', CONSTRAINT_NAME, CHECK_CLAUSE), 256), 16), 16, 10) AS UNSIGNED)), NULL \
     FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? GROUP BY TABLE_NAME";

/// Reads the outline of a schema, within so many seconds; of a view and of what an account may not see, as much as it
/// may. On SQLite it takes a Reader's session: the others do not see core.
///
/// # Errors
/// The database's.
pub async fn outline(session: &mut dyn Session, schema: &str, seconds: u64) -> Result<Outline, DbError> {
    let rows = match session.kind() {
        ServerKind::Sqlite => return of_file(session, schema).await,
        ServerKind::MySql => {
            let hint = format!("SELECT /*+ MAX_EXECUTION_TIME({}) */ ", seconds * 1000);
            let sql = format!("{OF_SERVER}{KEYS}").replacen("SELECT ", &hint, 1);
            session.query(&sql, &vec![Value::from(schema); PLACES + 1]).await?
        }
        // MariaDB opens every table of the schema to tell its keys.
        ServerKind::MariaDb => {
            let sql = format!("SET STATEMENT max_statement_time={seconds} FOR {OF_SERVER}");
            session.query(&sql, &vec![Value::from(schema); PLACES]).await?
        }
    };
    let mut outline: Outline = rows.iter().filter_map(part).collect();
    add_checks(session, schema, seconds, &mut outline).await?;
    if session.kind() == ServerKind::MariaDb {
        add_keys(session, schema, &mut outline).await?;
    }
    // A view gets its columns from its tables.
    let has_options = |name: &PartName| {
        let options = PartName { part: "options".to_owned(), ..name.clone() };
        outline.contains_key(&options)
    };
    let of_views: Vec<PartName> =
        outline.keys().filter(|name| name.part == "columns" && !has_options(name)).cloned().collect();
    of_views.iter().for_each(|name| drop(outline.remove(name)));
    Ok(outline)
}

/// Adds what rows are held to. A server that has no list of checks has none.
async fn add_checks(
    session: &mut dyn Session,
    schema: &str,
    seconds: u64,
    outline: &mut Outline,
) -> Result<(), DbError> {
    let sql = match session.kind() {
        ServerKind::MySql => {
            CHECKS_MYSQL.replacen("SELECT ", &format!("SELECT /*+ MAX_EXECUTION_TIME({}) */ ", seconds * 1000), 1)
        }
        _ => format!("SET STATEMENT max_statement_time={seconds} FOR {CHECKS_MARIADB}"),
    };
    match session.query(&sql, &[schema.into()]).await {
        Ok(rows) => outline.extend(rows.iter().filter_map(part)),
        Err(error) if matches!(error.kind, ErrorKind::MissingObject | ErrorKind::Privilege) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Adds MariaDB's foreign keys, which it tells to who has the right PROCESS without opening the tables.
async fn add_keys(session: &mut dyn Session, schema: &str, outline: &mut Outline) -> Result<(), DbError> {
    let rows = match session.query(KEYS_INNODB, &[schema.into()]).await {
        Err(error) if error.kind == ErrorKind::Privilege => return Ok(()),
        rows => rows?,
    };
    for row in rows {
        let parent = row.get_text(2);
        let part = format!("foreign keys to {parent}");
        let name = PartName { kind: ObjectKind::Table, name: row.get_text(0), part };
        outline.entry(name).or_insert_with(|| Part { on: Some(parent), ..Part::default() }).count += 1;
    }
    Ok(())
}

fn part(row: &Row) -> Option<(PartName, Part)> {
    let kind = match row.get_text(0).as_str() {
        "table" => ObjectKind::Table,
        "view" => ObjectKind::View,
        "trigger" => ObjectKind::Trigger,
        "procedure" => ObjectKind::Procedure,
        "function" => ObjectKind::Function,
        "event" => ObjectKind::Event,
        "index" => ObjectKind::Index,
        _ => return None,
    };
    let name = PartName { kind, name: row.get_text(1), part: row.get_text(2) };
    Some((name, Part { count: row.get_u64(3), digest: row.get_text(4), on: row.opt_text(5) }))
}

async fn of_file(session: &mut dyn Session, schema: &str) -> Result<Outline, DbError> {
    let core = quote_identifier(schema, Dialect::Sqlite)?;
    let sql = format!(
        "SELECT type, name, 'text', 0, sql, CASE WHEN type IN ('index', 'trigger') THEN tbl_name END FROM \
         {core}.sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND \
         name NOT LIKE '{OURS_IN_CORE}%'"
    );
    match session.query(&sql, &[]).await {
        // A core that nobody has made yet is not attached.
        Err(error) if error.kind == ErrorKind::MissingObject => Ok(Outline::new()),
        rows => Ok(rows?.iter().filter_map(part).collect()),
    }
}
