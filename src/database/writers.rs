//! Who writes on a server: open transactions that have written, connections, and accounts that `read_only` does not stop.

use super::running::may_not_see_transactions;
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

/// What an account lacks that cannot see the connections of others.
pub const CONNECTIONS_HIDDEN: &str = "this account cannot see the connections of others (PROCESS and, on MySQL, SELECT on \
     performance_schema show them)";
/// What an account lacks that cannot see who is exempt from `read_only`.
pub const EXEMPT_HIDDEN: &str = "this account cannot see who is exempt (SELECT on mysql.* shows it)";

/// The connections of other users than this one, at most twenty groups; `None` where the account may not see them: it is
/// then shown its own alone, without an error.
pub async fn connected(session: &mut dyn Session, but: &str) -> Result<Option<Vec<Connected>>, DbError> {
    let sql = match session.kind() {
        ServerKind::Sqlite => return Ok(Some(Vec::new())),
        ServerKind::MySql => MYSQL_CONNECTED,
        ServerKind::MariaDb => MARIADB_CONNECTED,
    };
    if !sees_connections(session).await? {
        return Ok(None);
    }
    let rows = session.query(sql, &[but.into()]).await.map_err(|error| error.doing("list the connections"))?;
    let connected =
        |row: &Row| Connected { account: row.get_text(0), schema: row.opt_text(1), connections: row.get_u64(2) };
    Ok(Some(rows.iter().map(connected).collect()))
}

/// True if the connections of all accounts are shown to this one.
pub async fn sees_connections(session: &mut dyn Session) -> Result<bool, DbError> {
    // A server without its performance schema lists nobody, not even who asks.
    const OWN: &str = "SELECT 1 FROM performance_schema.threads WHERE PROCESSLIST_ID = CONNECTION_ID()";
    match session.kind() {
        ServerKind::Sqlite => Ok(true),
        ServerKind::MariaDb => Ok(!may_not_see_transactions(session).await?),
        ServerKind::MySql => match session.query_text(OWN).await {
            Ok(rows) => Ok(!rows.is_empty()),
            Err(error) if error.kind == ErrorKind::Privilege => Ok(false),
            Err(error) => Err(error.doing("list the connections")),
        },
    }
}

/// Accounts that `read_only` does not stop, at most twenty; `None` where this account is not shown the privileges of others
/// (the manuals: `USER_PRIVILEGES` tells an account of itself, and of others where it may read `mysql.*`).
pub async fn exempt_accounts(session: &mut dyn Session) -> Result<Option<Vec<String>>, DbError> {
    // Which accounts there are is shown to everyone who is shown theirs.
    const OTHERS: &str = "SELECT COUNT(DISTINCT GRANTEE) FROM information_schema.USER_PRIVILEGES";
    let sql = match session.kind() {
        ServerKind::Sqlite => return Ok(Some(Vec::new())),
        ServerKind::MySql => MYSQL_EXEMPT,
        ServerKind::MariaDb => MARIADB_EXEMPT,
    };
    let shown = session.query_text(OTHERS).await.map_err(|error| error.doing("list the accounts"))?;
    if shown.first().is_none_or(|row| row.get_u64(0) < 2) {
        return Ok(None);
    }
    let rows = session.query_text(sql).await.map_err(|error| error.doing("list who is exempt from read_only"))?;
    Ok(Some(rows.iter().map(|row| row.get_text(0)).collect()))
}
