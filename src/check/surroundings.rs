//! Answers that are the same for all files of a batch: asked once, and believed for a while.

use super::disk::Disk;
use crate::database::{DbError, ErrorKind, ServerKind, Session, relations};
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

/// Dependences between objects of core, and the texts of views.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) relations: Vec<Relation>,
    /// Name and text.
    pub(super) views: Vec<(String, String)>,
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
        Ok(Standing { relations: relations(session, core).await?, views, hanging })
    }
}

/// Answers that are believed for a while.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    standing: Option<(Instant, Arc<Standing>)>,
    transactions: Option<(Instant, Arc<Vec<OpenTransaction>>)>,
    disk: Option<(Instant, Option<Disk>)>,
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
        let disk = super::disk::ask(session).await?;
        self.disk = Some((Instant::now(), disk.clone()));
        Ok(disk)
    }

    /// Transactions of others, the oldest first. Empty where the account may not see them, and on SQLite.
    pub(super) async fn transactions(
        &mut self,
        session: &mut dyn Session,
    ) -> Result<Arc<Vec<OpenTransaction>>, DbError> {
        if let Some((at, known)) = &self.transactions
            && at.elapsed() < BELIEVED
        {
            return Ok(Arc::clone(known));
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
                Err(error) if error.kind == ErrorKind::Privilege => {}
                Err(error) => return Err(error.doing("ask for open transactions")),
            }
        }
        let known = Arc::new(found);
        self.transactions = Some((Instant::now(), Arc::clone(&known)));
        Ok(known)
    }
}
