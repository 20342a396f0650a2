//! The history tables that stand in a database.

use super::table::Home;
use super::{Entry, HistoryTable, TABLES};
use crate::database::{DbError, ErrorKind, ServerKind, Session, Value};
use crate::sql::{ObjectKind, ObjectName, quote_name};
use std::collections::HashSet;

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
    for history in TABLES {
        let schema = match history.home {
            Home::Core => core,
            Home::Own(schema) => schema,
        };
        if !open_schema(session, schema).await? {
            continue;
        }
        let columns = columns(session, schema, history.table).await?;
        let has_all = !columns.is_empty() && history.columns.iter().all(|column| columns.contains(*column));
        if has_all && is_of_tool(session, schema, history, &columns).await? {
            found.push(Found { history, schema: schema.to_owned() });
        }
    }
    Ok(found)
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

/// Makes a schema visible; false where there is none.
async fn open_schema(session: &mut dyn Session, schema: &str) -> Result<bool, DbError> {
    if session.kind() == ServerKind::Sqlite && schema == "main" {
        // The file that a session for files was opened with.
        return Ok(true);
    }
    if !session.schema_exists(schema).await? {
        return Ok(false);
    }
    if session.kind() == ServerKind::Sqlite {
        // It is there: this session sees it from now on, and nothing is made.
        session.create_schema(schema).await?;
    }
    Ok(true)
}

/// Tells a table from another tool's of the same name, by what stands beside it.
async fn is_of_tool(
    session: &mut dyn Session,
    schema: &str,
    history: &HistoryTable,
    own: &HashSet<String>,
) -> Result<bool, DbError> {
    for name in history.unless {
        if own.contains(*name) || !columns(session, schema, name).await?.is_empty() {
            return Ok(false);
        }
    }
    for name in history.beside {
        if columns(session, schema, name).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The names of a table's columns in lower case; empty where there is no such table.
async fn columns(session: &mut dyn Session, schema: &str, table: &str) -> Result<HashSet<String>, DbError> {
    const OF_SERVER: &str =
        "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
    const OF_SQLITE: &str = "SELECT name FROM pragma_table_info(?2, ?1)";
    let sql = if session.kind() == ServerKind::Sqlite { OF_SQLITE } else { OF_SERVER };
    let rows = session.query(sql, &[Value::from(schema), Value::from(table)]).await?;
    Ok(rows.iter().map(|row| row.get_text(0).to_lowercase()).collect())
}
