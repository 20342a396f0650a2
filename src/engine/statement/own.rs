//! A step that the handler of a file takes itself, outside the database.

use crate::engine::file::texts::FileText;
use crate::engine::{EngineError, EngineOptions, Outside};
use crate::handlers::{Handler, OwnStep, Stands};
use crate::model::{Effect, File, Phase, SourceText};
use crate::sql::{Statement, StatementKind};
use std::path::PathBuf;
use std::sync::Arc;

/// One such step, and all that it needs.
#[derive(Debug, Clone)]
pub(crate) struct OwnJob {
    handler: Arc<dyn Handler>,
    directory: Option<PathBuf>,
    source: Arc<SourceText>,
    statement: String,
    epoch: i64,
    /// It is taken back.
    back: bool,
}

impl OwnJob {
    pub(crate) fn new(options: &EngineOptions, file: &File, text: &FileText, statement: &Statement) -> OwnJob {
        let handler = options.handlers.of(&text.source.up, file.file_type);
        OwnJob::of(handler, options.directory.clone(), file, text, statement)
    }

    fn of(
        handler: Arc<dyn Handler>,
        directory: Option<PathBuf>,
        file: &File,
        text: &FileText,
        statement: &Statement,
    ) -> OwnJob {
        OwnJob {
            handler,
            directory,
            source: text.source.clone(),
            statement: statement.sql.clone(),
            epoch: file.epoch_to.0,
            back: statement.analysis.kind == StatementKind::OwnUndo,
        }
    }

    /// Takes the step, or takes it back; on a thread that may wait for a disk.
    pub(crate) async fn take(&self) -> Result<(), EngineError> {
        let job = self.clone();
        let taken = tokio::task::spawn_blocking(move || match job.back {
            false => job.handler.apply(&job.step()),
            true => job.handler.undo(&job.step()),
        });
        taken.await.map_err(EngineError::Task)?.map_err(EngineError::OwnStep)
    }

    /// Looks what became of it, when a worker ended in the middle.
    pub(crate) fn became(&self) -> (Effect, String) {
        match (self.handler.stands(&self.step()), self.back) {
            (Stands::After, false) => (Effect::Took, "what it makes is there".to_owned()),
            (Stands::Before, false) => (Effect::None, "all is as it was before it".to_owned()),
            (Stands::Before, true) => (Effect::Took, "all is again as it was before the file".to_owned()),
            (Stands::After, true) => (Effect::None, "what the file made is still there".to_owned()),
            (Stands::Neither(why), _) => (Effect::Unknown, why),
        }
    }

    /// Foresees why a step of a file's undo would not be taken; `None` where nothing speaks against it, or where this
    /// process does not see what it is about.
    pub(crate) fn would_refuse(outside: &Outside, file: &File, text: &FileText) -> Option<String> {
        let directory = outside.directory.as_ref()?;
        let steps = text.statements(Phase::Undo).iter().filter(|s| s.analysis.kind == StatementKind::OwnUndo);
        steps.into_iter().find_map(|statement| {
            let handler = outside.handlers.of(&text.source.up, file.file_type);
            match OwnJob::of(handler, Some(directory.clone()), file, text, statement).became() {
                (Effect::Unknown, why) => Some(why),
                _ => None,
            }
        })
    }

    fn step(&self) -> OwnStep<'_> {
        OwnStep {
            directory: self.directory.as_deref(),
            path: &self.source.path,
            text: &self.source.up,
            statement: &self.statement,
            epoch: self.epoch,
        }
    }
}
