//! Revalidation of a plan: whether it still fits what has run by the time that it is to become a batch.

use crate::engine::EngineError;
use crate::handlers::Handlers;
use crate::model::{FileId, FileState, FileStatus, Submission, World};
use crate::store::{HistoryFile, Reader};
use std::collections::HashSet;

/// Makes a plan stale that would run a file which has run, or is to run in another batch: whoever made it read while
/// others worked, and may have seen a file as it was before its batch ended and the batch as it was afterwards. Under
/// the lease nothing of this changes any more.
pub(crate) async fn revalidate(
    reader: &mut Reader,
    world: &World,
    handlers: &Handlers,
    plan: &mut Submission,
) -> Result<(), EngineError> {
    if plan.after.is_some() && stands_in_the_way(reader, world, handlers, plan).await? {
        // As if it had seen nothing of what there is.
        plan.after = Some(FileId(0));
    }
    Ok(())
}

async fn stands_in_the_way(
    reader: &mut Reader,
    world: &World,
    handlers: &Handlers,
    plan: &Submission,
) -> Result<bool, EngineError> {
    let planned: HashSet<&str> = plan.files.iter().map(|file| file.path.as_str()).collect();
    let latest = reader.history_files().await?;
    for file in latest.iter().filter(|file| planned.contains(file.path.as_str())) {
        if is_taken(reader, world, file).await? && !runs_again(world, handlers, plan, file) {
            tracing::info!(file = %file.path, status = %file.status, "the plan was made before this file ran");
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells whether a file that has completed was edited since, and is of a type whose files run again then.
fn runs_again(world: &World, handlers: &Handlers, plan: &Submission, file: &HistoryFile) -> bool {
    let is_open = world.batch(file.batch_id).is_some_and(|batch| !batch.status.is_final());
    let planned = plan.files.iter().find(|planned| planned.path == file.path && planned.hash != file.hash);
    let text = planned.and_then(|planned| plan.texts.iter().find(|text| text.checksum == planned.source));
    let of_its_type = planned
        .zip(text)
        .is_some_and(|(planned, text)| handlers.of(&text.up, planned.file_type).runs_again_as(&planned.path));
    !is_open && file.status == FileStatus::Completed && of_its_type
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
