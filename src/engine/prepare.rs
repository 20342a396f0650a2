//! Whether a file may run at all: its text is there and is the planned one, and what it needs has completed.

use super::texts::Text;
use super::{EngineError, EngineOptions};
use crate::model::{Batch, Category, DependencyType, Failure, File, FileStatus};
use crate::store::Reader;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;

/// `Err` is the failure with which the file goes to `failed`; nothing has been touched.
pub(super) async fn prepare(
    reader: &mut Reader,
    options: &EngineOptions,
    batch: &Batch,
    file: &File,
    text: Option<&Text>,
) -> Result<Result<(), Failure>, EngineError> {
    let Some(text) = text else {
        let message = format!("the text of {} (checksum {}) is not in migration_sources", file.path, file.source);
        return Ok(Err(
            Failure::new(Category::Checksum, message).hint("plan the directory again with `caribou migrate`")
        ));
    };
    if text.up.statements.len() != file.statements as usize {
        let message = format!(
            "{} has {} statements here and had {} when it was planned",
            file.path,
            text.up.statements.len(),
            file.statements
        );
        return Ok(Err(Failure::new(Category::Checksum, message).hint("plan it again with `caribou migrate`")));
    }
    if let Some(failure) = super::reserved::breach(reader.store(), text) {
        return Ok(Err(failure));
    }
    if let Some(directory) = &options.directory
        && let Err(failure) = unchanged(directory, file)
    {
        return Ok(Err(failure));
    }
    if let Some(failure) = superseded(reader, file).await? {
        return Ok(Err(failure));
    }
    depends(reader, batch, file).await
}

/// A file that is retried may have been planned again meanwhile: then it must not run twice.
async fn superseded(reader: &mut Reader, file: &File) -> Result<Option<Failure>, EngineError> {
    if file.retries == 0 {
        return Ok(None);
    }
    let history = reader.history_files().await?;
    let newer = history.iter().find(|h| h.path == file.path && h.file_id > file.id);
    Ok(newer.map(|h| {
        let message =
            format!("{} was planned again in batch {}, so it does not run in this one", file.path, h.batch_id);
        Failure::new(Category::Dependency, message).hint("look at the newer batch; nothing was touched here")
    }))
}

/// The file in the checkout is still the one that was planned.
fn unchanged(directory: &Path, file: &File) -> Result<(), Failure> {
    let path = directory.join(&file.path);
    let bytes = std::fs::read(&path).map_err(|error| {
        Failure::new(Category::Checksum, format!("{} was planned and cannot be read now: {error}", path.display()))
            .hint("put the file back, or migrate again to plan without it")
    })?;
    let mut hash = String::with_capacity(64);
    for byte in Sha256::digest(&bytes) {
        // Writing into a String cannot fail.
        write!(hash, "{byte:02x}").unwrap_or_default();
    }
    if hash == file.hash.0 {
        return Ok(());
    }
    let message = format!("{} has changed since it was planned (SHA-256 {}, now {hash})", file.path, file.hash);
    Err(Failure::new(Category::Checksum, message)
        .hint("review the change, then migrate again to plan the file as it is"))
}

/// Required files of earlier batches have completed. Those of this batch have, or it would not be the file's turn.
async fn depends(reader: &mut Reader, batch: &Batch, file: &File) -> Result<Result<(), Failure>, EngineError> {
    for dependency in file.depends_on.iter().filter(|d| d.kind == DependencyType::Required) {
        if batch.file(dependency.on).is_some() {
            continue;
        }
        let history = reader.history_files().await?;
        let status = history.iter().find(|h| h.path == dependency.path).map(|h| h.status);
        if status == Some(FileStatus::Completed) {
            continue;
        }
        let stands = status.map_or("is not known".to_owned(), |s| format!("is {s}"));
        let message = format!("{} requires {}, which {stands}", file.path, dependency.path);
        let hint = format!("bring {} to completed first, then retry", dependency.path);
        return Ok(Err(Failure::new(Category::Dependency, message).hint(hint)));
    }
    Ok(Ok(()))
}
