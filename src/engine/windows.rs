//! Rollbacks of what has run: the batches that a decision depends on, the clock that it is judged by, and carrying it out.

use super::EngineError;
use super::worker::{Drove, Worker};
use crate::model::{Batch, BatchId, Decision, Input, Job};
use crate::store::{Settings, are_grants_installed};

impl Worker {
    /// Loads a batch and every batch after it: what may stand on it, and which epoch the system is at.
    pub(super) async fn load_from(&mut self, batch: BatchId) -> Result<(), EngineError> {
        self.journal.load(batch).await?;
        for later in self.journal.batches_after(batch).await? {
            self.journal.load(later).await?;
        }
        Ok(())
    }

    /// Whether another account than the one that starts a batch has to decide about it.
    pub(super) async fn needs_four_eyes(&mut self) -> Result<bool, EngineError> {
        let store = self.store.clone();
        let session = self.reader.session();
        match Settings::read(session, &store).await?.four_eyes() {
            Some(said) => Ok(said),
            None => Ok(are_grants_installed(session, &store).await?),
        }
    }

    /// An approver has decided; the database's clock is read for it.
    pub(super) async fn decide_on(&mut self, decision: Decision) -> Result<(), EngineError> {
        self.decided = self.decided.max(decision.id);
        self.load_from(decision.batch).await?;
        let now = self.journal.read_clock().await?;
        self.give(Input::Decision { decision, now })
    }

    /// Something about a window is due.
    pub(super) async fn due(&mut self, job: Job) -> Result<(), EngineError> {
        // No time runs out on a server that nobody has accepted; it is told again.
        if self.journal.world().system.other.is_some() {
            return Ok(());
        }
        let Job { batch, rollback, kind, .. } = job;
        self.load_from(batch).await?;
        if self.journal.world().batch(batch).is_none() {
            tracing::warn!(batch = batch.0, rollback = rollback.0, "something is due about a batch without a journal");
            return Ok(());
        }
        let now = self.journal.read_clock().await?;
        self.give(Input::Due { batch, rollback, kind, now })
    }

    /// Carries out the rollbacks that somebody has ordered or approved; false when the process was asked to end.
    pub(super) async fn carry_out_rollbacks(&mut self) -> Result<bool, EngineError> {
        while let Some(batch) = self.ordered() {
            if self.drive(batch).await? == Drove::Stopped {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The first batch of which something is being taken back because somebody said so, or because its window lapsed.
    fn ordered(&self) -> Option<BatchId> {
        let is_ordered = |b: &&Batch| {
            let running = b.running_rollback();
            running.is_some_and(|r| r.compensated_by.is_some() || r.opened_by.is_some() || r.decided_by.is_some())
        };
        self.journal.world().batches.values().find(is_ordered).map(|b| b.id)
    }
}
