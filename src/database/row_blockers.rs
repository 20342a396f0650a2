//! Holders of the row locks that one of our sessions waits for.

use super::{DbError, ServerKind, Session};

/// A connection that holds a row lock which another one waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowBlocker {
    pub connection: u64,
    /// As whom it connected.
    pub user: String,
}

const MYSQL: &str = "SELECT DISTINCT b.PROCESSLIST_ID, b.PROCESSLIST_USER FROM performance_schema.data_lock_waits w \
     JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID \
     JOIN performance_schema.threads r ON r.THREAD_ID = w.REQUESTING_THREAD_ID \
     JOIN performance_schema.threads b ON b.THREAD_ID = w.BLOCKING_THREAD_ID \
     WHERE r.PROCESSLIST_ID = ? AND l.OBJECT_SCHEMA = ? AND b.PROCESSLIST_ID IS NOT NULL";

/// All transactions that have written nothing have the number 0 there: of those, the ones that have locked rows.
const MARIADB: &str = "SELECT DISTINCT b.trx_mysql_thread_id, p.USER FROM information_schema.INNODB_LOCK_WAITS w \
     JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id \
     JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id \
     JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id AND b.trx_rows_locked > 0 \
     JOIN information_schema.PROCESSLIST p ON p.ID = b.trx_mysql_thread_id \
     WHERE r.trx_mysql_thread_id = ? AND l.lock_table LIKE CONCAT('`', REPLACE(?, '_', '\\_'), '`.%') \
     AND b.trx_mysql_thread_id <> r.trx_mysql_thread_id";

/// The connections that hold row locks of a schema's tables for which connection `waiting` waits. Empty on SQLite, which
/// does not say. It needs PROCESS and, on MySQL, SELECT on `performance_schema`.
pub async fn row_blockers(session: &mut dyn Session, waiting: u64, schema: &str) -> Result<Vec<RowBlocker>, DbError> {
    let sql = match session.kind() {
        ServerKind::Sqlite => return Ok(Vec::new()),
        ServerKind::MariaDb => MARIADB,
        ServerKind::MySql => MYSQL,
    };
    let rows = session.query(sql, &[waiting.into(), schema.into()]).await;
    let rows = rows.map_err(|error| error.doing(format!("ask who blocks the tables of {schema}")))?;
    Ok(rows.iter().map(|row| RowBlocker { connection: row.get_u64(0), user: row.get_text(1) }).collect())
}
