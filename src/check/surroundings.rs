//! Answers that are the same for all files of a batch: asked once, and believed for a while.

use super::disk_room::{self, Disk};
use super::replicas::Replicas;
use crate::database::{DbError, ErrorKind, ServerKind, Session, Target, relations};
use crate::sql::{Dialect, Relation, quote_identifier};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time for which an answer is believed: files of a batch follow one another within it.
const BELIEVED: Duration = Duration::from_secs(30);

/// An open transaction of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenTransaction {
    pub(super) connection: u64,
    pub(super) account: String,
    pub(super) seconds: u64,
    pub(super) rows: u64,
}

/// A lock that another connection holds on a table of core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableLock {
    pub(super) table: String,
    pub(super) connection: u64,
    pub(super) account: String,
    /// For how long it has been in its state.
    pub(super) seconds: u64,
    /// The server's word for what it does.
    pub(super) state: String,
}

/// What others do; `None` where this account may not see it.
type Seen<T> = Option<Arc<Vec<T>>>;

/// MySQL lists metadata locks always.
const LOCKS_MYSQL: &str = "SELECT m.OBJECT_NAME, t.PROCESSLIST_ID, CONCAT(t.PROCESSLIST_USER, '@', t.PROCESSLIST_HOST), \
     t.PROCESSLIST_TIME, COALESCE(t.PROCESSLIST_STATE, t.PROCESSLIST_COMMAND) FROM performance_schema.metadata_locks m \
     JOIN performance_schema.threads t ON t.THREAD_ID = m.OWNER_THREAD_ID WHERE m.OBJECT_TYPE = 'TABLE' AND \
     m.OBJECT_SCHEMA = ? AND m.LOCK_STATUS = 'GRANTED' AND t.PROCESSLIST_ID <> CONNECTION_ID() \
     GROUP BY 1, 2, 3, 4, 5 ORDER BY t.PROCESSLIST_TIME DESC LIMIT 200";

/// MariaDB lists them where the plugin METADATA_LOCK_INFO is installed.
const LOCKS_MARIADB: &str = "SELECT m.TABLE_NAME, p.ID, CONCAT(p.USER, '@', p.HOST), p.TIME, \
     COALESCE(NULLIF(p.STATE, ''), p.COMMAND) FROM information_schema.METADATA_LOCK_INFO m JOIN \
     information_schema.PROCESSLIST p ON p.ID = m.THREAD_ID WHERE m.TABLE_SCHEMA = ? AND m.TABLE_NAME <> '' AND \
     p.ID <> CONNECTION_ID() GROUP BY 1, 2, 3, 4, 5 ORDER BY p.TIME DESC LIMIT 200";

/// A text that the server runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    /// `trigger`, `procedure`, `function` or `event`.
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) text: String,
    /// The table of a trigger.
    pub(super) on: Option<String>,
}

const PROGRAMS: &str = "SELECT 'trigger', TRIGGER_NAME, ACTION_STATEMENT, EVENT_OBJECT_TABLE FROM \
     information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? UNION ALL SELECT LOWER(ROUTINE_TYPE), ROUTINE_NAME, \
     ROUTINE_DEFINITION, NULL FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? AND ROUTINE_DEFINITION IS NOT NULL \
     UNION ALL SELECT 'event', EVENT_NAME, EVENT_DEFINITION, NULL FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?";

/// Dependences between objects of core, and the texts of views.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) relations: Vec<Relation>,
    /// Name and text.
    pub(super) views: Vec<(String, String)>,
    /// Triggers, routines and events of a server.
    pub(super) programs: Vec<Program>,
    /// SQLite: kind and name of what hangs on a table, and that table.
    pub(super) hanging: Vec<(String, String, String)>,
}

impl Standing {
    /// Asks for it, on a session that sees core.
    pub(super) async fn ask(session: &mut dyn Session, core: &str) -> Result<Standing, DbError> {
        let views = match session.kind() {
            ServerKind::Sqlite => {
                let core = quote_identifier(core, Dialect::Sqlite)?;
                let sql = format!("SELECT name, sql FROM {core}.sqlite_master WHERE type = 'view'");
                session.query(&sql, &[]).await
            }
            ServerKind::MariaDb | ServerKind::MySql => {
                let sql = "SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?";
                session.query(sql, &[core.into()]).await
            }
        };
        let views = match views {
            Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            // What the account may not see is left out.
            rows => rows.unwrap_or_default().iter().map(|row| (row.get_text(0), row.get_text(1))).collect(),
        };
        let mut hanging = Vec::new();
        if session.kind() == ServerKind::Sqlite {
            let core = quote_identifier(core, Dialect::Sqlite)?;
            let sql = format!(
                "SELECT type, name, tbl_name FROM {core}.sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
            );
            let rows = session.query(&sql, &[]).await.unwrap_or_default();
            hanging.extend(rows.iter().map(|row| (row.get_text(0), row.get_text(1), row.get_text(2))));
        }
        let programs = match session.kind() {
            ServerKind::Sqlite => Vec::new(),
            ServerKind::MariaDb | ServerKind::MySql => programs(session, core).await?,
        };
        Ok(Standing { relations: relations(session, core).await?, views, programs, hanging })
    }
}

async fn programs(session: &mut dyn Session, core: &str) -> Result<Vec<Program>, DbError> {
    let rows = match session.query(PROGRAMS, &[core.into(), core.into(), core.into()]).await {
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        // What the account may not see is left out.
        rows => rows.unwrap_or_default(),
    };
    let program = |row: &crate::database::Row| Program {
        kind: row.get_text(0),
        name: row.get_text(1),
        text: row.get_text(2),
        on: row.opt_text(3),
    };
    Ok(rows.iter().map(program).collect())
}

/// Answers that are believed for a while.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    standing: Option<(Instant, Arc<Standing>)>,
    transactions: Option<(Instant, Seen<OpenTransaction>)>,
    locks: Option<(Instant, Seen<TableLock>)>,
    disk: Option<(Instant, Option<Disk>)>,
    replicas: Option<(Instant, Arc<Replicas>)>,
}

impl Surroundings {
    /// Forgets what a file that makes or drops views and keys changes.
    pub(super) fn forget_standing(&mut self) {
        self.standing = None;
    }

    /// Gives what stands on what in core, where it was asked not long ago.
    pub(super) fn known_standing(&self) -> Option<Arc<Standing>> {
        self.standing.as_ref().filter(|(at, _)| at.elapsed() < BELIEVED).map(|(_, known)| Arc::clone(known))
    }

    /// Remembers what was asked now.
    pub(super) fn remember(&mut self, standing: Arc<Standing>) {
        self.standing = Some((Instant::now(), standing));
    }

    /// Room on the server's disk; `None` where it cannot be known.
    pub(super) async fn disk(&mut self, session: &mut dyn Session) -> Result<Option<Disk>, DbError> {
        if let Some((at, known)) = &self.disk
            && at.elapsed() < BELIEVED
        {
            return Ok(known.clone());
        }
        let disk = disk_room::ask(session).await?;
        self.disk = Some((Instant::now(), disk.clone()));
        Ok(disk)
    }

    /// Replicas, and how far they are behind.
    pub(super) async fn replicas(
        &mut self,
        session: &mut dyn Session,
        targets: &[Target],
    ) -> Result<Arc<Replicas>, DbError> {
        if let Some((at, known)) = &self.replicas
            && at.elapsed() < BELIEVED
        {
            return Ok(Arc::clone(known));
        }
        let replicas = Arc::new(Replicas::ask(session, targets).await?);
        self.replicas = Some((Instant::now(), Arc::clone(&replicas)));
        Ok(replicas)
    }

    /// Locks of others on tables of core, the longest first. Empty where the server does not tell.
    pub(super) async fn table_locks(
        &mut self,
        session: &mut dyn Session,
        core: &str,
    ) -> Result<Seen<TableLock>, DbError> {
        if let Some((at, known)) = &self.locks
            && at.elapsed() < BELIEVED
        {
            return Ok(known.clone());
        }
        let asked = match session.kind() {
            ServerKind::Sqlite => Ok(Vec::new()),
            ServerKind::MySql => session.query(LOCKS_MYSQL, &[core.into()]).await,
            ServerKind::MariaDb => session.query(LOCKS_MARIADB, &[core.into()]).await,
        };
        let rows = match asked {
            Ok(rows) => rows,
            Err(error) if error.kind == ErrorKind::Privilege => return Ok(None),
            Err(error) if error.kind == ErrorKind::MissingObject => Vec::new(),
            Err(error) => return Err(error.doing("ask who holds the tables")),
        };
        let lock = |row: &crate::database::Row| TableLock {
            table: row.get_text(0),
            connection: row.get_u64(1),
            account: row.get_text(2),
            seconds: row.get_u64(3),
            state: row.get_text(4),
        };
        let known = Some(Arc::new(rows.iter().map(lock).collect::<Vec<_>>()));
        self.locks = Some((Instant::now(), known.clone()));
        Ok(known)
    }

    /// Transactions of others, the oldest first. Empty on SQLite.
    pub(super) async fn transactions(&mut self, session: &mut dyn Session) -> Result<Seen<OpenTransaction>, DbError> {
        if let Some((at, known)) = &self.transactions
            && at.elapsed() < BELIEVED
        {
            return Ok(known.clone());
        }
        let mut found = Vec::new();
        if session.kind() != ServerKind::Sqlite {
            let sql = "SELECT x.trx_mysql_thread_id, CONCAT(p.USER, '@', p.HOST), TIMESTAMPDIFF(SECOND, x.trx_started, NOW()), \
                 x.trx_rows_modified FROM information_schema.INNODB_TRX x JOIN information_schema.PROCESSLIST p ON p.ID = \
                 x.trx_mysql_thread_id WHERE p.ID <> CONNECTION_ID() ORDER BY x.trx_started LIMIT 20";
            match session.query_text(sql).await {
                Ok(rows) => found.extend(rows.iter().map(|row| OpenTransaction {
                    connection: row.get_text(0).parse().unwrap_or_default(),
                    account: row.get_text(1),
                    seconds: row.get_text(2).parse().unwrap_or_default(),
                    rows: row.get_text(3).parse().unwrap_or_default(),
                })),
                Err(error) if error.kind == ErrorKind::Privilege => return Ok(None),
                Err(error) => return Err(error.doing("ask for open transactions")),
            }
        }
        let known = Some(Arc::new(found));
        self.transactions = Some((Instant::now(), known.clone()));
        Ok(known)
    }
}
