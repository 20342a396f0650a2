//! Whether a plan still fits what has run by the time that it is to become a batch.

use super::EngineError;
use super::worker::Worker;
use crate::model::{FileId, FileState, FileStatus, Submission};
use crate::store::HistoryFile;
use std::collections::HashSet;

impl Worker {
    /// Makes a plan stale that would run a file which has run, or is to run in another batch: whoever made it read while
    /// others worked, and may have seen a file as it was before its batch ended and the batch as it was afterwards. Under
    /// the lease nothing of this changes any more.
    pub(super) async fn look_again(&mut self, plan: &mut Submission) -> Result<(), EngineError> {
        if plan.after.is_some() && self.stands_in_the_way(plan).await? {
            // As if it had seen nothing of what there is.
            plan.after = Some(FileId(0));
        }
        Ok(())
    }

    async fn stands_in_the_way(&mut self, plan: &Submission) -> Result<bool, EngineError> {
        let planned: HashSet<&str> = plan.files.iter().map(|file| file.path.as_str()).collect();
        let latest = self.reader.history_files().await?;
        for file in latest.iter().filter(|file| planned.contains(file.path.as_str())) {
            if self.is_taken(file).await? {
                tracing::info!(file = %file.path, status = %file.status, "the plan was made before this file ran");
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn is_taken(&mut self, file: &HistoryFile) -> Result<bool, EngineError> {
        let is_open = self.journal.world().batch(file.batch_id).is_some_and(|batch| !batch.status.is_final());
        if is_open || matches!(file.status, FileStatus::Completed | FileStatus::Processing) {
            return Ok(true);
        }
        if file.state != FileState::Failed {
            return Ok(false);
        }
        let world = self.reader.world(file.batch_id).await?;
        Ok(world.is_none_or(|world| world.file(file.batch_id, file.file_id).is_none_or(|file| file.has_effects())))
    }
}
