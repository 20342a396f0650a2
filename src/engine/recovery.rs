//! What a worker makes of a batch that another left behind.

use super::worker::Worker;
use super::{EngineError, doubt};
use crate::model::{BatchId, FileId, Input};

impl Worker {
    /// Brings a batch that another worker left into a state from which it can go on.
    pub(super) async fn recover(&mut self, batch: BatchId) -> Result<(), EngineError> {
        let left: Vec<FileId> = self.batch(batch)?.active().map(|f| f.id).collect();
        if left.is_empty() {
            return Ok(());
        }
        tracing::info!(batch = batch.0, files = left.len(), "taking over what another worker left");
        for file in left {
            self.decide_doubts(batch, file).await?;
        }
        self.give(Input::Restarted { batch })?;
        self.commit().await
    }

    async fn decide_doubts(&mut self, batch: BatchId, id: FileId) -> Result<(), EngineError> {
        let file = self.file(batch, id)?.clone();
        let Some(text) = self.text(&file).await? else { return Ok(()) };
        let mut session = self.file_session(&file, &text).await?;
        if let Some(running) = &file.running {
            let found = doubt::look(&mut self.journal, &mut session, &file, running, &text).await?;
            let (effect, evidence) = (found.effect, found.evidence);
            self.give(Input::Decided { batch, file: id, effect, evidence })?;
        }
        let dialect = self.dialect();
        if let Some(from) = doubt::lost_transaction(&mut self.journal, dialect, &file, &text).await? {
            let evidence = "the connection that held the transaction is gone, and with it the transaction".to_owned();
            self.give(Input::TransactionLost { batch, file: id, from, evidence })?;
        }
        self.keep_session(session);
        Ok(())
    }
}
