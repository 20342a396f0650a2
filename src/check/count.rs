//! Counting rows, within the time that a question has.

use super::facts::Size;
use crate::database::{DbError, ErrorKind, Session, Value};
use crate::sql::{Dialect, ObjectName, quote_name};
use crate::undo::precheck::Question;

/// Rows of a table that are counted one by one; beyond, the server's estimate is taken.
const COUNTED: u64 = 1000;
/// Longest time for one question to the data, in seconds.
pub(super) const PATIENCE: u64 = 5;
/// Longest time for a question that has its answer at once unless others hold the table, in seconds.
pub(super) const AT_ONCE: u64 = 1;

/// A table as far as its size can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sized {
    /// It is not there, or not to be read by this account.
    Missing,
    /// Others hold it: no question about it has an answer now.
    Held,
    Known(Size),
}

/// The question with a limit of time, which also ends waiting for those who hold a table.
pub(super) fn bounded(sql: &str, seconds: u64, dialect: Dialect) -> String {
    match dialect {
        Dialect::MySql => sql.replacen("SELECT ", &format!("SELECT /*+ MAX_EXECUTION_TIME({}) */ ", seconds * 1000), 1),
        Dialect::MariaDb => format!("SET STATEMENT max_statement_time={seconds} FOR {sql}"),
        Dialect::Sqlite => sql.to_owned(),
    }
}

/// The number of rows, within the time that a question has; nothing where that was too short.
pub(super) async fn count(
    session: &mut dyn Session,
    question: &Question,
    dialect: Dialect,
) -> Result<Option<u64>, DbError> {
    match session.query_text(&bounded(&question.sql, PATIENCE, dialect)).await {
        Ok(rows) => Ok(rows.first().map(|row| row.get_text(0).parse().unwrap_or_default())),
        Err(error) if error.kind == ErrorKind::ConnectionLost => Err(error),
        // Too long, or a question that this server does not understand.
        Err(_) => Ok(None),
    }
}

/// Rows and bytes of a table.
pub(super) async fn size(session: &mut dyn Session, table: &ObjectName, dialect: Dialect) -> Result<Sized, DbError> {
    let rows = match first_rows(session, table, COUNTED, dialect).await {
        Ok(rows) => rows,
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        Err(error) if matches!(error.kind, ErrorKind::MissingObject | ErrorKind::Privilege) => {
            return Ok(Sized::Missing);
        }
        Err(_) => return Ok(Sized::Held),
    };
    if rows < COUNTED || dialect == Dialect::Sqlite {
        return Ok(Sized::Known(Size { rows, ..Size::default() }));
    }
    let size = details(session, table, dialect).await?;
    Ok(Sized::Known(Size { rows: size.rows.max(rows), ..size }))
}

/// Rows and bytes as the server estimates them, and the table's counter.
pub(super) async fn details(session: &mut dyn Session, table: &ObjectName, dialect: Dialect) -> Result<Size, DbError> {
    if dialect == Dialect::MySql {
        // Else it tells what it knew up to a day ago.
        session.execute("SET SESSION information_schema_stats_expiry = 0", &[]).await?;
    }
    let sql = "SELECT TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH, AUTO_INCREMENT FROM information_schema.TABLES WHERE \
               TABLE_SCHEMA = ? AND TABLE_NAME = ?";
    let named: [Value; 2] = [table.schema.clone().unwrap_or_default().into(), table.name.as_str().into()];
    let told = session.query(sql, &named).await?;
    Ok(told.first().map_or_else(Size::default, |row| Size {
        rows: row.get_u64(0),
        bytes: row.get_u64(1),
        counter: row.opt_u64(2),
    }))
}

/// Number of rows of a table, up to a limit.
pub(super) async fn first_rows(
    session: &mut dyn Session,
    table: &ObjectName,
    limit: u64,
    dialect: Dialect,
) -> Result<u64, DbError> {
    let name = quote_name(table, dialect)?;
    let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {name} LIMIT {limit}) AS caribou_c");
    let rows = session.query_text(&bounded(&sql, AT_ONCE, dialect)).await?;
    Ok(rows.first().map_or(0, |row| row.get_text(0).parse().unwrap_or_default()))
}
