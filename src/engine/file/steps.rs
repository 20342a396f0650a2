//! The steps of a file beside its statements, each answered by an input.

use super::observe;
use crate::database::ServerKind;
use crate::engine::EngineError;
use crate::engine::inspector::Inspector;
use crate::engine::scheduler::Task;
use crate::engine::undo::choose;
use crate::engine::worker::Worker;
use crate::model::{Batch, BatchId, Event, File, FileId, Input, UndoPlan, ValidationPhase};

impl Worker {
    /// Everything but a statement: it looks, and changes nothing in the database.
    pub(crate) async fn take_step(&mut self, batch: BatchId, task: Task) -> Result<(), EngineError> {
        if let Task::CheckAfter(file) | Task::ChooseUndo(file) | Task::Verify(file) = task
            && self.inspector.kind() == ServerKind::Sqlite
        {
            self.inspector.sessions.retire(file).await;
        }
        if matches!(task, Task::ChooseUndo(_) | Task::Verify(_)) {
            // An undo changes what no file announces.
            self.inspector.known.forget_schema();
        }
        let input = match task {
            Task::Begin(file) => {
                self.measure_before(batch).await?;
                self.begins(batch, file);
                Input::Turn { batch, file }
            }
            Task::Prepare(file) => {
                let now = self.journal.now();
                let (inspector, of, planned) = self.inspect(batch, file)?;
                inspector.stand_aside().await;
                let result = observe::prepared(inspector, of, planned, now).await?;
                Input::Prepared { batch, file, result }
            }
            Task::Block(file) => Input::Blocked { batch, file },
            Task::EndRollback(rollback) => Input::RollbackDone { batch, rollback },
            Task::CheckBefore(file) => {
                let (inspector, of, planned) = self.inspect(batch, file)?;
                let findings = observe::check(inspector, of, planned, ValidationPhase::Pre).await?;
                Input::CheckedBefore { batch, file, findings }
            }
            Task::Capture(file) => {
                let (inspector, of, planned) = self.inspect(batch, file)?;
                observe::capture(inspector, of, planned).await?
            }
            Task::Drain(file) => Input::Drained { batch, file },
            Task::CheckAfter(file) => {
                let (inspector, of, planned) = self.inspect(batch, file)?;
                let findings = observe::check(inspector, of, planned, ValidationPhase::Post).await?;
                Input::CheckedAfter { batch, file, findings }
            }
            Task::Record(file) => Input::Recorded { batch, file },
            Task::AbortFile(file) => {
                let (inspector, of, planned) = self.inspect(batch, file)?;
                if !planned.records.is_empty() {
                    let text = inspector.required_text(of, planned).await?;
                    self.lose_transaction(batch, file, &text, "an operator aborted the batch in it").await?;
                }
                Input::AbortFile { batch, file }
            }
            Task::AbortBatch => Input::AbortBatch { batch },
            Task::RollBack(file) => Input::RollBack { batch, file },
            Task::ChooseUndo(file) => return self.choose_undo(batch, file).await,
            Task::Verify(file) => {
                self.commit_before_rows(batch, file).await?;
                let (inspector, of, planned) = self.inspect_history(batch, file)?;
                let observe::Verified { difference, not_compared, left_alone } =
                    observe::verify(inspector, of, planned).await?;
                Input::Verified { batch, file, difference, not_compared, left_alone }
            }
            Task::Break { file, statement } => Input::BreakpointReached { batch, file, statement },
            Task::Run { .. } => return Ok(()),
        };
        self.apply_input(input)
    }

    /// The inspector, a file and its batch, where what was seen of the file so far is read back from the journal.
    fn inspect_history(
        &mut self,
        batch: BatchId,
        file: FileId,
    ) -> Result<(&mut Inspector, &Batch, &File), EngineError> {
        let of_file = |event: &&Event| event.batch == batch && event.kind.file() == Some(file);
        self.inspector.reader.read_also(self.journal.uncommitted().iter().filter(of_file).cloned().collect());
        self.inspect(batch, file)
    }

    /// Commits before the rows of a file are looked at, which may take long: people see meanwhile what has been done.
    async fn commit_before_rows(&mut self, batch: BatchId, file: FileId) -> Result<(), EngineError> {
        if self.file(batch, file)?.held.is_empty() {
            return Ok(());
        }
        self.commit().await
    }

    async fn choose_undo(&mut self, batch: BatchId, file: FileId) -> Result<(), EngineError> {
        self.commit_before_rows(batch, file).await?;
        let (inspector, of, planned) = self.inspect_history(batch, file)?;
        let (plan, seen) = choose::choose_undo(inspector, of, planned).await?;
        if let Some(lost) = observe::lost_unasked(inspector, of, planned, (&plan, &seen)).await? {
            self.apply_input(Input::WouldLose {
                batch,
                file,
                rows: lost.rows,
                objects: lost.objects,
                what: lost.what,
            })?;
            if !self.batch(batch)?.may_move() {
                return Ok(());
            }
        }
        if matches!(plan, UndoPlan::Written { .. }) {
            self.inspector.stand_aside().await;
        }
        self.apply_input(Input::UndoChosen { batch, file, plan })
    }
}
