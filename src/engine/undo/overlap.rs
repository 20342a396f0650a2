//! Files that ran at the same time: what refers to a file's objects may have been changed by another one meanwhile, so that
//! how it stood before the file says nothing of how it is to stand after the file's undo.

use crate::engine::EngineError;
use crate::model::{Batch, BatchId, File, FileId, LockMode, Seq};
use crate::sql::ObjectName;
use crate::store::Reader;

/// The objects, none of which the file names, that another file of the batch changed while it ran; each with that file's
/// path. It stands in the journal which came first.
///
/// # Errors
/// The database's.
pub(crate) async fn changed_meanwhile(
    reader: &mut Reader,
    batch: &Batch,
    file: &File,
    beside: &[ObjectName],
) -> Result<Vec<(ObjectName, String)>, EngineError> {
    let mut changed = Vec::new();
    for object in beside {
        let others = batch.in_order().filter(|other| other.id != file.id && changes(other, object));
        for other in others {
            if overlap(reader, batch.id, file, other).await? {
                changed.push((object.clone(), other.path.clone()));
                break;
            }
        }
    }
    Ok(changed)
}

/// True if a file changes an object, as its locks have it.
fn changes(file: &File, object: &ObjectName) -> bool {
    let locks = file.locks.as_deref().unwrap_or_default();
    let is_it = |lock: &str| {
        let (kind, name) = lock.split_once(' ').unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or(name);
        kind == object.kind.to_string() && name.eq_ignore_ascii_case(&object.name)
    };
    locks.iter().any(|lock| lock.mode == LockMode::Exclusive && is_it(&lock.object))
}

/// True if another file was half-way when the file was looked at, or began after that and still stands.
async fn overlap(reader: &mut Reader, batch: BatchId, file: &File, other: &File) -> Result<bool, EngineError> {
    let Some(own) = last(reader, batch, file.id, "file_captured").await? else { return Ok(false) };
    let Some(begun) = last(reader, batch, other.id, "file_captured").await? else { return Ok(false) };
    if begun > own {
        return Ok(other.stands());
    }
    Ok(last(reader, batch, other.id, "statement_finished").await?.is_some_and(|ended| ended > own))
}

async fn last(reader: &mut Reader, batch: BatchId, file: FileId, kind: &str) -> Result<Option<Seq>, EngineError> {
    Ok(reader.find_event(batch, file, kind).await?.map(|event| event.seq))
}
