//! The plan of a directory against what has run here.

use super::Project;
use crate::cli::config::Config;
use crate::cli::engine_options;
use crate::cli::exit::CliError;
use crate::cli::planning::{self, Found, Known, Planned, Wishes};
use crate::engine;
use crate::model::{BatchId, Epoch, FileState, FileStatus};
use crate::plan::Applied;
use crate::store::{HistoryFile, SchemaState};

impl Project {
    /// The plan of a directory against what has run here.
    pub async fn plan(&mut self, config: &Config, found: Found, wishes: &Wishes) -> Result<Planned, CliError> {
        let (mut history, mut epoch) = (Vec::new(), Epoch(0));
        if self.reader.is_none() {
            if self.state != SchemaState::Absent {
                self.require_installed().await?;
            }
        } else {
            let files = self.reader()?.history_files().await?;
            epoch = files
                .iter()
                .filter(|f| f.status == FileStatus::Completed)
                .map(|f| f.epoch_to)
                .max()
                .unwrap_or_default();
            // A rollback of what has completed brings the system to an epoch that no file has.
            epoch = epoch.max(self.reader()?.current_epoch().await?);
            let open: Vec<BatchId> = self.open_batches().await?;
            for file in files {
                history.push(self.applied(file, &open).await?);
            }
        }
        let dialect = self.store.database().kind().dialect();
        let core = self.store.schemas().core.clone();
        let mut planned = planning::make(found, &Known { history, epoch, dialect, core: &core }, config, wishes);
        engine::foresee(&self.store, &mut planned.plan, engine_options::keep(config).budget).await?;
        planned.rehearsed = self.rehearsed(&planned.plan.checksum.0).await?;
        Ok(planned)
    }

    /// How the last rehearsal came out, if it was one of this plan.
    async fn rehearsed(&mut self, plan: &str) -> Result<Option<bool>, CliError> {
        match self.reader.as_mut() {
            Some(reader) if !reader.is_legacy() => {
                let last = reader.settings().await?.rehearsed();
                Ok(last.filter(|rehearsed| rehearsed.plan == plan).map(|rehearsed| rehearsed.passed))
            }
            _ => Ok(None),
        }
    }

    async fn applied(&mut self, file: HistoryFile, open: &[BatchId]) -> Result<Applied, CliError> {
        let failed = file.state == FileState::Failed;
        let effects = failed && self.has_effects(file.batch_id, &file).await?;
        Ok(Applied {
            file_id: file.file_id,
            path: file.path,
            hash: file.hash,
            canonical: file.canonical.unwrap_or_default(),
            status: file.status,
            state: file.state,
            effects,
            open: open.contains(&file.batch_id),
            epoch_to: file.epoch_to,
        })
    }

    /// Whether a failed file left something behind; a batch without a journal may have.
    async fn has_effects(&mut self, batch: BatchId, file: &HistoryFile) -> Result<bool, CliError> {
        let world = self.reader()?.world(batch).await?;
        Ok(world.is_none_or(|w| w.file(batch, file.file_id).is_none_or(|f| f.has_effects())))
    }
}
