//! The history tables that stand in a database.

use super::table::Home;
use super::{Entry, HistoryTable, TABLES};
use crate::database::{DbError, ErrorKind, ServerKind, Session, Value};
use crate::sql::{Dialect, ObjectKind, ObjectName, quote_identifier, quote_name};
use std::collections::{BTreeSet, HashSet};

/// A history table that is there.
#[derive(Debug, Clone)]
pub struct Found {
    pub history: &'static HistoryTable,
    pub schema: String,
}

impl Found {
    /// The table with its schema, for people.
    pub fn place(&self) -> String {
        format!("{}.{}", self.schema, self.history.table)
    }
}

/// Looks for the tables of all tools.
///
/// # Errors
/// The database's.
pub async fn search(session: &mut dyn Session, core: &str) -> Result<Vec<Found>, DbError> {
    let mut found = Vec::new();
    let known = Known::look(session, core).await?;
    for history in TABLES {
        let schema = schema_of(history, core);
        let columns = known.columns(session, schema, history.table).await?;
        let has_all = !columns.is_empty() && history.columns.iter().all(|column| columns.contains(*column));
        if has_all && is_of_tool(session, (&known, schema), history, &columns).await? {
            found.push(Found { history, schema: schema.to_owned() });
        }
    }
    Ok(found)
}

fn schema_of<'c>(history: &'static HistoryTable, core: &'c str) -> &'c str {
    match history.home {
        Home::Core => core,
        Home::Own(schema) => schema,
    }
}

/// Reads a table's entries in the order in which they were written.
///
/// # Errors
/// The database's.
pub async fn read(session: &mut dyn Session, found: &Found) -> Result<Vec<Entry>, DbError> {
    let table = named(session, found)?;
    let order = if found.history.order.is_empty() { "" } else { " ORDER BY " };
    let sql = format!("SELECT * FROM {table}{order}{}", found.history.order);
    let rows = session.query(&sql, &[]).await?;
    Ok(rows.iter().filter_map(found.history.read).collect())
}

/// The table's name, quoted.
pub(super) fn named(session: &dyn Session, found: &Found) -> Result<String, DbError> {
    let object = ObjectName::qualified(ObjectKind::Table, found.schema.as_str(), found.history.table);
    quote_name(&object, session.kind().dialect())
        .map_err(|error| DbError::new(ErrorKind::Configuration, "naming the history table", error.to_string()))
}

/// Makes the file of a schema visible; false where there is none.
async fn open_schema(session: &mut dyn Session, schema: &str) -> Result<bool, DbError> {
    // The file that a session for files was opened with.
    if schema == "main" {
        return Ok(true);
    }
    let is_there = session.schema_exists(schema).await?;
    if is_there {
        // This session sees it from now on, and nothing is made.
        session.create_schema(schema).await?;
    }
    Ok(is_there)
}

/// Tells a table from another tool's of the same name, by what stands beside it.
async fn is_of_tool(
    session: &mut dyn Session,
    (known, schema): (&Known, &str),
    history: &HistoryTable,
    own: &HashSet<String>,
) -> Result<bool, DbError> {
    for name in history.unless {
        if own.contains(*name) || !known.columns(session, schema, name).await?.is_empty() {
            return Ok(false);
        }
    }
    for name in history.beside {
        if known.columns(session, schema, name).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Schemas and tables that are there among those that tools make, in lower case: nearly always none, so that nothing
/// else is asked.
struct Known(HashSet<(String, String)>);

impl Known {
    async fn look(session: &mut dyn Session, core: &str) -> Result<Known, DbError> {
        let schemas: BTreeSet<&str> = TABLES.iter().map(|history| schema_of(history, core)).collect();
        match session.kind() {
            ServerKind::Sqlite => Known::in_files(session, schemas).await,
            ServerKind::MariaDb | ServerKind::MySql => Known::on_server(session, schemas).await,
        }
    }

    /// Only names are asked for: for these MariaDB opens no table (its manual, "Information Schema Optimizations").
    async fn on_server(session: &mut dyn Session, schemas: BTreeSet<&str>) -> Result<Known, DbError> {
        let tables = names();
        let sql = format!(
            "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA IN ({}) AND TABLE_NAME IN ({})",
            places(schemas.len()),
            places(tables.len())
        );
        let values: Vec<Value> = schemas.into_iter().chain(tables).map(Value::from).collect();
        let rows = session.query(&sql, &values).await?;
        Ok(Known(rows.iter().map(|row| key(&row.get_text(0), &row.get_text(1))).collect()))
    }

    async fn in_files(session: &mut dyn Session, schemas: BTreeSet<&str>) -> Result<Known, DbError> {
        let mut known = HashSet::new();
        for schema in schemas {
            if open_schema(session, schema).await? {
                let name = quote_identifier(schema, Dialect::Sqlite)?;
                let values: Vec<Value> = names().into_iter().map(Value::from).collect();
                let places = places(values.len());
                let sql = format!("SELECT name FROM {name}.sqlite_master WHERE name COLLATE NOCASE IN ({places})");
                let rows = session.query(&sql, &values).await?;
                known.extend(rows.iter().map(|row| key(schema, &row.get_text(0))));
            }
        }
        Ok(Known(known))
    }

    /// The names of a table's columns in lower case; empty where there is no such table.
    async fn columns(&self, session: &mut dyn Session, schema: &str, table: &str) -> Result<HashSet<String>, DbError> {
        const OF_SERVER: &str =
            "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
        const OF_SQLITE: &str = "SELECT name FROM pragma_table_info(?2, ?1)";
        if !self.0.contains(&key(schema, table)) {
            return Ok(HashSet::new());
        }
        let sql = if session.kind() == ServerKind::Sqlite { OF_SQLITE } else { OF_SERVER };
        let rows = session.query(sql, &[Value::from(schema), Value::from(table)]).await?;
        Ok(rows.iter().map(|row| row.get_text(0).to_lowercase()).collect())
    }
}

/// The names of all tables that are looked for.
fn names() -> BTreeSet<&'static str> {
    let of = |history: &HistoryTable| {
        [history.table].into_iter().chain(history.beside.iter().chain(history.unless).copied())
    };
    TABLES.iter().flat_map(of).collect()
}

fn places(n: usize) -> String {
    vec!["?"; n].join(", ")
}

fn key(schema: &str, table: &str) -> (String, String) {
    (schema.to_lowercase(), table.to_lowercase())
}
