//! Holders of the row locks that one of our sessions waits for.

use super::{DbError, Row, ServerKind, Session};

/// A connection that holds a row lock which another one waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowBlocker {
    pub connection: u64,
    /// As whom it connected.
    pub user: String,
    /// Table of the rows: `shop.payments`.
    pub table: String,
}

const MYSQL: &str = "SELECT DISTINCT b.PROCESSLIST_ID, b.PROCESSLIST_USER, \
     CONCAT(l.OBJECT_SCHEMA, '.', l.OBJECT_NAME) FROM performance_schema.data_lock_waits w \
     JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID \
     JOIN performance_schema.threads r ON r.THREAD_ID = w.REQUESTING_THREAD_ID \
     JOIN performance_schema.threads b ON b.THREAD_ID = w.BLOCKING_THREAD_ID \
     WHERE r.PROCESSLIST_ID = ? AND b.PROCESSLIST_ID IS NOT NULL";
const IN_SCHEMA_ON_MYSQL: &str = " AND l.OBJECT_SCHEMA = ?";

/// All transactions that have written nothing have the number 0 there: of those, the ones that have locked rows.
const MARIADB: &str = "SELECT DISTINCT b.trx_mysql_thread_id, p.USER, \
     REPLACE(l.lock_table, '`', '') FROM information_schema.INNODB_LOCK_WAITS w \
     JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id \
     JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id \
     JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id AND b.trx_rows_locked > 0 \
     JOIN information_schema.PROCESSLIST p ON p.ID = b.trx_mysql_thread_id \
     WHERE r.trx_mysql_thread_id = ? AND b.trx_mysql_thread_id <> r.trx_mysql_thread_id";
const IN_SCHEMA_ON_MARIADB: &str = " AND l.lock_table LIKE CONCAT('`', REPLACE(?, '_', '\\_'), '`.%')";

/// The connections that hold row locks for which connection `waiting` waits, of a schema's tables or of any. Empty on
/// SQLite, which does not say. It needs PROCESS and, on MySQL, SELECT on `performance_schema`.
pub async fn row_blockers(
    session: &mut dyn Session,
    waiting: u64,
    schema: Option<&str>,
) -> Result<Vec<RowBlocker>, DbError> {
    let (sql, in_schema) = match session.kind() {
        ServerKind::Sqlite => return Ok(Vec::new()),
        ServerKind::MariaDb => (MARIADB, IN_SCHEMA_ON_MARIADB),
        ServerKind::MySql => (MYSQL, IN_SCHEMA_ON_MYSQL),
    };
    let rows = match schema {
        Some(schema) => session.query(&format!("{sql}{in_schema}"), &[waiting.into(), schema.into()]).await,
        None => session.query(sql, &[waiting.into()]).await,
    };
    let rows = rows.map_err(|error| {
        let whose = schema.map_or_else(String::new, |schema| format!(" the tables of {schema}"));
        error.doing(format!("ask who blocks{whose}"))
    })?;
    let blocker = |row: &Row| RowBlocker { connection: row.get_u64(0), user: row.get_text(1), table: row.get_text(2) };
    Ok(rows.iter().map(blocker).collect())
}
