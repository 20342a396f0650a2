//! What stands in the database, as far as handlers ask.

use crate::database::{Database, DbError, Purpose, ServerKind, Session, Value};
use std::collections::HashSet;

/// A table or view under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// A file that runs before makes or changes it: what it will look like is not known yet.
    Later,
    /// Nothing stands there.
    Missing,
    /// Its columns, those of them that can be written, and the columns of each of its unique keys.
    Known {
        /// Every column.
        all: Vec<String>,
        /// Those that are computed.
        generated: Vec<String>,
        /// The columns of each unique key of whole columns, the primary one included.
        uniques: Vec<Vec<String>>,
    },
}

/// Looks into core. Connects when it is first asked.
#[derive(Debug)]
pub struct Catalog<'a> {
    database: Option<&'a dyn Database>,
    session: Option<Box<dyn Session>>,
    core: &'a str,
    made: &'a HashSet<String>,
}

const TABLE: &str = "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
const COLUMNS: &str = "SELECT COLUMN_NAME, GENERATION_EXPRESSION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? \
     AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";
const UNIQUES: &str = "SELECT INDEX_NAME, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? \
     AND TABLE_NAME = ? AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, SEQ_IN_INDEX";

impl<'a> Catalog<'a> {
    /// A look into a database; `None` for one that is not there yet. `made`: the tables, in lower case, that files which
    /// run before make or change.
    pub fn new(database: Option<&'a dyn Database>, core: &'a str, made: &'a HashSet<String>) -> Catalog<'a> {
        Catalog { database, session: None, core, made }
    }

    /// The table or view with a name, in core unless the name has a schema.
    ///
    /// # Errors
    /// The database's.
    pub async fn columns(&mut self, schema: Option<&str>, table: &str) -> Result<Columns, DbError> {
        if self.made.contains(&table.to_lowercase()) {
            return Ok(Columns::Later);
        }
        let Some(database) = self.database else { return Ok(Columns::Missing) };
        let session = match &mut self.session {
            Some(session) => session,
            // On SQLite only a session for files has core.
            none => none.insert(match database.kind() {
                ServerKind::Sqlite => database.open(Purpose::File).await?,
                ServerKind::MariaDb | ServerKind::MySql => database.open(Purpose::Look).await?,
            }),
        };
        match database.kind() {
            ServerKind::Sqlite => embedded(session.as_mut(), schema.unwrap_or("main"), table).await,
            ServerKind::MariaDb | ServerKind::MySql => {
                served(session.as_mut(), schema.unwrap_or(self.core), table).await
            }
        }
    }

    /// Ends its session.
    pub async fn close(self) {
        if let Some(session) = self.session {
            session.close().await;
        }
    }
}

async fn served(session: &mut dyn Session, schema: &str, table: &str) -> Result<Columns, DbError> {
    let of: [Value; 2] = [schema.into(), table.into()];
    if session.query(TABLE, &of).await?.is_empty() {
        return Ok(Columns::Missing);
    }
    let (mut all, mut generated) = (Vec::new(), Vec::new());
    for row in session.query(COLUMNS, &of).await? {
        if row.opt_text(1).is_some_and(|expression| !expression.is_empty()) {
            generated.push(row.get_text(0));
        }
        all.push(row.get_text(0));
    }
    let mut uniques: Vec<(String, Option<Vec<String>>)> = Vec::new();
    for row in session.query(UNIQUES, &of).await? {
        let (index, column) = (row.get_text(0), row.opt_text(1).filter(|_| row.opt_text(2).is_none()));
        if uniques.last().is_none_or(|(last, _)| *last != index) {
            uniques.push((index, Some(Vec::new())));
        }
        if let Some((_, columns)) = uniques.last_mut() {
            // A key of a prefix or of an expression tells no row apart by its columns.
            *columns = columns.take().zip(column).map(|(mut columns, column)| {
                columns.push(column);
                columns
            });
        }
    }
    Ok(Columns::Known { all, generated, uniques: uniques.into_iter().filter_map(|(_, columns)| columns).collect() })
}

async fn embedded(session: &mut dyn Session, schema: &str, table: &str) -> Result<Columns, DbError> {
    let of: [Value; 2] = [table.into(), schema.into()];
    let columns = session.query("SELECT name, hidden, pk FROM pragma_table_xinfo(?, ?)", &of).await?;
    if columns.is_empty() {
        return Ok(Columns::Missing);
    }
    let all = columns.iter().map(|row| row.get_text(0)).collect();
    let generated = columns.iter().filter(|row| row.get_i64(1) > 1).map(|row| row.get_text(0)).collect();
    let mut primary: Vec<(i64, String)> =
        columns.iter().filter(|row| row.get_i64(2) > 0).map(|row| (row.get_i64(2), row.get_text(0))).collect();
    primary.sort();
    let mut uniques: Vec<Vec<String>> = vec![primary.into_iter().map(|(_, name)| name).collect()];
    let list = "SELECT name FROM pragma_index_list(?, ?) WHERE \"unique\" AND NOT partial";
    for index in session.query(list, &of).await? {
        let of: [Value; 2] = [index.get_text(0).into(), schema.into()];
        let parts = session.query("SELECT name FROM pragma_index_info(?, ?) ORDER BY seqno", &of).await?;
        // An expression has no column.
        uniques.extend(parts.iter().map(|row| row.opt_text(0)).collect::<Option<Vec<String>>>());
    }
    uniques.retain(|columns| !columns.is_empty());
    Ok(Columns::Known { all, generated, uniques })
}
