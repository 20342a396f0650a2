//! The table of another tool is kept in step: after each file that completed, or was undone, once the journal says so. What
//! could not be written is written with the next file, or by the next worker: a worker begins with all of it.

use super::EngineError;
use super::in_step_state::InStepState;
use super::worker::Worker;
use crate::adopt::{InStep, RanFile};
use crate::database::{Purpose, ServerKind, Session};
use crate::model::{BatchId, FileId, FileStatus, Input, Outcome};
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
        let tool = self.inspector.reader.settings().await?.kept_in_step();
        self.in_step = InStepState { tool: tool.clone(), table: None };
        let Some(tool) = tool else { return Ok(()) };
        let brought = self.bring_in_step(&tool).await;
        self.tell_in_step(tool, brought)
    }

    /// Writes what became of files. What is wrong with that is nothing that a migration waits for, and is told.
    pub(crate) async fn keep_in_step(&mut self, files: Vec<(BatchId, FileId)>) -> Result<(), EngineError> {
        let Some(tool) = self.in_step.tool.clone().filter(|_| !files.is_empty()) else { return Ok(()) };
        let written = match self.in_step.table.take() {
            Some(table) => self.write_steps(table, files).await,
            // Something could not be written before.
            None => self.bring_in_step(&tool).await,
        };
        self.tell_in_step(tool, written)
    }

    fn tell_in_step(&mut self, tool: String, written: Result<(), String>) -> Result<(), EngineError> {
        if let Err(trouble) = &written {
            tracing::warn!(%trouble, %tool, "its history table could not be kept in step; it is tried again");
        }
        self.apply_input(Input::InStepTold { tool, trouble: written.err() })
    }

    /// Finds the table, and writes everything into it that has run or was undone here.
    async fn bring_in_step(&mut self, tool: &str) -> Result<(), String> {
        let store = self.inspector.store.clone();
        let mut session = store.database().open(Purpose::File).await.map_err(|error| error.to_string())?;
        let found = InStep::of(session.as_mut(), core_of(&store), tool).await;
        let brought = match found {
            Ok(Some(table)) => self.catch_up(session.as_mut(), &table).await.map(|()| table).map_err(|e| e.to_string()),
            Ok(None) => Err(format!("there is no such table in {}", store.schemas().core)),
            Err(error) => Err(error.to_string()),
        };
        session.close().await;
        self.in_step.table = Some(brought?);
        Ok(())
    }

    async fn write_steps(&mut self, table: InStep, files: Vec<(BatchId, FileId)>) -> Result<(), String> {
        let store = self.inspector.store.clone();
        let mut session = store.database().open(Purpose::File).await.map_err(|error| error.to_string())?;
        let written = self.write_each(session.as_mut(), &table, files).await;
        session.close().await;
        written.map_err(|error| error.to_string())?;
        self.in_step.table = Some(table);
        Ok(())
    }

    async fn write_each(
        &mut self,
        session: &mut dyn Session,
        table: &InStep,
        files: Vec<(BatchId, FileId)>,
    ) -> Result<(), EngineError> {
        for (batch, id) in files {
            let file = self.file(batch, id)?;
            let Some(outcome) = file.outcome else { continue };
            let by = self.batch(batch)?.started_by.clone().unwrap_or_default();
            let (path, ms, source) = (file.path.clone(), file.processing_ms, file.source.clone());
            let text = self.inspector.reader.source(&source).await?.map(|kept| kept.up).unwrap_or_default();
            let file = RanFile { path, text, ms, by };
            match outcome {
                Outcome::Completed => table.completed(session, &file).await?,
                Outcome::RolledBack => table.undone(session, &file).await?,
            }
        }
        self.write_last(session, table).await
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
    async fn catch_up(&mut self, session: &mut dyn Session, table: &InStep) -> Result<(), EngineError> {
        let files = self.inspector.reader.history_files().await?;
        let missing = table.missing(session, &HistoryFile::ended(&files)).await?;
        for HistoryFile { file_id, path, status, .. } in files.into_iter().filter(|file| missing.contains(&file.path)) {
            let by = self.inspector.store.database().account().to_owned();
            let text = self.inspector.reader.recorded_text(file_id).await?.map_or(String::new(), |kept| kept.up);
            let file = RanFile { path, text, ms: 0, by };
            if status == FileStatus::Completed {
                table.completed(session, &file).await?;
            } else {
                table.undone(session, &file).await?;
            }
        }
        self.write_last(session, table).await
    }
}
