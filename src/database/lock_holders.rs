//! Who holds the locks that a statement waits for.

use super::error::shortened;
use super::running::{NEEDS_PROCESS, NEEDS_SCHEMA, listed};
use super::{DbError, ErrorKind, Row, RowBlocker, ServerKind, Session, row_blockers};
use crate::model::LiveBlocker;

/// A connection that holds what another one waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub connection: u64,
    /// `shop.payments`; empty for a lock on the whole server.
    pub object: String,
    /// Kind of lock, in words.
    pub lock: String,
    /// False where it has a transaction open, and may be the one.
    pub certain: bool,
}

/// Those that were found, and why there may be others, or nobody can say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    pub found: Vec<Holder>,
    pub unknown: Option<String>,
}

/// A statement that waits for a metadata lock.
#[derive(Clone, Copy, Debug)]
pub struct WaitingFor<'a> {
    pub connection: u64,
    /// Schema and name of each table that it touches: a server that does not list what is waited for is asked for these.
    pub tables: &'a [(String, String)],
    /// True if it changes their definitions, so that everybody who uses them is in its way.
    pub changes: bool,
}

/// Length to which another session's statement is cut, in characters.
const LONGEST: usize = 300;
/// Open transactions that are named where nobody can say which holds the lock.
const GUESSES: usize = 5;

/// Whoever holds a lock on the very thing that the connection waits for, and that keeps it waiting: a lock that excludes
/// others, or any where an exclusive one is wanted. Nothing on MariaDB, unless its instrument for these is on.
const PENDING: &str = "SELECT DISTINCT ht.PROCESSLIST_ID, h.OBJECT_TYPE, h.OBJECT_SCHEMA, h.OBJECT_NAME \
     FROM performance_schema.metadata_locks w \
     JOIN performance_schema.threads wt ON wt.THREAD_ID = w.OWNER_THREAD_ID \
     JOIN performance_schema.metadata_locks h ON h.OBJECT_TYPE = w.OBJECT_TYPE AND h.OBJECT_SCHEMA <=> w.OBJECT_SCHEMA \
     AND h.OBJECT_NAME <=> w.OBJECT_NAME AND h.LOCK_STATUS = 'GRANTED' AND h.OWNER_THREAD_ID <> w.OWNER_THREAD_ID \
     JOIN performance_schema.threads ht ON ht.THREAD_ID = h.OWNER_THREAD_ID \
     WHERE w.LOCK_STATUS = 'PENDING' AND wt.PROCESSLIST_ID = ? AND ht.PROCESSLIST_ID IS NOT NULL \
     AND (w.LOCK_TYPE IN ('EXCLUSIVE', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', 'SHARED_UPGRADABLE', \
     'SHARED_READ_ONLY', 'SHARED') OR h.LOCK_TYPE IN ('EXCLUSIVE', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', \
     'SHARED_UPGRADABLE', 'SHARED_READ_ONLY', 'SHARED'))";

/// Locks on tables, and those that keep the whole server still; the plugin lists what is granted.
const PLUGIN: &str = "SELECT DISTINCT THREAD_ID, IF(LOCK_TYPE LIKE 'Table%', 'TABLE', 'GLOBAL'), TABLE_SCHEMA, TABLE_NAME, \
     LOCK_MODE FROM information_schema.METADATA_LOCK_INFO \
     WHERE THREAD_ID <> ? AND (LOCK_TYPE LIKE 'Table%' OR LOCK_MODE LIKE '%FTWRL%')";
const EXCLUDES: [&str; 4] = ["EXCLUSIVE", "NO_WRITE", "NO_READ_WRITE", "READ_ONLY"];

const OPEN_TRANSACTIONS: &str = "SELECT x.trx_mysql_thread_id FROM information_schema.INNODB_TRX x \
     WHERE x.trx_mysql_thread_id NOT IN (0, ?) ORDER BY x.trx_started";

const GUESSED: &str = "MariaDB lists who holds metadata locks only with its plugin (INSTALL SONAME \
     'metadata_lock_info'); these have a transaction open, and may be in the way";
const NO_GUESS: &str = "MariaDB lists who holds metadata locks only with its plugin (INSTALL SONAME 'metadata_lock_info'); \
     no transaction is open";

/// Who holds the metadata lock, or the lock on the whole server, that a connection waits for. What the account may not see
/// is told in words.
pub async fn metadata_holders(session: &mut dyn Session, waiting: WaitingFor<'_>) -> Result<Holders, DbError> {
    let doing = |error: DbError| error.doing("ask who holds the metadata lock");
    let kind = session.kind();
    if kind == ServerKind::Sqlite {
        return Ok(Holders::default());
    }
    let listed = match session.query(PENDING, &[waiting.connection.into()]).await {
        Ok(rows) => Some(Holders { found: rows.iter().map(holder).collect(), unknown: None }),
        Err(error) if error.kind == ErrorKind::Privilege => None,
        Err(error) => return Err(doing(error)),
    };
    match (listed, kind) {
        (Some(listed), ServerKind::MySql) => return Ok(listed),
        (None, ServerKind::MySql) => {
            return Ok(Holders { unknown: Some(NEEDS_SCHEMA.to_owned()), ..Holders::default() });
        }
        (Some(listed), _) if !listed.found.is_empty() => return Ok(listed),
        _ => {}
    }
    match session.query(PLUGIN, &[waiting.connection.into()]).await {
        Ok(rows) => {
            let found = rows.iter().filter(|row| is_in_the_way(row, waiting)).map(holder).collect();
            Ok(Holders { found, unknown: None })
        }
        Err(error) if error.kind == ErrorKind::MissingObject => guessed(session, waiting).await.map_err(doing),
        Err(error) => Err(doing(error)),
    }
}

fn is_in_the_way(row: &Row, waiting: WaitingFor<'_>) -> bool {
    let is_its = |(schema, table): &(String, String)| {
        schema.eq_ignore_ascii_case(&row.get_text(2)) && table.eq_ignore_ascii_case(&row.get_text(3))
    };
    let excludes = || EXCLUDES.iter().any(|mode| row.get_text(4).ends_with(mode));
    row.get_text(1) == "GLOBAL" || (waiting.tables.iter().any(is_its) && (waiting.changes || excludes()))
}

fn holder(row: &Row) -> Holder {
    let (lock, has_name) = match row.get_text(1).as_str() {
        "TABLE" => ("metadata lock", true),
        "GLOBAL" | "COMMIT" => ("global read lock", false),
        "BACKUP LOCK" => ("backup lock", false),
        _ => ("metadata lock", true),
    };
    let names = [row.opt_text(2), row.opt_text(3)];
    let names: Vec<String> = names.into_iter().flatten().filter(|name| has_name && !name.is_empty()).collect();
    Holder { connection: row.get_u64(0), object: names.join("."), lock: lock.to_owned(), certain: true }
}

/// Those of others that have a transaction open: what they hold, nobody says.
async fn guessed(session: &mut dyn Session, waiting: WaitingFor<'_>) -> Result<Holders, DbError> {
    let rows = match session.query(OPEN_TRANSACTIONS, &[waiting.connection.into()]).await {
        Err(error) if error.kind == ErrorKind::Privilege => {
            return Ok(Holders { unknown: Some(NEEDS_PROCESS.to_owned()), ..Holders::default() });
        }
        rows => rows?,
    };
    let object = match waiting.tables {
        [(schema, table)] => format!("{schema}.{table}"),
        _ => String::new(),
    };
    let own = session.own_connections();
    let found: Vec<Holder> = rows
        .iter()
        .map(|row| row.get_u64(0))
        .filter(|connection| !own.contains(connection))
        .take(GUESSES)
        .map(|connection| Holder { connection, object: object.clone(), lock: "metadata lock".into(), certain: false })
        .collect();
    let why = if found.is_empty() { NO_GUESS } else { GUESSED };
    Ok(Holders { found, unknown: Some(why.to_owned()) })
}

/// Who holds the row lock that a connection waits for.
pub async fn row_holders(session: &mut dyn Session, waiting: u64) -> Result<Holders, DbError> {
    let found = match row_blockers(session, waiting, None).await {
        Err(error) if error.kind == ErrorKind::Privilege => {
            let needs = if session.kind() == ServerKind::MySql { NEEDS_SCHEMA } else { NEEDS_PROCESS };
            return Ok(Holders { unknown: Some(needs.to_owned()), ..Holders::default() });
        }
        found => found?,
    };
    let holder = |blocker: RowBlocker| Holder {
        connection: blocker.connection,
        object: blocker.table,
        lock: "row lock".to_owned(),
        certain: true,
    };
    Ok(Holders { found: found.into_iter().map(holder).collect(), unknown: None })
}

/// Columns: connection, user, host, command, seconds in it, statement, age of the transaction, statement before.
const MYSQL: &str = "SELECT t.PROCESSLIST_ID, t.PROCESSLIST_USER, t.PROCESSLIST_HOST, t.PROCESSLIST_COMMAND, \
     t.PROCESSLIST_TIME, t.PROCESSLIST_INFO, {age}, s.SQL_TEXT FROM performance_schema.threads t \
     LEFT JOIN information_schema.INNODB_TRX x ON x.trx_mysql_thread_id = t.PROCESSLIST_ID \
     LEFT JOIN performance_schema.events_statements_current s ON s.THREAD_ID = t.THREAD_ID AND s.NESTING_EVENT_LEVEL = 0 \
     WHERE t.PROCESSLIST_ID IN ({connections})";
const MARIADB: &str = "SELECT p.ID, p.USER, p.HOST, p.COMMAND, p.TIME, p.INFO, {age}, {last} \
     FROM information_schema.PROCESSLIST p LEFT JOIN information_schema.INNODB_TRX x ON x.trx_mysql_thread_id = p.ID {joined} \
     WHERE p.ID IN ({connections})";
/// Only where the performance schema is on, and its consumer for statements.
const LAST_ON_MARIADB: &str = "LEFT JOIN performance_schema.threads t ON t.PROCESSLIST_ID = p.ID \
     LEFT JOIN performance_schema.events_statements_current s ON s.THREAD_ID = t.THREAD_ID AND s.NESTING_EVENT_LEVEL = 0";
/// InnoDB tells when a transaction began in the time zone of the system, whatever that of the session.
const AGE: &str = "TIMESTAMPDIFF(SECOND, x.trx_started, CONVERT_TZ(SYSDATE(), @@SESSION.time_zone, 'SYSTEM'))";

/// What is known of the holders, those first whose transaction is the oldest. A connection that has ended is left out; one
/// of which the account may see nothing has no account.
pub async fn described(session: &mut dyn Session, holders: &[Holder]) -> Result<Vec<LiveBlocker>, DbError> {
    if holders.is_empty() {
        return Ok(Vec::new());
    }
    let connections: Vec<u64> = holders.iter().map(|holder| holder.connection).collect();
    let with = |sql: &str| sql.replace("{age}", AGE).replace("{connections}", &listed(&connections));
    let rows = if session.kind() == ServerKind::MySql {
        session.query(&with(MYSQL), &[]).await
    } else {
        let plain = with(MARIADB);
        let whole = plain.replace("{last}", "s.SQL_TEXT").replace("{joined}", LAST_ON_MARIADB);
        match session.query(&whole, &[]).await {
            Err(error) if error.kind == ErrorKind::Privilege => {
                session.query(&plain.replace("{last}", "NULL").replace("{joined}", ""), &[]).await
            }
            rows => rows,
        }
    };
    let rows = match rows {
        Err(error) if error.kind == ErrorKind::Privilege => {
            return Ok(holders.iter().map(|holder| named(holder, None)).collect());
        }
        rows => rows.map_err(|error| error.doing("ask who the holders of the lock are"))?,
    };
    let row_of = |holder: &Holder| rows.iter().find(|row| row.get_u64(0) == holder.connection);
    let mut found: Vec<LiveBlocker> =
        holders.iter().filter_map(|holder| row_of(holder).map(|row| named(holder, Some(row)))).collect();
    found.sort_by_key(|blocker| std::cmp::Reverse(blocker.transaction_ms));
    Ok(found)
}

fn named(holder: &Holder, row: Option<&Row>) -> LiveBlocker {
    let mut blocker = LiveBlocker {
        connection: holder.connection,
        object: holder.object.clone(),
        lock: holder.lock.clone(),
        certain: holder.certain,
        ..LiveBlocker::default()
    };
    let Some(row) = row else { return blocker };
    let ms = |column| row.opt_u64(column).map(|seconds| seconds.saturating_mul(1000));
    let sleeps = row.get_text(3) == "Sleep";
    blocker.account = format!("{}@{}", row.get_text(1), host(&row.get_text(2)));
    blocker.transaction_ms = ms(6);
    blocker.runs = row.opt_text(5).filter(|_| !sleeps).map(|sql| shortened(&sql, LONGEST));
    blocker.last = row.opt_text(7).filter(|_| sleeps).map(|sql| shortened(&sql, LONGEST));
    blocker.idle_ms = ms(4).filter(|_| sleeps);
    blocker
}

/// A host without the port that MariaDB writes behind it.
fn host(text: &str) -> &str {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_told_without_its_port() {
        assert_eq!(["10.0.0.7:5123", "localhost", "db1"].map(host), ["10.0.0.7", "localhost", "db1"]);
    }

    #[test]
    fn only_what_excludes_others_is_in_the_way_of_a_statement_that_shares() {
        let tables = [("shop".to_owned(), "payments".to_owned())];
        let row = |kind: &str, table: &str, mode: &str| {
            Row::new(
                vec![String::new(); 5].into(),
                vec![1.into(), kind.into(), "shop".into(), table.into(), mode.into()],
            )
        };
        let of = |changes| WaitingFor { connection: 7, tables: &tables, changes };
        let shared = row("TABLE", "payments", "MDL_SHARED_READ");
        assert!(is_in_the_way(&shared, of(true)) && !is_in_the_way(&shared, of(false)));
        assert!(is_in_the_way(&row("TABLE", "payments", "MDL_EXCLUSIVE"), of(false)));
        assert!(!is_in_the_way(&row("TABLE", "orders", "MDL_EXCLUSIVE"), of(true)));
        assert!(is_in_the_way(&row("GLOBAL", "", "MDL_BACKUP_FTWRL2"), of(false)));
    }
}
