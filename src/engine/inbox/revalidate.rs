//! Revalidation of a plan: whether it still fits what has run by the time that it is to become a batch.

use crate::engine::EngineError;
use crate::model::{FileId, FileState, FileStatus, Submission, World};
use crate::store::{HistoryFile, Reader};
use std::collections::HashSet;

/// Makes a plan stale that would run a file which has run, or is to run in another batch: whoever made it read while
/// others worked, and may have seen a file as it was before its batch ended and the batch as it was afterwards. Under
/// the lease nothing of this changes any more.
pub(crate) async fn revalidate(reader: &mut Reader, world: &World, plan: &mut Submission) -> Result<(), EngineError> {
    if plan.after.is_some() && stands_in_the_way(reader, world, plan).await? {
        // As if it had seen nothing of what there is.
        plan.after = Some(FileId(0));
    }
    Ok(())
}

async fn stands_in_the_way(reader: &mut Reader, world: &World, plan: &Submission) -> Result<bool, EngineError> {
    let planned: HashSet<&str> = plan.files.iter().map(|file| file.path.as_str()).collect();
    let latest = reader.history_files().await?;
    for file in latest.iter().filter(|file| planned.contains(file.path.as_str())) {
        if is_taken(reader, world, file).await? && !is_repeated(world, plan, file) {
            tracing::info!(file = %file.path, status = %file.status, "the plan was made before this file ran");
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells whether the plan repeats this run of a file, and knows that it does.
fn is_repeated(world: &World, plan: &Submission, file: &HistoryFile) -> bool {
    let is_open = world.batch(file.batch_id).is_some_and(|batch| !batch.status.is_final());
    let repeats = plan.files.iter().any(|planned| planned.path == file.path && planned.again == Some(file.file_id));
    !is_open && file.status == FileStatus::Completed && repeats
}

async fn is_taken(reader: &mut Reader, world: &World, file: &HistoryFile) -> Result<bool, EngineError> {
    let is_open = world.batch(file.batch_id).is_some_and(|batch| !batch.status.is_final());
    if is_open || matches!(file.status, FileStatus::Completed | FileStatus::Processing) {
        return Ok(true);
    }
    if file.state != FileState::Failed {
        return Ok(false);
    }
    let loaded = reader.world(file.batch_id).await?;
    Ok(loaded.is_none_or(|world| world.file(file.batch_id, file.file_id).is_none_or(|file| file.has_effects())))
}
