//! Requests that a worker takes up under its lease, before anything is decided about them.

use super::answer::refuse;
use super::request::RequestId;
use crate::store::limits::TAKEN_UP;
use crate::store::unhindered::unhindered;
use crate::store::{Journal, Lease, Result};

impl Journal {
    /// Notes, before anything is decided about a request, that this worker has taken it up. False when it has been
    /// answered meanwhile. To be done when nothing waits for a commit.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`](crate::store::StoreError::LeaseLost) when another worker has taken over.
    pub async fn take_up<I: RequestId>(&mut self, id: I) -> Result<bool> {
        self.check()?;
        let (table, word) = (I::SORT.table(), I::SORT.word());
        let lease = "EXISTS (SELECT 1 FROM {orchestration.migration_leases} WHERE lease_name = 'worker' AND token = ?)";
        let sql = self.store.fill(&format!(
            "UPDATE {table} SET answer_reason = ? WHERE {word}_id = ? AND {word}_status = 'submitted' AND {lease}"
        ))?;
        let values = [TAKEN_UP.into(), id.number().into(), self.lease.token.0.into()];
        let connection = self.session.connection_id();
        let taken = unhindered(&self.store, connection, self.session.execute(&sql, &values)).await? > 0;
        self.end_answer().await?;
        if taken {
            return Ok(true);
        }
        match Lease::current(&self.store, self.session.as_mut()).await? {
            Some(row) if row.token == self.lease.token => Ok(false),
            row => Err(self.lease.lost(row)),
        }
    }

    /// Refuses a request without an event: about what it asks nothing can be decided. Nothing may wait for a commit.
    ///
    /// # Errors
    /// The database's.
    pub async fn refuse<I: RequestId>(&mut self, id: I, reason: String) -> Result<()> {
        self.check()?;
        refuse(self.session.as_mut(), &self.store, id, reason).await?;
        self.end_answer().await
    }

    async fn end_answer(&mut self) -> Result<()> {
        if self.store.dialect().is_mysql_family() {
            self.session.commit().await?;
        }
        Ok(())
    }
}
