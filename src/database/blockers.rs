//! Sessions in the way of a statement that waits for a table.

use super::writers::{CONNECTIONS_HIDDEN, sees_connections};
use super::{DbError, ErrorKind, Row, ServerKind, Session, Value};

/// The certainty that a connection blocks us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The server lists its lock on the very table.
    MetadataLock,
    /// The server does not list locks; the connection has a transaction open or a statement running, and may be it.
    OpenTransaction,
}

/// A connection that holds, or may hold, a lock on a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// Its connection id.
    pub connection: u64,
    /// `user@host`.
    pub account: String,
    /// Its running statement, if any.
    pub query: Option<String>,
    /// Time that it has been in this state, in milliseconds (the servers count whole seconds).
    pub age_ms: u64,
    /// State of it, in the server's words (`Sleep`, `Waiting for table metadata lock`).
    pub state: String,
    /// The certainty of that.
    pub evidence: Evidence,
}

/// MySQL lists metadata locks always (the instrument is on since 8.0).
const MYSQL: &str = "SELECT t.PROCESSLIST_ID, CONCAT(t.PROCESSLIST_USER, '@', t.PROCESSLIST_HOST), t.PROCESSLIST_INFO, \
     t.PROCESSLIST_TIME, COALESCE(t.PROCESSLIST_STATE, t.PROCESSLIST_COMMAND) \
     FROM performance_schema.metadata_locks m JOIN performance_schema.threads t ON t.THREAD_ID = m.OWNER_THREAD_ID \
     WHERE m.OBJECT_TYPE = 'TABLE' AND m.OBJECT_SCHEMA = ? AND m.OBJECT_NAME = ? AND m.LOCK_STATUS = 'GRANTED' \
     AND t.PROCESSLIST_ID IS NOT NULL GROUP BY 1, 2, 3, 4, 5 ORDER BY t.PROCESSLIST_TIME DESC";

/// MariaDB lists them where the plugin METADATA_LOCK_INFO is installed.
const MARIADB: &str = "SELECT p.ID, CONCAT(p.USER, '@', p.HOST), p.INFO, p.TIME, COALESCE(NULLIF(p.STATE, ''), p.COMMAND) \
     FROM information_schema.METADATA_LOCK_INFO m JOIN information_schema.PROCESSLIST p ON p.ID = m.THREAD_ID \
     WHERE m.TABLE_SCHEMA = ? AND m.TABLE_NAME = ? GROUP BY 1, 2, 3, 4, 5 ORDER BY p.TIME DESC";

/// Without the plugin: open InnoDB transactions.
const MARIADB_GUESS: &str = "SELECT p.ID, CONCAT(p.USER, '@', p.HOST), p.INFO, \
     TIMESTAMPDIFF(SECOND, x.trx_started, CONVERT_TZ(SYSDATE(), @@SESSION.time_zone, 'SYSTEM')), COALESCE(NULLIF(p.STATE, ''), p.COMMAND) \
     FROM information_schema.INNODB_TRX x JOIN information_schema.PROCESSLIST p ON p.ID = x.trx_mysql_thread_id \
     ORDER BY x.trx_started";

/// Connections of others that hold a lock on `schema.table`, oldest first: never one of this process. Empty on SQLite,
/// which does not say. It needs PROCESS and, on MySQL, SELECT on `performance_schema`.
pub async fn blockers(session: &mut dyn Session, schema: &str, table: &str) -> Result<Vec<Blocker>, DbError> {
    let named: [Value; 2] = [schema.into(), table.into()];
    let doing = |error: DbError| error.doing(format!("ask who blocks {schema}.{table}"));
    let (rows, evidence) = match session.kind() {
        ServerKind::Sqlite => return Ok(Vec::new()),
        ServerKind::MySql => (session.query(MYSQL, &named).await.map_err(doing)?, Evidence::MetadataLock),
        ServerKind::MariaDb => match session.query(MARIADB, &named).await {
            // Locks are listed to everyone, and the connections that hold them not.
            Ok(rows) if rows.is_empty() && !sees_connections(session).await? => {
                return Err(doing(DbError::new(ErrorKind::Privilege, "list the connections", CONNECTIONS_HIDDEN)));
            }
            Ok(rows) => (rows, Evidence::MetadataLock),
            Err(error) if error.kind == ErrorKind::MissingObject => {
                (session.query(MARIADB_GUESS, &[]).await.map_err(doing)?, Evidence::OpenTransaction)
            }
            Err(error) => return Err(doing(error)),
        },
    };
    let blocker = |row: &Row| Blocker {
        connection: row.get_u64(0),
        account: row.get_text(1),
        query: row.opt_text(2),
        age_ms: row.get_u64(3).saturating_mul(1000),
        state: row.get_text(4),
        evidence,
    };
    let own = session.own_connections();
    Ok(rows.iter().map(blocker).filter(|blocker| !own.contains(&blocker.connection)).collect())
}
