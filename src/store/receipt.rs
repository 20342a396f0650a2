//! Receipts: written by the file session inside a statement's own transaction, so that receipt and effect are committed
//! together or not at all (`docs/design/lifecycle.md`, Intent before effect).

use super::unhindered::unhindered;
use super::{Result, Store};
use crate::database::{OURS_IN_CORE, ServerKind, Session, Value};
use crate::model::{BatchId, FileId, Phase, Seq, Token};

/// Proof that one statement, or one explicit transaction of a file, was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub batch: BatchId,
    pub file: FileId,
    pub phase: Phase,
    /// Index of the statement (of a transaction block: its last).
    pub statement: u32,
    /// The number of the event that started it: another attempt has another receipt.
    pub started: Seq,
    /// Token of the lease under which it ran.
    pub token: Token,
}

impl Receipt {
    /// Writes it, inside the transaction of the statement that it is for.
    ///
    /// # Errors
    /// The database's. On SQLite a [`Constraint`](crate::database::ErrorKind::Constraint) when another holds the lease by
    /// now: roll the transaction back.
    pub async fn write(&self, store: &Store, session: &mut dyn Session) -> Result<()> {
        let mut values = self.key();
        values.push(self.token.0.into());
        let sql = match store.kind() {
            ServerKind::Sqlite => {
                // On a server the barrier ends the sessions of a worker that lost its lease. SQLite has none: there the
                // receipt is refused (its token is NULL), and with it the statement of a process that slept through the
                // end of its lease. Core is locked by now, so who took the lease waits until this has been committed.
                store.fill(&format!(
                    "CREATE TABLE IF NOT EXISTS {};\nREPLACE INTO {} VALUES (?, ?, ?, ?, ?, (SELECT token FROM {{orchestration.migration_leases}} WHERE \
                     lease_name = 'worker' AND token = ?))",
                    in_core(COLUMNS),
                    in_core("")
                ))?
            }
            ServerKind::MariaDb | ServerKind::MySql => store.fill(
                "INSERT INTO {orchestration.migration_receipts} (batch_id, file_id, phase, statement_index, \
                 started_seq, token) VALUES (?, ?, ?, ?, ?, ?)",
            )?,
        };
        let connection = session.connection_id();
        unhindered(store, connection, session.execute(&sql, &values)).await?;
        Ok(())
    }

    /// True if it is there: seen from the session that wrote it, or committed. To be asked of a session for files; of
    /// another than wrote it only when that one is gone from the server (the barrier).
    ///
    /// # Errors
    /// The database's.
    pub async fn is_there(&self, store: &Store, session: &mut dyn Session) -> Result<bool> {
        let condition = "batch_id = ? AND file_id = ? AND phase = ? AND statement_index = ? AND started_seq = ?";
        let sql = match store.kind() {
            ServerKind::Sqlite if !are_in_core(session).await? => return Ok(false),
            ServerKind::Sqlite => format!("SELECT 1 FROM {} WHERE {condition}", in_core("")),
            ServerKind::MariaDb | ServerKind::MySql => {
                store.fill(&format!("SELECT 1 FROM {{orchestration.migration_receipts}} WHERE {condition}"))?
            }
        };
        Ok(!session.query(&sql, &self.key()).await?.is_empty())
    }

    fn key(&self) -> Vec<Value> {
        let phase = match self.phase {
            Phase::Forward => "forward",
            Phase::Undo => "undo",
        };
        vec![self.batch.0.into(), self.file.0.into(), phase.into(), self.statement.into(), self.started.0.into()]
    }
}

/// True if there is a receipt of a file's own statement that was started after an event: one whose intent was not durable.
///
/// # Errors
/// The database's.
pub async fn later_receipt(
    store: &Store,
    session: &mut dyn Session,
    (batch, file, statement): (BatchId, FileId, u32),
    after: Seq,
) -> Result<bool> {
    let sql = store.sql(
        "SELECT 1 FROM {orchestration.migration_receipts} WHERE batch_id = ? AND file_id = ? AND phase = 'forward' AND \
         statement_index = ? AND started_seq > ?",
    )?;
    let values = [batch.0.into(), file.0.into(), statement.into(), after.0.into()];
    Ok(!session.query(&sql, &values).await?.is_empty())
}

/// Removes receipts of statements of a batch that are numbered higher than its journal: their intents were never durable,
/// and the numbers will be those of others. What they prove must be journalled by now.
///
/// # Errors
/// The database's.
pub async fn forget_later_receipts(store: &Store, session: &mut dyn Session, batch: BatchId, last: Seq) -> Result<()> {
    let sql = store.sql("DELETE FROM {orchestration.migration_receipts} WHERE batch_id = ? AND started_seq > ?")?;
    session.execute(&sql, &[batch.0.into(), last.0.into()]).await?;
    Ok(())
}

/// Takes all receipts out of core (SQLite), where nothing is in doubt any more. An orchestration schema that was made
/// anew numbers its batches anew, so none may be left. A process that slept through the end of its lease is refused: the
/// next one's receipts are there by then.
///
/// # Errors
/// As for [`Receipt::write`]; they stay.
pub async fn forget_receipts(store: &Store, session: &mut dyn Session, token: Token) -> Result<()> {
    if session.kind() != ServerKind::Sqlite || !are_in_core(session).await? {
        return Ok(());
    }
    let last =
        Receipt { batch: BatchId(0), file: FileId(0), phase: Phase::Forward, statement: 0, started: Seq(0), token };
    session.begin().await?;
    let gone = match last.write(store, session).await {
        Ok(()) => drop_all(session).await,
        refused => refused,
    };
    if gone.is_err()
        && let Err(error) = session.rollback().await
    {
        tracing::debug!(%error, "the transaction had ended by itself");
    }
    gone
}

async fn drop_all(session: &mut dyn Session) -> Result<()> {
    session.execute(&format!("DROP TABLE {}", in_core("")), &[]).await?;
    Ok(session.commit().await?)
}

/// Without a rowid, so that writing one leaves `last_insert_rowid()` alone, which the file may ask for. Of a file the
/// last one counts.
const COLUMNS: &str = " (batch_id INT, file_id INT, phase TEXT, statement_index INT, started_seq INT, token INT NOT NULL, \
                       PRIMARY KEY (batch_id, file_id)) WITHOUT ROWID";

/// SQLite's table of receipts, which stands in core: the other files are not committed together with it.
fn in_core(columns: &str) -> String {
    format!("main.\"{OURS_IN_CORE}receipts\"{columns}")
}

async fn are_in_core(session: &mut dyn Session) -> Result<bool> {
    let sql = format!("SELECT 1 FROM main.sqlite_master WHERE name = '{OURS_IN_CORE}receipts'");
    Ok(!session.query(&sql, &[]).await?.is_empty())
}
