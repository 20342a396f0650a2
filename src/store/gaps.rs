//! Journals of which something is missing, and what mends that. The store itself leaves no gap; but tables are restored
//! in part, and rows are deleted by hand.

use super::projection::Table;
use super::rows::BatchRow;
use super::{Reader, Result};
use crate::database::ServerKind;
use crate::model::{BatchId, BatchStatus};

/// Number of numbers one statement fills at most.
const FILLED: usize = 100;

/// A journal of which numbers are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub batch: BatchId,
    /// Number of events that there are, and the last number.
    pub events: u64,
    pub last: u64,
}

impl Reader {
    /// The journals with gaps.
    pub async fn gaps(&mut self) -> Result<Vec<Gap>> {
        let sql = self.store.sql(
            "SELECT batch_id, COUNT(*), MAX(seq) FROM {orchestration.migration_events} GROUP BY batch_id HAVING \
             COUNT(*) <> MAX(seq)",
        )?;
        let rows = self.session.query_text(&sql).await?;
        let gap = |row: &crate::database::Row| Gap {
            batch: BatchId(row.get_i64(0)),
            events: row.get_u64(1),
            last: row.get_u64(2),
        };
        Ok(rows.iter().map(gap).collect())
    }

    /// The batches of this program, not legacy ones, that have no journal.
    pub async fn without_journal(&mut self) -> Result<Vec<(BatchId, BatchStatus)>> {
        let (batches, events) =
            (self.store.sql("{orchestration.migration_batches}")?, self.store.sql("{orchestration.migration_events}")?);
        let tail = format!("AND NOT EXISTS (SELECT 1 FROM {events} e WHERE e.batch_id = {batches}.batch_id)");
        let rows = self.rows(Table::Batches, BatchRow::COLUMNS, &tail, &[]).await?;
        let ours = rows.iter().map(BatchRow::read).filter(|batch| batch.properties.get("plan").is_some());
        Ok(ours.map(|batch| (batch.batch_id, batch.status)).collect())
    }

    /// Gives the statements that make of a batch with a spoilt journal one without: its rows are believed then.
    pub async fn set_aside(&mut self, batch: BatchId) -> Result<Vec<String>> {
        let events = self.table_of_ours("migration_events")?;
        let mut statements = vec![format!("DELETE FROM {events} WHERE batch_id = {batch}")];
        statements.extend(self.close_batch(batch).await?);
        Ok(statements)
    }

    /// Gives the statement that ends a batch that nobody can drive any more, for want of a journal; nothing where it
    /// has ended.
    pub async fn close_batch(&mut self, batch: BatchId) -> Result<Option<String>> {
        let is_open = self.batch(batch).await?.is_some_and(|row| !row.status.is_final());
        let batches = self.table_of_ours("migration_batches")?;
        Ok(is_open.then(|| format!("UPDATE {batches} SET batch_status = 'failed' WHERE batch_id = {batch}")))
    }

    /// Gives the statement that fills the gaps in the journal of the system with events that say nothing; to be done
    /// again while there are gaps.
    pub async fn fill_system(&mut self) -> Result<String> {
        let sql = self.store.sql("SELECT seq FROM {orchestration.migration_events} WHERE batch_id = 0 ORDER BY seq")?;
        let rows = self.session.query_text(&sql).await?;
        let there: std::collections::BTreeSet<i64> = rows.iter().map(|row| row.get_i64(0)).collect();
        let last = there.last().copied().unwrap_or_default();
        let missing = (1..last).filter(|seq| !there.contains(seq)).take(FILLED);
        let says_nothing = r#"'{"v":1,"kind":"ephemeral_purged","rows":[]}'"#;
        let values: Vec<String> =
            missing.map(|seq| format!("(0, {seq}, 'ephemeral_purged', {says_nothing}, 0, 0)")).collect();
        let events = self.table_of_ours("migration_events")?;
        Ok(format!("INSERT INTO {events} (batch_id, seq, kind, payload, at_ms, token) VALUES {}", values.join(", ")))
    }

    /// A table as a person names it in the database's own client: on SQLite each schema is a file that is opened alone.
    fn table_of_ours(&self, name: &str) -> Result<String> {
        match self.store.kind() {
            ServerKind::Sqlite => Ok(self.store.table(name)),
            ServerKind::MariaDb | ServerKind::MySql => self.store.fill(&format!("{{orchestration.{name}}}")),
        }
    }

    /// True if the row of the lease is there, without which no worker can begin.
    pub async fn has_lease_row(&mut self) -> Result<bool> {
        let sql =
            self.store.sql("SELECT COUNT(*) FROM {orchestration.migration_leases} WHERE lease_name = 'worker'")?;
        Ok(self.session.query_text(&sql).await?.first().is_some_and(|row| row.get_i64(0) > 0))
    }
}
