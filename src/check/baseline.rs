//! The monitoring baseline: counters of the server, and sizes of tables. Nothing of it is counted row by row.

use crate::database::{Database, DbError, ErrorKind, Purpose, ServerKind, Session, Value};
use crate::model::{Baseline, TableSize};
use crate::sql::quote_identifier;
use std::time::Duration;

/// Counters and levels that are kept.
const COUNTERS: [&str; 12] = [
    "Uptime",
    "Questions",
    "Slow_queries",
    "Threads_connected",
    "Threads_running",
    "Innodb_rows_read",
    "Innodb_rows_inserted",
    "Innodb_rows_updated",
    "Innodb_rows_deleted",
    "Innodb_buffer_pool_read_requests",
    "Innodb_buffer_pool_reads",
    "Innodb_row_lock_waits",
];
/// Tables of one batch whose sizes are asked for.
const TABLES: usize = 100;
/// Bytes of a SQLite file up to which the sizes of single tables are asked for: it reads their pages to tell.
const READ: u64 = 256 << 20;
/// Time for each question.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes the baseline. `touched` are names of tables of core, in lower case.
///
/// # Errors
/// The database's, where no session can be had. What a question has no answer to stands in the baseline.
pub async fn baseline(database: &dyn Database, touched: &[String]) -> Result<Baseline, DbError> {
    let purpose = match database.kind() {
        ServerKind::Sqlite => Purpose::Reader,
        ServerKind::MariaDb | ServerKind::MySql => Purpose::Control,
    };
    let mut session = database.open(purpose).await?;
    session.answer_within(Some(PATIENCE));
    let mut baseline = Baseline::default();
    let core = database.schemas().core.as_str();
    if touched.len() > TABLES {
        let more = touched.len() - TABLES;
        baseline.not_measured.push(format!("the sizes of {more} more tables: {TABLES} are asked for"));
    }
    let touched = &touched[..touched.len().min(TABLES)];
    let asked = match database.kind() {
        ServerKind::Sqlite => of_file(session.as_mut(), core, touched, &mut baseline).await,
        ServerKind::MariaDb | ServerKind::MySql => of_server(session.as_mut(), core, touched, &mut baseline).await,
    };
    session.close().await;
    match asked {
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        Err(error) => baseline.not_measured.push(error.to_string()),
        Ok(()) => {}
    }
    Ok(baseline)
}

async fn of_server(
    session: &mut dyn Session,
    core: &str,
    touched: &[String],
    baseline: &mut Baseline,
) -> Result<(), DbError> {
    let names = COUNTERS.map(|name| format!("'{name}'")).join(", ");
    let rows = session.query_text(&format!("SHOW GLOBAL STATUS WHERE Variable_name IN ({names})")).await?;
    baseline.counters = rows.iter().filter_map(|row| Some((row.get_text(0), row.get_text(1).parse().ok()?))).collect();
    if touched.is_empty() {
        return Ok(());
    }
    // Names first: sizes are asked for by the names as they are written, which costs nothing for the other tables.
    let there = session.relations(core).await?;
    let meant = there.into_iter().map(|object| object.name).filter(|name| touched.contains(&name.to_lowercase()));
    let meant: Vec<Value> = meant.map(Value::from).collect();
    if meant.is_empty() {
        return Ok(());
    }
    if session.kind() == ServerKind::MySql {
        // It answers with sizes of yesterday otherwise.
        session.execute("SET SESSION information_schema_stats_expiry = 0", &[]).await?;
    }
    let marks = vec!["?"; meant.len()].join(", ");
    let sql = format!(
        "SELECT table_name, table_rows, data_length + index_length FROM information_schema.tables WHERE table_schema = ? \
         AND table_type = 'BASE TABLE' AND table_name IN ({marks}) ORDER BY table_name"
    );
    let values: Vec<Value> = std::iter::once(core.into()).chain(meant).collect();
    let size = |row: &crate::database::Row| {
        let number = |column: usize| row.opt_text(column).and_then(|text| text.parse().ok());
        Some(TableSize { table: row.get_text(0), rows: number(1), bytes: number(2)? })
    };
    baseline.tables = session.query(&sql, &values).await?.iter().filter_map(size).collect();
    Ok(())
}

async fn of_file(
    session: &mut dyn Session,
    core: &str,
    touched: &[String],
    baseline: &mut Baseline,
) -> Result<(), DbError> {
    let schema = quote_identifier(core, session.kind().dialect())
        .map_err(|error| DbError::new(ErrorKind::Internal, "name the core schema", error.to_string()))?;
    let mut pragma = [0; 3];
    for (value, name) in pragma.iter_mut().zip(["page_count", "page_size", "freelist_count"]) {
        let rows = session.query_text(&format!("PRAGMA {schema}.{name}")).await?;
        *value = rows.first().map_or(0, |row| row.get_u64(0));
    }
    let [pages, size, free] = pragma;
    baseline.counters =
        [("file_bytes", pages * size), ("free_bytes", free * size)].map(|(n, v)| (n.to_owned(), v)).into();
    if touched.is_empty() {
        return Ok(());
    }
    if pages * size > READ {
        let most = READ >> 20;
        baseline.not_measured.push(format!("the sizes of single tables: the file is larger than {most} MB"));
        return Ok(());
    }
    let marks = vec!["?"; touched.len()].join(", ");
    let sql = format!(
        "SELECT o.tbl_name, SUM(s.pgsize) FROM {schema}.sqlite_master AS o JOIN dbstat AS s ON s.name = o.name WHERE \
         s.schema = ? AND s.aggregate = 1 AND LOWER(o.tbl_name) IN ({marks}) GROUP BY o.tbl_name ORDER BY o.tbl_name"
    );
    let values: Vec<Value> = std::iter::once(core.into()).chain(touched.iter().map(|t| t.as_str().into())).collect();
    let rows = session.query(&sql, &values).await?;
    let size = |row: &crate::database::Row| TableSize { table: row.get_text(0), rows: None, bytes: row.get_u64(1) };
    baseline.tables = rows.iter().map(size).collect();
    Ok(())
}
