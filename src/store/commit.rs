//! One transaction: rows, answers, events, and with the last of them the proof that the lease is still ours.
//!
//! The rows come first and the events last, so that the lease's row is locked (shared) for no longer than the last
//! insert and the sync. A commit of no great size takes one round trip.

use super::bulk::{self, bytes_of, most, next_group, placeholders};
use super::holdings;
use super::projection::{Cell, Row, Table};
use super::unhindered::unhindered;
use super::{Journal, Lease, Result, StoreError, events, inbox, jobs, tables};
use crate::database::{ErrorKind, Packet, Value};
use crate::model::Event;
use std::sync::Arc;

/// Times that a commit is tried, each for as long as the journal's session waits for a lock (10 s): a busy server may take
/// its time to end whoever is in the way. Whoever has lost the lease meanwhile learns it from the fence.
const ATTEMPTS: u32 = 6;

impl Journal {
    /// Makes everything appended durable, and gives it back for publishing.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when another worker has taken over: nothing was written. Any error poisons the journal.
    pub async fn commit(&mut self) -> Result<Vec<Event>> {
        self.check()?;
        if self.pending.is_empty() {
            return Ok(Vec::new());
        }
        match self.write_in_turn().await {
            Ok(()) => {
                self.changed.clear();
                self.rows.0.clear();
                self.answers.clear();
                self.jobs.clear();
                self.holdings.clear();
                Ok(std::mem::take(&mut self.pending))
            }
            Err(error) => {
                let error = self.failed(error).await;
                self.poisoned = Some(format!("a commit failed: {error}"));
                Err(error)
            }
        }
    }

    /// Writes it again where a server says that somebody's locks were in the way: nothing of it is there then, and the
    /// fence in it still tells whether the lease is ours.
    async fn write_in_turn(&mut self) -> Result<()> {
        let (store, connection) = (self.store.clone(), self.session.connection_id());
        for _ in 1..ATTEMPTS {
            let error = match unhindered(&store, connection, self.write()).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if !store.dialect().is_mysql_family() || !is_in_the_way(&error) {
                return Err(error);
            }
            tracing::warn!(%error, "somebody's locks were in the way of the journal; it is written again");
            self.session.rollback().await?;
        }
        unhindered(&store, connection, self.write()).await
    }

    async fn write(&mut self) -> Result<()> {
        let rows: Vec<Vec<Value>> =
            self.pending.iter().map(|e| events::values(e, self.lease.token.0)).collect::<Result<_>>()?;
        self.refuse_too_large(&rows)?;
        let mut packet = Packet::default();
        for table in Table::ALL {
            self.upsert(&mut packet, table)?;
        }
        holdings::write(&self.store, &mut packet, &self.holdings)?;
        inbox::write_answers(&self.store, &mut packet, &self.answers)?;
        jobs::write(&self.store, &mut packet, &self.jobs)?;
        self.insert_events(&mut packet, rows)?;
        self.session.commit_all(&packet).await?;
        Ok(())
    }

    fn refuse_too_large(&self, rows: &[Vec<Value>]) -> Result<()> {
        let Some(most) = self.packet else { return Ok(()) };
        // A row takes a little more than its values on its way.
        let large = rows.iter().zip(&self.pending).map(|(row, e)| (bytes_of(row) as u64 + 1024, e));
        match large.into_iter().find(|(bytes, _)| *bytes > most) {
            Some((bytes, event)) => {
                let what = format!("the event {} of batch {}", event.kind.name(), event.batch);
                Err(StoreError::TooLarge { what, bytes, most })
            }
            None => Ok(()),
        }
    }

    fn upsert(&self, packet: &mut Packet, table: Table) -> Result<()> {
        let others = self.rows.0.range((table, i64::MIN)..=(table, i64::MAX)).map(|(_, row)| row_values(row));
        let changed = self.changed.rows(self.world(), table).map(|row| row_values(&row));
        let rows: Vec<Vec<Value>> = changed.chain(others).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let head = format!("{{orchestration.{}}}", table.name());
        let columns: Vec<&str> = std::iter::once(table.key()).chain(table.columns().map(|c| c.name)).collect();
        let head = format!("INSERT INTO {} ({}) VALUES", self.store.fill(&head)?, columns.join(", "));
        let set: Vec<String> = columns[1..].iter().map(|c| format!("{c} = {}", self.store.wanted(c))).collect();
        let target = if self.store.dialect().is_mysql_family() {
            self.store.upsert_words().to_owned()
        } else {
            format!("ON CONFLICT ({}) DO UPDATE SET", table.key())
        };
        let tail = format!("{target} {}", set.join(", "));
        bulk::add(packet, &head, columns.len(), &tail, rows, most(self.packet));
        Ok(())
    }

    /// The first row of the last statement has its token from the lease's row, if that still has it: NULL otherwise,
    /// which the column refuses.
    fn insert_events(&self, packet: &mut Packet, rows: Vec<Vec<Value>>) -> Result<()> {
        let columns = events::COLUMNS;
        let head = self.store.fill("INSERT INTO {orchestration.migration_events}")?;
        let head = format!("{head} ({}) VALUES", columns.join(", "));
        let fence: Arc<str> = self
            .store
            .sql("(SELECT token FROM {orchestration.migration_leases} WHERE lease_name = 'worker' AND token = ?)")?;
        let plain = placeholders(columns.len());
        let fenced = format!("({}, {fence})", vec!["?"; columns.len() - 1].join(", "));
        let sizes: Vec<usize> = rows.iter().map(|row| bytes_of(row)).collect();
        let mut rows = rows.into_iter();
        let mut sent = 0;
        while sent < sizes.len() {
            let group = next_group(&sizes[sent..], most(self.packet));
            sent += group;
            let mut texts = vec![plain.as_str(); group];
            if sent == sizes.len() {
                texts[0] = &fenced;
            }
            packet.add(format!("{head} {}", texts.join(", ")), rows.by_ref().take(group).flatten().collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Finds out what the failure really was: a lease that has moved on shows itself as a NULL token or as a number
    /// that is there already.
    async fn failed(&mut self, error: StoreError) -> StoreError {
        if let Err(also) = self.session.rollback().await {
            tracing::debug!(%also, "a failed commit could not be rolled back; the server does so when the session ends");
        }
        match Lease::current(&self.store, self.session.as_mut()).await {
            Ok(row) if row.as_ref().is_none_or(|row| row.token != self.lease.token) => self.lease.lost(row),
            _ => error,
        }
    }
}

/// True if a lock was not had, or a deadlock was decided against us.
fn is_in_the_way(error: &StoreError) -> bool {
    matches!(error, StoreError::Database(error) if matches!(error.kind, ErrorKind::LockWait | ErrorKind::Deadlock))
}

/// Key and cells as values.
fn row_values(row: &Row) -> Vec<Value> {
    let cells = row.cells.iter().zip(row.table.columns()).map(|(cell, column)| match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => Value::Int(*number),
        Cell::Text(text) => tables::fitted(column.name, text).into(),
    });
    std::iter::once(Value::Int(row.key)).chain(cells).collect()
}
