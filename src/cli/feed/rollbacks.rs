//! Rollbacks of every batch: those that are open, what each would do, and what approvers decide.

use super::StoreFeed;
use super::faults::{from_engine, from_store};
use super::opening::is_large;
use crate::console::{FeedError, FeedFault, LookUp, RollbackSummary};
use crate::engine::blast_radius;
use crate::model::{BatchId, DecisionId, DecisionRequest, OverrideRequest, RollbackSubject};
use crate::store::{Filling, NewDecision, Reader, submit_decision, submit_override};
use std::collections::BTreeSet;

impl StoreFeed {
    /// The open rollbacks of every batch. The batch that is followed has its own in its world.
    pub(super) async fn open_rollbacks(&mut self) -> Result<Vec<RollbackSummary>, FeedError> {
        let shown = self.batch;
        let reader = self.reader().await?;
        if reader.is_legacy() {
            return Ok(Vec::new());
        }
        let keys = reader.rollback_keys(true).await.map_err(from_store)?;
        let batches: BTreeSet<BatchId> = keys.iter().map(|(batch, _)| *batch).collect();
        let mut summaries = Vec::new();
        for id in batches {
            let is_large = reader.batch(id).await.map_err(from_store)?.is_some_and(|row| is_large(&row));
            let world = match is_large {
                // The screen has it already.
                true if id == shown => continue,
                true => Filling::whole(reader, id).await.map_err(from_store)?,
                false => reader.world(id).await.map_err(from_store)?.unwrap_or_default(),
            };
            let Some(batch) = world.batch(id) else { continue };
            summaries.extend(
                batch
                    .rollbacks
                    .values()
                    .filter(|r| r.is_open())
                    .map(|r| RollbackSummary::from_rollback(&world, batch, r)),
            );
        }
        Ok(summaries)
    }

    /// Looks on a session of its own.
    pub(super) fn look_up(&mut self, batch: BatchId, subject: RollbackSubject) -> LookUp {
        let outside = self.surroundings.outside.clone();
        let store = self.store.clone();
        Box::pin(async move {
            let store = store.ok_or_else(|| FeedError::new(FeedFault::Gone, "not connected"))?;
            let mut reader = Reader::open(&store).await.map_err(from_store)?;
            let world = reader.world_from(batch).await.map_err(from_store)?.unwrap_or_default();
            let told = blast_radius(&mut reader, &outside, &world, batch, &subject).await.map_err(from_engine);
            reader.close().await;
            told
        })
    }

    pub(super) async fn decided(&mut self, request: DecisionRequest) -> Result<DecisionId, FeedError> {
        let store = self.store().await?;
        let DecisionRequest { batch, rollback, verdict, reason, seen } = request;
        let new = NewDecision { batch, rollback, verdict, reason, seen };
        submit_decision(self.control().await?, &store, &new).await.map_err(from_store)
    }

    pub(super) async fn checks_let_pass(
        &mut self,
        batch: BatchId,
        request: OverrideRequest,
    ) -> Result<DecisionId, FeedError> {
        let store = self.store().await?;
        submit_override(self.control().await?, &store, batch, &request).await.map_err(from_store)
    }
}
