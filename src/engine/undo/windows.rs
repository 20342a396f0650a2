//! Rollbacks of what has run: the batches that a decision depends on, the clock that it is judged by, and carrying it
//! out.

use crate::engine::EngineError;
use crate::engine::worker::{DriveEnd, Worker};
use crate::model::{Batch, BatchId, Decision, Input, Job, JobSubject};

impl Worker {
    /// Loads a batch and every batch after it: what may stand on it, and which epoch the system is at.
    pub(crate) async fn load_from(&mut self, batch: BatchId) -> Result<(), EngineError> {
        self.journal.load(batch).await?;
        for later in self.journal.batches_after(batch).await? {
            self.journal.load(later).await?;
        }
        Ok(())
    }

    /// An approver has decided; the database's clock is read for it.
    pub(crate) async fn decide_on(&mut self, decision: Decision) -> Result<(), EngineError> {
        match decision.overrides {
            // It is about its own batch, or about none.
            Some(_) => drop(self.journal.load(decision.batch).await?),
            None => self.load_from(decision.batch).await?,
        }
        let now = self.journal.read_clock().await?;
        self.apply_request(Input::Decision { decision, now })
    }

    /// Something is due: about a window, a batch, or an alert.
    pub(crate) async fn due(&mut self, job: Job) -> Result<(), EngineError> {
        // No time runs out on a server that nobody has accepted; it is told again.
        if self.journal.world().system.other.is_some() {
            return Ok(());
        }
        let Job { batch, subject, kind, .. } = job;
        match subject {
            JobSubject::Rollback(_) => self.load_from(batch).await?,
            JobSubject::Batch(_) | JobSubject::Alert(_) => drop(self.journal.load(batch).await?),
        }
        if self.journal.world().batch(batch).is_none() {
            tracing::warn!(batch = batch.0, %subject, "something is due about a batch without a journal");
            return Ok(());
        }
        let now = self.journal.read_clock().await?;
        self.apply_input(Input::Due { batch, subject, kind, now })
    }

    /// Carries out the rollbacks that somebody has ordered or approved; false when the process was asked to end.
    pub(crate) async fn carry_out_rollbacks(&mut self) -> Result<bool, EngineError> {
        while let Some(batch) = self.ordered() {
            if self.drive(batch).await? == DriveEnd::Stopped {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The first batch of which something is being undone because somebody said so, or because its window lapsed.
    fn ordered(&self) -> Option<BatchId> {
        let is_ordered = |b: &&Batch| {
            let running = b.running_rollback();
            running.is_some_and(|r| r.compensated_by.is_some() || r.opened_by.is_some() || r.decided_by.is_some())
        };
        self.journal.world().batches.values().find(is_ordered).map(|b| b.id)
    }
}
