//! Rows whose foreign keys lead nowhere. An undo runs with foreign keys unchecked, since its steps do not come in the
//! order in which rows need each other; so it is looked afterwards.

use super::facts::{ForeignKey, Found, Known, facts};
use super::text::table;
use crate::database::{ServerKind, Session};
use crate::model::Orphans;
use crate::sql::{ObjectKind, ObjectName, quote_identifier};
use crate::store::{Result, Store, StoreError};
use std::collections::BTreeSet;
use std::time::Duration;

/// Finds what refers to nothing in these tables, and in those that refer to them: each key with the number of its rows.
/// With `time_limit` no key is counted for longer on a server.
///
/// # Errors
/// The database's.
pub async fn orphans(
    store: &Store,
    session: &mut dyn Session,
    known: &mut Known,
    (tables, time_limit): (&[ObjectName], Option<Duration>),
) -> Result<Vec<Orphans>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for object in tables.iter().filter(|object| object.kind == ObjectKind::Table) {
        let Found::Table(facts) = known.facts(session, object).await? else { continue };
        let keys: Vec<ForeignKey> = facts.parents.iter().chain(&facts.children).cloned().collect();
        for key in &keys {
            match session.kind() {
                ServerKind::Sqlite if seen.insert((key.table.clone(), String::new())) => {
                    found.extend(table_orphans(session, key).await?);
                }
                ServerKind::MariaDb | ServerKind::MySql if seen.insert((key.table.clone(), key.name.clone())) => {
                    found.extend(key_orphans(store, session, key, time_limit).await?);
                }
                _ => {}
            }
        }
    }
    Ok(found)
}

fn label(key: &ForeignKey) -> String {
    match &key.table.0 {
        Some(schema) => format!("{schema}.{}", key.table.1),
        None => key.table.1.clone(),
    }
}

/// Rows with all values of a key, but without the parent of these.
async fn key_orphans(
    store: &Store,
    session: &mut dyn Session,
    key: &ForeignKey,
    time_limit: Option<Duration>,
) -> Result<Option<Orphans>> {
    let dialect = store.dialect();
    let (schema, name) = &key.parent;
    let parent = ObjectName { kind: ObjectKind::Table, schema: schema.clone(), name: name.clone() };
    let (mut given, mut same) = (Vec::new(), Vec::new());
    for (child, parent) in key.columns.iter().zip(&key.parent_columns) {
        let (child, parent) = (quote_identifier(child, dialect)?, quote_identifier(parent, dialect)?);
        given.push(format!("c.{child} IS NOT NULL"));
        same.push(format!("p.{parent} = c.{child}"));
    }
    let child = table(dialect, key.table.0.as_deref(), &key.table.1)?;
    let (before, hint) = match (time_limit, session.kind()) {
        (Some(most), ServerKind::MariaDb) => {
            (format!("SET STATEMENT max_statement_time = {} FOR ", most.as_secs_f64()), String::new())
        }
        (Some(most), ServerKind::MySql) => (String::new(), format!("/*+ MAX_EXECUTION_TIME({}) */ ", most.as_millis())),
        _ => (String::new(), String::new()),
    };
    let mut sql = format!("{before}SELECT {hint}COUNT(*) FROM {child} AS c WHERE {}", given.join(" AND "));
    if facts(session, &parent).await? != Found::Missing {
        let parent = table(dialect, schema.as_deref(), name)?;
        sql = format!("{sql} AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE {})", same.join(" AND "));
    }
    let rows = session.query(&sql, &[]).await?.first().map_or(0, |row| row.get_u64(0));
    let words = format!("{} ({}) to {name}", key.name, key.columns.join(", "));
    Ok((rows > 0).then(|| Orphans { table: label(key), key: words, rows }))
}

/// Asks SQLite itself about the keys of a table. A key to a table that is not there, or to columns that are no key,
/// cannot be enforced.
async fn table_orphans(session: &mut dyn Session, key: &ForeignKey) -> Result<Vec<Orphans>> {
    const CHECK: &str = "SELECT c.parent, c.fkid, COUNT(*), (SELECT group_concat(f.\"from\", ', ') FROM \
         pragma_foreign_key_list(?1, ?2) AS f WHERE f.id = c.fkid) FROM pragma_foreign_key_check(?1, ?2) AS c WHERE \
         EXISTS (SELECT 1 FROM pragma_table_info(c.parent, ?2)) GROUP BY c.parent, c.fkid";
    let schema = key.table.0.as_deref().unwrap_or("main");
    let rows = match session.query(CHECK, &[key.table.1.as_str().into(), schema.into()]).await {
        Ok(rows) => rows,
        Err(error) if is_mismatch(&error.message) => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::Database(error)),
    };
    let from_row = |row: &crate::database::Row| Orphans {
        table: label(key),
        key: format!("({}) to {}", row.get_text(3), row.get_text(0)),
        rows: row.get_u64(2),
    };
    Ok(rows.iter().map(from_row).collect())
}

fn is_mismatch(message: &str) -> bool {
    message.contains("foreign key mismatch")
}
