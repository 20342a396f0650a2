//! The facts of a table on MySQL and MariaDB, from `information_schema`.

use super::table::{ColumnFacts, ForeignKey, Found, TableFacts, TriggerFacts, is_transactional};
use crate::database::{ErrorKind, Row, ServerKind, Session, Value};
use crate::sql::{Dialect, ObjectName, quote_identifier, quote_name};
use crate::store::Result;

const TABLE: &str = "SELECT TABLE_TYPE, ENGINE, TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH, CREATE_OPTIONS, TABLE_SCHEMA, \
     TABLE_NAME, TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
const COLUMNS: &str = "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, GENERATION_EXPRESSION, EXTRA, COLLATION_NAME, IS_NULLABLE \
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";
const UNIQUES: &str = "SELECT INDEX_NAME, COLUMN_NAME, SUB_PART, NULLABLE FROM information_schema.STATISTICS \
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0 ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, \
     SEQ_IN_INDEX";
const TRIGGERS: &str = "SELECT TRIGGER_NAME, EVENT_MANIPULATION, TRIGGER_SCHEMA, ACTION_STATEMENT, ACTION_TIMING FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? AND \
     EVENT_OBJECT_TABLE = ? ORDER BY ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER";
const CHECKS: &str = "SELECT 1 FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND \
     CONSTRAINT_TYPE = 'CHECK' LIMIT 1";
// Both views are given the table, and not one by the other: only where MariaDB reads a constant does it open that table
// alone, and not every table of the server (EXPLAIN: "Scanned 0 databases").
const FOREIGN_KEYS: &str = "SELECT k.CONSTRAINT_NAME, k.TABLE_SCHEMA, k.TABLE_NAME, k.COLUMN_NAME, \
     k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.DELETE_RULE, r.UPDATE_RULE \
     FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r \
     ON r.CONSTRAINT_NAME = k.CONSTRAINT_NAME WHERE k.TABLE_SCHEMA = ? AND k.TABLE_NAME = ? AND \
     r.CONSTRAINT_SCHEMA = ? AND r.TABLE_NAME = ? AND k.REFERENCED_TABLE_NAME IS NOT NULL \
     ORDER BY 1, k.ORDINAL_POSITION";
/// The tables whose keys lead to a table, from the dictionary of MySQL. MariaDB opens every table of the server for it.
const CHILDREN: &str = "SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE \
     REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME = ? ORDER BY 1, 2";
/// The same from InnoDB's dictionary, for which MariaDB asks for the right PROCESS. Names stand there as those of files,
/// `schema/table`.
const CHILDREN_INNODB: &str = "SELECT DISTINCT \
     CONVERT(CONVERT(CONVERT(SUBSTRING_INDEX(FOR_NAME, '/', 1) USING binary) USING filename) USING utf8mb4), \
     CONVERT(CONVERT(CONVERT(SUBSTRING_INDEX(FOR_NAME, '/', -1) USING binary) USING filename) USING utf8mb4) \
     FROM information_schema.INNODB_SYS_FOREIGN WHERE CONVERT(REF_NAME USING binary) = \
     CONCAT(CONVERT(CONVERT(? USING filename) USING binary), '/', CONVERT(CONVERT(? USING filename) USING binary)) \
     ORDER BY 1, 2";

pub(crate) async fn facts(session: &mut dyn Session, table: &ObjectName) -> Result<Found> {
    let shown = show_create_table(session, table).await?;
    if shown.starts_with("CREATE TEMPORARY") {
        return Ok(Found::Temporary);
    }
    let schema = match &table.schema {
        Some(schema) => schema.clone(),
        None => match session.query("SELECT DATABASE() LIMIT 1", &[]).await?.first().and_then(|row| row.opt_text(0)) {
            Some(schema) => schema,
            None => return Ok(Found::Missing),
        },
    };
    let of = [schema.as_str().into(), table.name.as_str().into()];
    let rows = session.query(TABLE, &of).await?;
    let Some(row) = rows.first() else { return Ok(Found::Missing) };
    if !row.get_text(0).ends_with("BASE TABLE") && row.get_text(0) != "SYSTEM VERSIONED" {
        return Ok(Found::NoTable);
    }
    let engine = row.get_text(1);
    let mut facts = TableFacts {
        schema: Some(row.get_text(5)),
        name: row.get_text(6),
        versioned: row.get_text(0) == "SYSTEM VERSIONED",
        transactional: is_transactional(&engine),
        engine,
        rows: row.get_u64(2),
        bytes: row.get_u64(3),
        partitioned: row.get_text(4).contains("partitioned"),
        collation: row.opt_text(7),
        ..TableFacts::default()
    };
    facts.columns = session.query(COLUMNS, &of).await?.iter().map(column).collect();
    keys(&mut facts, &session.query(UNIQUES, &of).await?);
    facts.triggers = session.query(TRIGGERS, &of).await?.iter().map(trigger).collect();
    facts.has_checks = !session.query(CHECKS, &of).await?.is_empty();
    facts.indexes = indexes(&shown);
    facts.parents = foreign_keys(session, &of).await?;
    declare(&mut facts.parents, &shown)?;
    let this = (facts.schema.clone(), facts.name.clone());
    for child in children(session, &this).await? {
        facts.children.extend(foreign_keys(session, &child).await?.into_iter().filter(|key| key.parent == this));
    }
    Ok(Found::Table(Box::new(facts)))
}

/// Reads what the server shows under a name; empty where it shows nothing. A temporary table hides a table of the same
/// name, and no catalogue lists it.
pub(crate) async fn show_create_table(session: &mut dyn Session, table: &ObjectName) -> Result<String> {
    let name = quote_name(table, Dialect::MySql)?;
    match session.query_text(&format!("SHOW CREATE TABLE {name}")).await {
        Ok(rows) => Ok(rows.first().map(|row| row.get_text(1)).unwrap_or_default()),
        Err(error) if error.kind == ErrorKind::ConnectionLost => Err(error.into()),
        // Not there, or nothing that this account may see: the catalogue says what is.
        Err(_) => Ok(String::new()),
    }
}

/// The lines of the secondary indexes.
fn indexes(shown: &str) -> Vec<String> {
    let heads = ["KEY `", "UNIQUE KEY `", "FULLTEXT KEY `", "SPATIAL KEY `"];
    let lines = shown.lines().filter_map(|line| line.strip_prefix("  "));
    let keys = lines.filter(|line| heads.iter().any(|head| line.starts_with(head)));
    keys.map(|line| line.trim_end_matches(',').to_owned()).collect()
}

/// The words of each foreign key, from its line in the table's text; line ends within names and comments are escaped.
fn declare(keys: &mut [ForeignKey], shown: &str) -> Result<()> {
    for key in keys {
        let head = format!("CONSTRAINT {} FOREIGN KEY ", quote_identifier(&key.name, Dialect::MySql)?);
        let line = shown.lines().map(str::trim_start).find(|line| line.starts_with(&head));
        key.declaration = line.map(|line| line.trim_end_matches(',').to_owned()).unwrap_or_default();
    }
    Ok(())
}

fn column(row: &Row) -> ColumnFacts {
    let extra = row.get_text(4).to_ascii_lowercase();
    ColumnFacts {
        name: row.get_text(0),
        data_type: row.get_text(1).to_ascii_lowercase(),
        column_type: row.get_text(2),
        generated: !row.get_text(3).is_empty(),
        counter: extra.contains("auto_increment"),
        on_update: extra.contains("on update"),
        collation: row.opt_text(5),
        nullable: row.get_text(6) == "YES",
    }
}

fn trigger(row: &Row) -> TriggerFacts {
    TriggerFacts {
        name: row.get_text(0),
        event: row.get_text(1),
        schema: row.opt_text(2),
        body: row.get_text(3),
        before: row.get_text(4) == "BEFORE",
        planned: false,
        writes: None,
    }
}

/// The unique keys of whole columns; the first one without NULL is what a row is known by.
fn keys(facts: &mut TableFacts, rows: &[Row]) {
    let mut at = 0;
    while at < rows.len() {
        let name = rows[at].get_text(0);
        let parts: Vec<&Row> = rows[at..].iter().take_while(|row| row.get_text(0) == name).collect();
        at += parts.len();
        // A prefix or an expression is not the column's value.
        if parts.iter().any(|part| part.opt_text(1).is_none() || *part.get(2) != Value::Null) {
            continue;
        }
        let columns: Vec<String> = parts.iter().map(|part| part.get_text(1)).collect();
        let generated = columns.iter().any(|name| facts.column(name).is_none_or(|column| column.generated));
        if facts.key.is_empty() && !generated && parts.iter().all(|part| part.get_text(3) != "YES") {
            facts.key.clone_from(&columns);
        }
        facts.uniques.push(columns);
    }
}

/// The tables with foreign keys to this one, in any schema.
async fn children(session: &mut dyn Session, of: &(Option<String>, String)) -> Result<Vec<[Value; 2]>> {
    let of = [of.0.as_deref().unwrap_or_default().into(), of.1.as_str().into()];
    let rows = match session.kind() {
        ServerKind::MariaDb => match session.query(CHILDREN_INNODB, &of).await {
            Err(error) if error.kind == ErrorKind::Privilege => session.query(CHILDREN, &of).await,
            asked => asked,
        },
        _ => session.query(CHILDREN, &of).await,
    };
    Ok(rows?.iter().map(|row| [row.get_text(0).into(), row.get_text(1).into()]).collect())
}

/// The foreign keys of a table.
async fn foreign_keys(session: &mut dyn Session, of: &[Value; 2]) -> Result<Vec<ForeignKey>> {
    let twice = [of.clone(), of.clone()].concat();
    let rows = session.query(FOREIGN_KEYS, &twice).await?;
    let mut keys: Vec<ForeignKey> = Vec::new();
    for row in &rows {
        let table = (Some(row.get_text(1)), row.get_text(2));
        let name = row.get_text(0);
        if keys.last().is_none_or(|key| key.name != name || key.table != table) {
            keys.push(ForeignKey {
                name,
                table,
                parent: (Some(row.get_text(4)), row.get_text(5)),
                on_delete: row.get_text(7),
                on_update: row.get_text(8),
                ..ForeignKey::default()
            });
        }
        if let Some(key) = keys.last_mut() {
            key.columns.push(row.get_text(3));
            key.parent_columns.push(row.get_text(6));
        }
    }
    Ok(keys)
}
