//! Receipts: written by the file session inside a statement's own transaction, so that receipt and effect are committed
//! together or not at all (`2-lifecycle`, In doubt).

use super::{Result, Store};
use crate::database::{ServerKind, Session, Value};
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
    /// Under which lease.
    pub token: Token,
}

impl Receipt {
    /// The statement that writes it, and its values, for `Session::execute` of the file session.
    ///
    /// # Errors
    /// When a schema's name cannot be quoted.
    pub fn statement(&self, store: &Store) -> Result<(String, Vec<Value>)> {
        // On a server the barrier ends the sessions of a worker that lost its lease. SQLite has none: there the receipt is
        // refused (its token is NULL), and with it the statement of a process that slept through the end of its lease.
        let sql = match store.kind() {
            ServerKind::Sqlite => store.sql(
                "INSERT INTO {orchestration.migration_receipts} (batch_id, file_id, phase, statement_index, \
                 started_seq, token) VALUES (?, ?, ?, ?, ?, (SELECT token FROM {orchestration.migration_leases} WHERE \
                 lease_name = 'worker' AND token = ?))",
            )?,
            ServerKind::MariaDb | ServerKind::MySql => store.sql(
                "INSERT INTO {orchestration.migration_receipts} (batch_id, file_id, phase, statement_index, \
                 started_seq, token) VALUES (?, ?, ?, ?, ?, ?)",
            )?,
        };
        let mut values = self.key();
        values.push(self.token.0.into());
        Ok((sql.to_string(), values))
    }

    /// Whether it is there: seen from the session that wrote it, or committed.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_there(&self, store: &Store, session: &mut dyn Session) -> Result<bool> {
        is_there(store, session, self).await
    }

    fn key(&self) -> Vec<Value> {
        let phase = match self.phase {
            Phase::Forward => "forward",
            Phase::Undo => "undo",
        };
        vec![self.batch.0.into(), self.file.0.into(), phase.into(), self.statement.into(), self.started.0.into()]
    }
}

pub(super) async fn is_there(store: &Store, session: &mut dyn Session, receipt: &Receipt) -> Result<bool> {
    let sql = store.sql(
        "SELECT 1 FROM {orchestration.migration_receipts} WHERE batch_id = ? AND file_id = ? AND phase = ? AND \
         statement_index = ? AND started_seq = ?",
    )?;
    Ok(!session.query(&sql, &receipt.key()).await?.is_empty())
}
