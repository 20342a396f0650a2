//! Who writes on a server: open transactions that have written, connections, and accounts that `read_only` does not stop.

use super::{DbError, ErrorKind, Row, ServerKind, Session};
use std::fmt;

/// A transaction that has written and is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The server's number of the transaction.
    pub transaction: String,
    pub connection: u64,
    /// `user@host`.
    pub account: String,
    /// Its default schema.
    pub schema: Option<String>,
    pub seconds: u64,
    pub rows: u64,
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Writer { connection, account, seconds, rows, .. } = self;
        let on = self.schema.as_ref().map_or_else(String::new, |schema| format!(" on {schema}"));
        write!(f, "connection {connection} of {account}{on}, open for {seconds} s, {rows} rows")
    }
}

/// Connections of an account in a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    pub account: String,
    pub schema: Option<String>,
    pub connections: u64,
}

impl fmt::Display for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = self.schema.as_ref().map_or_else(String::new, |schema| format!(" on {schema}"));
        write!(f, "{}{on} ({})", self.account, self.connections)
    }
}

const MYSQL_WRITERS: &str = "SELECT x.trx_id, t.PROCESSLIST_ID, CONCAT(t.PROCESSLIST_USER, '@', t.PROCESSLIST_HOST), \
     t.PROCESSLIST_DB, TIMESTAMPDIFF(SECOND, x.trx_started, CONVERT_TZ(SYSDATE(), @@SESSION.time_zone, 'SYSTEM')), x.trx_rows_modified \
     FROM information_schema.INNODB_TRX x JOIN performance_schema.threads t ON t.PROCESSLIST_ID = x.trx_mysql_thread_id \
     WHERE x.trx_rows_modified > 0 ORDER BY x.trx_started";
const MARIADB_WRITERS: &str = "SELECT x.trx_id, p.ID, CONCAT(p.USER, '@', SUBSTRING_INDEX(p.HOST, ':', 1)), p.DB, \
     TIMESTAMPDIFF(SECOND, x.trx_started, CONVERT_TZ(SYSDATE(), @@SESSION.time_zone, 'SYSTEM')), x.trx_rows_modified \
     FROM information_schema.INNODB_TRX x JOIN information_schema.PROCESSLIST p ON p.ID = x.trx_mysql_thread_id \
     WHERE x.trx_rows_modified > 0 ORDER BY x.trx_started";

const MYSQL_CONNECTED: &str = "SELECT CONCAT(PROCESSLIST_USER, '@', PROCESSLIST_HOST), PROCESSLIST_DB, COUNT(*) \
     FROM performance_schema.threads WHERE TYPE = 'FOREGROUND' AND PROCESSLIST_ID IS NOT NULL \
     AND PROCESSLIST_USER IS NOT NULL AND PROCESSLIST_USER <> ? GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20";
const MARIADB_CONNECTED: &str = "SELECT CONCAT(USER, '@', SUBSTRING_INDEX(HOST, ':', 1)), DB, COUNT(*) \
     FROM information_schema.PROCESSLIST WHERE USER NOT IN ('system user', 'event_scheduler', ?) \
     GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20";

const MYSQL_EXEMPT: &str = "SELECT DISTINCT REPLACE(GRANTEE, '''', '') FROM information_schema.USER_PRIVILEGES \
     WHERE PRIVILEGE_TYPE IN ('SUPER', 'CONNECTION_ADMIN') ORDER BY 1 LIMIT 20";
const MARIADB_EXEMPT: &str = "SELECT DISTINCT REPLACE(GRANTEE, '''', '') FROM information_schema.USER_PRIVILEGES \
     WHERE PRIVILEGE_TYPE IN ('READ ONLY ADMIN', 'READ_ONLY ADMIN') ORDER BY 1 LIMIT 20";

/// Transactions that have written, the longest first, but those of the connections named. It needs PROCESS and, on MySQL,
/// SELECT on `performance_schema`. Empty on SQLite, where a writer holds the file's lock.
pub async fn open_writers(session: &mut dyn Session, own: &[u64]) -> Result<Vec<Writer>, DbError> {
    let sql = match session.kind() {
        ServerKind::Sqlite => return Ok(Vec::new()),
        ServerKind::MySql => MYSQL_WRITERS,
        ServerKind::MariaDb => MARIADB_WRITERS,
    };
    let rows = session.query_text(sql).await.map_err(|error| error.doing("list open write transactions"))?;
    let writer = |row: &Row| Writer {
        transaction: row.get_text(0),
        connection: row.get_u64(1),
        account: row.get_text(2),
        schema: row.opt_text(3),
        seconds: row.get_u64(4),
        rows: row.get_u64(5),
    };
    let this = session.connection_id();
    let others = |writer: &Writer| writer.connection != this && !own.contains(&writer.connection);
    Ok(rows.iter().map(writer).filter(others).collect())
}

/// The connections of other users than this one, at most twenty groups; empty where the account may not see them.
pub async fn connected(session: &mut dyn Session, but: &str) -> Result<Vec<Connected>, DbError> {
    let sql = match session.kind() {
        ServerKind::Sqlite => return Ok(Vec::new()),
        ServerKind::MySql => MYSQL_CONNECTED,
        ServerKind::MariaDb => MARIADB_CONNECTED,
    };
    let rows = unless_hidden(session.query(sql, &[but.into()]).await)?;
    let connected =
        |row: &Row| Connected { account: row.get_text(0), schema: row.opt_text(1), connections: row.get_u64(2) };
    Ok(rows.iter().map(connected).collect())
}

/// Accounts that `read_only` does not stop, at most twenty, as far as this account sees the privileges of others.
pub async fn exempt_accounts(session: &mut dyn Session) -> Result<Vec<String>, DbError> {
    let sql = match session.kind() {
        ServerKind::Sqlite => return Ok(Vec::new()),
        ServerKind::MySql => MYSQL_EXEMPT,
        ServerKind::MariaDb => MARIADB_EXEMPT,
    };
    Ok(unless_hidden(session.query_text(sql).await)?.iter().map(|row| row.get_text(0)).collect())
}

fn unless_hidden(asked: Result<Vec<Row>, DbError>) -> Result<Vec<Row>, DbError> {
    match asked {
        Err(error) if error.kind == ErrorKind::Privilege => Ok(Vec::new()),
        asked => asked,
    }
}
