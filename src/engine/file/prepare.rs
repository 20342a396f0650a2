//! Preconditions of a file: its text is there and is the planned one, and what it needs has completed.

use super::texts::FileText;
use crate::engine::statement::job::Permission;
use crate::engine::statement::reserved;
use crate::engine::{EngineError, EngineOptions};
use crate::handlers::Handler;
use crate::model::{Batch, Category, DependencyType, Failure, File, FileStatus, file_of};
use crate::store::Reader;
use std::path::{Component, Path, PathBuf};

/// `Err` is the failure with which the file goes to `failed`; nothing has been touched.
pub(crate) async fn prepare(
    reader: &mut Reader,
    options: &EngineOptions,
    batch: &Batch,
    file: &File,
    text: Option<&FileText>,
) -> Result<Permission, EngineError> {
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
    if let Some(failure) = reserved::refused_file(reader.store(), text) {
        return Ok(Err(failure));
    }
    let handler = options.handlers.of(&text.source.up, file.file_type);
    match &options.directory {
        Some(directory) => {
            if let Err(failure) = unchanged(directory, file, handler.as_ref()) {
                return Ok(Err(failure));
            }
        }
        None if text.up.statements.iter().any(|statement| statement.analysis.kind.is_own()) => {
            return Ok(Err(unseen(file)));
        }
        None => {}
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

/// The file of that path in the directory: a plan may come from anybody, and no path that leads out of the directory is
/// opened because a plan names it.
fn listed(directory: &Path, path: &str) -> std::io::Result<PathBuf> {
    let mut place = directory.to_owned();
    for name in path.split('/') {
        let mut components = Path::new(name).components();
        let (Some(Component::Normal(plain)), None) = (components.next(), components.next()) else {
            return Err(std::io::Error::from(std::io::ErrorKind::NotFound));
        };
        place.push(plain);
    }
    if std::fs::metadata(&place)?.is_file() { Ok(place) } else { Err(std::io::Error::other("it is no plain file")) }
}

/// A file that does something in the directory, where this process does not see that.
fn unseen(file: &File) -> Failure {
    let message =
        format!("{} is changed where it lies, and this process does not see the migration directory", file.path);
    Failure::new(Category::Validation, message)
        .hint("run `caribou migrate` where the directory is, or give the worker the directory (migrations.dir)")
}

/// The file in the checkout is still the one that was planned.
fn unchanged(directory: &Path, file: &File, handler: &dyn Handler) -> Result<(), Failure> {
    let bytes =
        listed(directory, file_of(&file.path)).and_then(|path| crate::regular::read(&path)).map_err(|error| {
            let path = directory.join(&file.path);
            Failure::new(Category::Checksum, format!("{} was planned and cannot be read now: {error}", path.display()))
                .hint("put the file back, or migrate again to plan without it")
        })?;
    let hash = handler.identity(&bytes);
    if hash == file.hash.0 {
        return Ok(());
    }
    let message = format!("{} has changed since it was planned (SHA-256 {}, now {hash})", file.path, file.hash);
    Err(Failure::new(Category::Checksum, message)
        .hint("review the change, then migrate again to plan the file as it is"))
}

/// Required files of earlier batches have completed. Those of this batch have, or it would not be the file's turn.
async fn depends(reader: &mut Reader, batch: &Batch, file: &File) -> Result<Permission, EngineError> {
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

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn no_path_leads_out_of_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let (inside, outside) = (dir.path().join("migrations"), dir.path().join("secret.sql"));
        std::fs::create_dir_all(inside.join("a")).unwrap();
        std::fs::write(&outside, "SELECT 1").unwrap();
        std::fs::write(inside.join("a/b.sql"), "SELECT 1").unwrap();
        assert_eq!(listed(&inside, "a/b.sql").unwrap(), inside.join("a/b.sql"));
        for path in ["../secret.sql", "a/../../secret.sql", "./a/b.sql", "a//b.sql", "", "a", outside.to_str().unwrap()]
        {
            assert!(listed(&inside, path).is_err(), "{path}");
        }
    }
}
