//! Steps that only look: whether a file may run, what it touches, whether it did what it should, whether its undo
//! brought things back.

use super::scheduler::Task;
use super::worker::Worker;
use super::written_since::Lost;
use super::{EngineError, checks, prepare, undo};
use crate::check::Known;
use crate::database::{Definition, Purpose, Session};
use crate::model::{BatchId, DataLoss, EventKind, FileId, Finding, Input, Rollback, UndoPlan, ValidationPhase};

impl Worker {
    /// Everything but a statement: it looks, and changes nothing in the database.
    pub(super) async fn observe(&mut self, batch: BatchId, task: Task) -> Result<(), EngineError> {
        let input = match task {
            Task::Begin(file) => Input::Turn { batch, file },
            Task::Prepare(file) => {
                let planned = self.file(batch, file)?.clone();
                let text = self.text(&planned).await;
                let result = match text {
                    Err(EngineError::Text { error, .. }) => Err(super::text_failure(&error)),
                    text => {
                        let text = text?;
                        let Worker { reader, options, journal, .. } = self;
                        let known = journal.world().batch(batch).ok_or(EngineError::NoBatch(batch))?;
                        let prepared = prepare::prepare(reader, options, known, &planned, text.as_deref()).await?;
                        match (prepared, text) {
                            (Ok(()), Some(text)) => self.can_keep(&planned, &text).await?,
                            (prepared, _) => prepared,
                        }
                    }
                };
                Input::Prepared { batch, file, result }
            }
            Task::Block(file) => Input::Blocked { batch, file },
            Task::EndRollback(rollback) => Input::RollbackDone { batch, rollback },
            Task::CheckBefore(file) => {
                let findings = self.check(batch, file, ValidationPhase::Pre).await?;
                Input::CheckedBefore { batch, file, findings }
            }
            Task::Capture(file) => {
                let definitions = self.definitions(batch, file).await?;
                let fingerprint = crate::database::fingerprint(&definitions);
                let definitions = undo::journalled(&definitions);
                Input::Captured { batch, file, fingerprint, definitions }
            }
            Task::Drain(file) => Input::Drained { batch, file },
            Task::CheckAfter(file) => {
                let findings = self.check(batch, file, ValidationPhase::Post).await?;
                Input::CheckedAfter { batch, file, findings }
            }
            Task::Record(file) => Input::Recorded { batch, file },
            Task::AbortFile(file) => {
                let planned = self.file(batch, file)?.clone();
                if !planned.records.is_empty() {
                    let text = self.needed_text(&planned).await?;
                    self.lose_transaction(&planned, &text, "an operator aborted the batch in it").await?;
                }
                Input::AbortFile { batch, file }
            }
            Task::AbortBatch => Input::AbortBatch { batch },
            Task::RollBack(file) => Input::RollBack { batch, file },
            Task::ChooseUndo(file) => {
                let plan = self.choose_undo(batch, file).await?;
                if let Some(lost) = self.lost_unasked(batch, file, &plan).await? {
                    self.give(Input::WouldLose { batch, file, rows: lost.rows, what: lost.what })?;
                    if !self.batch(batch)?.may_move() {
                        return Ok(());
                    }
                }
                Input::UndoChosen { batch, file, plan }
            }
            Task::Verify(file) => {
                let difference = self.verify(batch, file).await?;
                Input::Verified { batch, file, difference }
            }
            Task::Break { file, statement } => Input::BreakpointReached { batch, file, statement },
            Task::Run { .. } => return Ok(()),
        };
        self.give(input)
    }

    /// What a rollback that nobody ordered would destroy of what others wrote, unless the policy lets it.
    async fn lost_unasked(
        &mut self,
        batch: BatchId,
        file: FileId,
        plan: &UndoPlan,
    ) -> Result<Option<Lost>, EngineError> {
        let of = self.batch(batch)?;
        let unasked = |r: &Rollback| r.opened_by.is_none() && r.decided_by.is_none() && !r.loss_accepted;
        if of.policy.data_loss == DataLoss::Proceed || !of.running_rollback().is_some_and(unasked) {
            return Ok(None);
        }
        let file = self.file(batch, file)?.clone();
        self.would_lose(&file, plan).await
    }

    async fn check(
        &mut self,
        batch: BatchId,
        file: FileId,
        phase: ValidationPhase,
    ) -> Result<Vec<Finding>, EngineError> {
        let planned = self.file(batch, file)?.clone();
        let text = self.needed_text(&planned).await?;
        let mut files = self.file_session(&planned, &text).await?;
        // Before the file runs, what it touches is looked at once, for the checks and for the capture; after it, what
        // its statements left was seen as they ended.
        if phase == ValidationPhase::Pre {
            files.definitions(&text.objects).await?;
        }
        self.known.there = files.there();
        self.sessions.keep(files);
        let mut session = match self.looking.take() {
            Some(session) => session,
            None => self.store.database().open(Purpose::Control).await?,
        };
        let dialect = self.dialect();
        let database = self.store.database().as_ref();
        let core = database.schemas().core.as_str();
        let looking: (&mut dyn Session, &mut Known) = (session.as_mut(), &mut self.known);
        let findings = checks::run(looking, database, &self.options, (dialect, core), &planned, &text, phase).await;
        self.looking = Some(session);
        Ok(findings)
    }

    async fn definitions(&mut self, batch: BatchId, file: FileId) -> Result<Vec<Definition>, EngineError> {
        let planned = self.file(batch, file)?.clone();
        let text = self.needed_text(&planned).await?;
        let mut session = self.file_session(&planned, &text).await?;
        let definitions = session.definitions(&text.objects).await?;
        self.sessions.keep(session);
        Ok(definitions)
    }

    /// What the undo did not bring back: the difference between the definitions now and before the file ran, and foreign
    /// keys that rows break since.
    async fn verify(&mut self, batch: BatchId, file: FileId) -> Result<Option<String>, EngineError> {
        let planned = self.file(batch, file)?.clone();
        if planned.fingerprint.is_none() {
            return Ok(None);
        }
        self.commit().await?;
        let captured = self.reader.find_event(batch, file, "file_captured").await?.map(|e| e.kind);
        let Some(EventKind::FileCaptured { definitions: before, .. }) = captured else {
            return Ok(Some("what the file touches was not taken down before it ran".to_owned()));
        };
        let text = self.needed_text(&planned).await?;
        let mut session = self.file_session(&planned, &text).await?;
        session.look(&text.objects).await?;
        let now = session.definitions(&text.objects).await?;
        self.sessions.keep(session);
        let parts = [undo::difference(&before, &now), self.newly_broken_keys(&planned, &text).await?];
        let differences: String = parts.into_iter().flatten().collect();
        Ok((!differences.is_empty()).then_some(differences))
    }
}
