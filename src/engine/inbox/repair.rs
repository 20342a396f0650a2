//! A repair, from its row to its answer: the texts that are to be recorded come with it, as a plan's do.

use crate::engine::EngineError;
use crate::engine::inbox::examine;
use crate::engine::worker::Worker;
use crate::model::{BatchId, Command, FileRepair, FileStatus, Input, Repair, SourceText, Verb};
use crate::store::HistoryFile;
use std::collections::BTreeSet;

impl Worker {
    /// Answers a command to repair what is recorded of files.
    pub(super) async fn take_repair(&mut self, mut command: Command, files: &[FileRepair]) -> Result<(), EngineError> {
        let texts = command.submission.take().map(|plan| plan.texts).unwrap_or_default();
        let history = self.inspector.reader.history_files().await?;
        let examined = examined(files, &texts, &history)
            .and_then(|()| self.journal.check_texts(&texts).map_err(|error| error.to_string()));
        if let Err(reason) = examined {
            return Ok(self.journal.refuse(command.id, reason).await?);
        }
        let batches: BTreeSet<BatchId> = files.iter().map(|file| file.batch).collect();
        for batch in batches {
            self.journal.load(batch).await?;
        }
        self.apply_request(Input::Commanded(command))?;
        let world = self.journal.world();
        let is_recorded = |one: &FileRepair| {
            let text = one.repair.text().map(|text| &text.hash);
            world.file(one.batch, one.file).is_some_and(|file| text.is_none_or(|hash| file.hash == *hash))
        };
        if files.iter().all(is_recorded) {
            self.store_texts(texts).await?;
        }
        Ok(())
    }
}

/// The command is whole, and speaks of the last run of each path: whoever wrote it may have written anything.
fn examined(files: &[FileRepair], texts: &[SourceText], history: &[HistoryFile]) -> Result<(), String> {
    examine::texts(texts)?;
    for text in texts {
        examine::path(&text.path)?;
    }
    for one in files {
        let Some(known) = history.iter().find(|known| known.file_id == one.file && known.batch_id == one.batch) else {
            return Err(format!("file {} of batch {} is not the last run of its path", one.file, one.batch));
        };
        let Some(text) = one.repair.text() else { continue };
        let path = match &one.repair {
            Repair::Renamed { path, .. } => path,
            Repair::Edited { .. } | Repair::Gone => &known.path,
        };
        examine::line("its hash", &text.hash.0, examine::LONGEST_WORD)?;
        examine::line("the hash of its tokens", &text.canonical.0, examine::LONGEST_WORD)?;
        if !texts.iter().any(|kept| kept.checksum == text.source && kept.path == *path && kept.checksum.is_sha256()) {
            return Err(format!("the text of {} is missing", examine::shown(path)));
        }
        let stands = |other: &&HistoryFile| other.path == *path && other.file_id != one.file;
        if let Some(other) = history.iter().find(stands).filter(|other| other.status == FileStatus::Completed) {
            return Err(format!("{} has run as file {}", examine::shown(path), other.file_id));
        }
    }
    Ok(())
}

/// The files that a command repairs.
pub(super) fn named(command: &Command) -> Option<Vec<FileRepair>> {
    match &command.verb {
        Verb::Repair { files } => Some(files.clone()),
        _ => None,
    }
}
