//! The table of another tool is kept in step: after each file that completed, or was undone, once the journal says so. What
//! could not be written is written with the next file, or by the next worker: a worker begins with all of it.

use super::EngineError;
use super::stepping::Stepping;
use super::worker::Worker;
use crate::adopt::{InStep, StepFile};
use crate::database::{Purpose, ServerKind, Session};
use crate::model::{BatchId, FileId, FileStatus, Outcome};
use crate::store::{HistoryFile, Store};

/// Core as a session for files knows it: on SQLite that is its main file.
fn core_of(store: &Store) -> &str {
    match store.kind() {
        ServerKind::Sqlite => "main",
        ServerKind::MariaDb | ServerKind::MySql => &store.schemas().core,
    }
}

impl Worker {
    /// Looks what is to be kept in step, and brings it there.
    pub(crate) async fn begin_in_step(&mut self) -> Result<(), EngineError> {
        let Some(tool) = self.inspector.reader.settings().await?.kept_in_step() else {
            self.stepping = Stepping::default();
            return Ok(());
        };
        let store = self.inspector.store.clone();
        let mut session = store.database().open(Purpose::File).await?;
        let table = InStep::of(session.as_mut(), core_of(&store), &tool).await;
        let begun = match table {
            Ok(table) => {
                if table.is_none() {
                    tracing::warn!(%tool, "its history table is not there, and is kept in step no more");
                }
                self.stepping = Stepping { table, is_behind: true };
                self.catch_up(session.as_mut()).await
            }
            Err(error) => Err(error.into()),
        };
        session.close().await;
        if let Err(error) = begun {
            tracing::warn!(%error, %tool, "its history table could not be brought in step; it is tried again");
        }
        Ok(())
    }

    /// Writes what became of files. What is wrong with that is nothing that a migration waits for.
    pub(crate) async fn keep_in_step(&mut self, files: Vec<(BatchId, FileId)>) {
        if self.stepping.table.is_none() || files.is_empty() {
            return;
        }
        if let Err(error) = self.write_steps(files).await {
            self.stepping.is_behind = true;
            tracing::warn!(%error, "a history table could not be kept in step; it is tried again");
        }
    }

    async fn write_steps(&mut self, files: Vec<(BatchId, FileId)>) -> Result<(), EngineError> {
        let store = self.inspector.store.clone();
        let mut session = store.database().open(Purpose::File).await?;
        let written = match self.stepping.is_behind {
            true => self.catch_up(session.as_mut()).await,
            false => self.write_each(session.as_mut(), files).await,
        };
        session.close().await;
        written
    }

    async fn write_each(
        &mut self,
        session: &mut dyn Session,
        files: Vec<(BatchId, FileId)>,
    ) -> Result<(), EngineError> {
        let Some(table) = self.stepping.table.clone() else { return Ok(()) };
        for (batch, id) in files {
            let file = self.file(batch, id)?;
            let Some(outcome) = file.outcome else { continue };
            let by = self.batch(batch)?.started_by.clone().unwrap_or_default();
            let (path, ms, source) = (file.path.clone(), file.processing_ms, file.source.clone());
            let text = self.inspector.reader.source(&source).await?.map(|kept| kept.up).unwrap_or_default();
            let file = StepFile { path, text, ms, by };
            match outcome {
                Outcome::Completed => table.completed(session, &file).await?,
                Outcome::RolledBack => table.undone(session, &file).await?,
            }
        }
        self.write_last(session, &table).await
    }

    /// Of a tool that keeps its last version alone.
    async fn write_last(&mut self, session: &mut dyn Session, table: &InStep) -> Result<(), EngineError> {
        if !table.keeps_the_last() {
            return Ok(());
        }
        let files = self.inspector.reader.history_files().await?;
        let paths = |wanted: &dyn Fn(&HistoryFile) -> bool| -> Vec<String> {
            files.iter().filter(|file| wanted(file)).map(|file| file.path.clone()).collect()
        };
        let (all, completed) = (paths(&|_| true), paths(&|file| file.status == FileStatus::Completed));
        Ok(table.last(session, &all, &completed).await?)
    }

    /// Everything that has run or was undone here.
    async fn catch_up(&mut self, session: &mut dyn Session) -> Result<(), EngineError> {
        let Some(table) = self.stepping.table.clone() else { return Ok(()) };
        if !table.keeps_the_last() {
            let known = table.known(session).await?;
            for HistoryFile { file_id, path, status, .. } in self.inspector.reader.history_files().await? {
                let by = self.inspector.store.database().account().to_owned();
                let mut file = StepFile { path, text: String::new(), ms: 0, by };
                let is_known = table.name_of(&file).is_some_and(|name| known.contains(&name));
                match (status, is_known) {
                    (FileStatus::Completed, false) => {
                        file.text =
                            self.inspector.reader.recorded_text(file_id).await?.map_or(String::new(), |kept| kept.up);
                        table.completed(session, &file).await?;
                    }
                    (FileStatus::RolledBack, true) => table.undone(session, &file).await?,
                    _ => {}
                }
            }
        }
        self.write_last(session, &table).await?;
        self.stepping.is_behind = false;
        Ok(())
    }
}
