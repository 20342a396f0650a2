//! What a worker makes of a batch that another left behind.

use super::texts::Text;
use super::worker::Worker;
use super::{EngineError, doubt};
use crate::model::{BatchId, FileId, Input};
use crate::sql::Statement;

impl Worker {
    /// Brings a batch that another worker left into a state from which it can go on.
    pub(super) async fn recover(&mut self, batch: BatchId) -> Result<(), EngineError> {
        let left: Vec<FileId> = self.batch(batch)?.active().map(|f| f.id).collect();
        if left.is_empty() {
            return Ok(());
        }
        tracing::info!(batch = batch.0, files = left.len(), "taking over what another worker left");
        let mut resumable = Vec::new();
        for id in left {
            self.decide_doubts(batch, id).await?;
            let file = self.file(batch, id)?.clone();
            if self.text(&file).await?.is_some_and(|text| needs_no_session(&text, file.records.len())) {
                resumable.push(id);
            }
        }
        self.give(Input::Restarted { batch, resumable })?;
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

/// Whether another session can run the rest of a file: what ran left nothing in its own (variables, temporary tables,
/// locks, a default schema), and what follows asks for nothing that only that one knows.
fn needs_no_session(text: &Text, ended: usize) -> bool {
    const OF_THE_SESSION: [&str; 6] =
        ["@", "last_insert_id", "row_count", "found_rows", "last_insert_rowid", "changes("];
    let (ran, rest) = text.up.statements.split_at(ended.min(text.up.statements.len()));
    let leaves_nothing = |s: &Statement| {
        let kind = s.analysis.kind;
        (kind.is_ddl() || kind.is_dml() || kind.is_transaction_control()) && !s.analysis.flags.temporary
    };
    let asks_for_nothing = |s: &Statement| {
        let sql = s.sql.to_ascii_lowercase();
        !OF_THE_SESSION.iter().any(|word| sql.contains(word))
    };
    ran.is_empty() || (ran.iter().all(leaves_nothing) && rest.iter().all(asks_for_nothing))
}
