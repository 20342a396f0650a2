//! The files of the plan in a directory of their own: what a file does where it lies is rehearsed there.

use super::super::CliError;
use super::scratch::temporary;
use crate::handlers::Handlers;
use crate::model::{Submission, file_of};
use std::path::{Path, PathBuf};

/// A copy of the files, removed when it is dropped.
pub(super) struct ScratchFiles {
    pub dir: PathBuf,
}

impl ScratchFiles {
    /// Copies them, if there is one among them that is changed where it lies.
    pub fn copy(from: &Path, submission: &Submission) -> Result<Option<ScratchFiles>, CliError> {
        let handlers = Handlers::standard();
        let types = submission.files.iter().map(|file| (&file.source, file.file_type));
        let mut texts = types.filter_map(|(source, file_type)| {
            submission.texts.iter().find(|text| text.checksum == *source).map(|text| (text, file_type))
        });
        if !texts.any(|(text, file_type)| handlers.of(&text.up, file_type).has_steps()) {
            return Ok(None);
        }
        let copied = ScratchFiles { dir: temporary()? };
        for file in &submission.files {
            let from = from.join(file_of(&file.path));
            let to = copied.dir.join(file_of(&file.path));
            let made = to.parent().map_or(Ok(()), std::fs::create_dir_all);
            made.and_then(|()| std::fs::copy(&from, &to)).map_err(|error| {
                CliError::refused(format!("cannot copy {} to {}: {error}", file.path, to.display()))
            })?;
        }
        Ok(Some(copied))
    }
}

impl Drop for ScratchFiles {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.dir) {
            tracing::warn!(%error, dir = %self.dir.display(), "the copy of the files was not removed");
        }
    }
}
