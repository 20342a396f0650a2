//! The files that come next: looked at while others run (`ahead`).

use crate::database::ServerKind;
use crate::engine::EngineError;
use crate::engine::worker::Worker;
use crate::model::{Batch, BatchId, FileId};

impl Worker {
    /// Begins to look at what comes next, while statements run. On SQLite only the files' own session sees what they
    /// have not committed.
    pub(crate) async fn look_ahead(&mut self, id: BatchId) -> Result<(), EngineError> {
        let width = self.width(id)?;
        let inspector = &mut self.inspector;
        if inspector.kind() == ServerKind::Sqlite || inspector.ahead.is_looking().await {
            return Ok(());
        }
        let Some(batch) = self.journal.world().batch(id).filter(|batch| goes_forward(batch)) else { return Ok(()) };
        let mut wanted = Vec::new();
        for file in batch.coming(width) {
            if inspector.ahead.lacks(file.id)
                && let Ok(Some(text)) = inspector.text(batch, file).await
            {
                wanted.push((file.id, text.objects.clone()));
            }
        }
        if !wanted.is_empty() {
            inspector.ahead.begin(&inspector.store, wanted);
        }
        Ok(())
    }

    /// A file begins: what was seen of files that share an object with it may not be so any more.
    pub(crate) fn begins(&mut self, id: BatchId, file: FileId) {
        let Some(batch) = self.journal.world().batch(id) else { return };
        let Some(begun) = batch.file(file) else { return self.inspector.ahead.forget() };
        let is_apart = |other: FileId| other == file || batch.file(other).is_some_and(|o| o.clash(begun).is_none());
        self.inspector.ahead.retain(is_apart);
    }
}

fn goes_forward(batch: &Batch) -> bool {
    batch.may_move() && batch.aborting.is_none() && !batch.stopped && batch.running_rollback().is_none()
}
