//! When the system is frozen and thawed: as operators ask, as a batch's policy wants, as another worker left it, and as
//! long as anything uses it.

use super::read_only;
use super::steps::Wanted;
use crate::database::{Purpose, is_read_only};
use crate::engine::scheduler::{self, Next, Task};
use crate::engine::worker::Worker;
use crate::engine::{EngineError, Work};
use crate::model::{
    BatchId, Command, FileId, Freeze, FreezeMeans, FreezePolicy, FreezeStep, Input, Phase, SystemStatus, Verb,
    freeze_refusal,
};
use crate::sql::directives;
use crate::store::{Pending, pending_requests};

/// Reason of an operator who gave none.
const NO_REASON: &str = "an operator asked for it";

/// What another worker left, and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// This worker goes on with it.
    GoesOn,
    Ends,
}

impl Worker {
    /// A command that freezes or thaws.
    pub(crate) async fn take_freeze_command(&mut self, command: Command) -> Result<(), EngineError> {
        let refusal = match &self.freezing.asked {
            Some(asked) if command.verb == Verb::Freeze => {
                Some(format!("{} has asked for it just now", asked.operator))
            }
            _ => freeze_refusal(self.journal.world(), &command.verb),
        };
        if let Some(reason) = refusal {
            return self.apply_request(Input::FreezeAnswered { command, result: Err(reason) });
        }
        match command.verb {
            Verb::Thaw { emergency } => self.thaw_as_asked(command, emergency).await,
            _ => {
                self.freezing.asked = Some(command);
                Ok(())
            }
        }
    }

    async fn thaw_as_asked(&mut self, command: Command, emergency: bool) -> Result<(), EngineError> {
        let reason = command.reason.clone().unwrap_or_else(|| NO_REASON.to_owned());
        let operator = Some(command.operator.clone());
        let status = self.journal.world().system.system_status();
        if status == SystemStatus::Emergency {
            self.step(FreezeStep::EmergencyEnded { reason }, operator).await?;
        } else if emergency {
            if self.journal.world().system.frozen().is_some_and(|f| f.means == FreezeMeans::ReadOnly) {
                self.lift().await?;
            }
            self.freezing.lock.release().await;
            self.step(FreezeStep::Overridden { reason }, operator).await?;
        } else {
            self.thaw(reason, operator).await?;
        }
        self.apply_request(Input::FreezeAnswered { command, result: Ok(()) })
    }

    /// Freezes as an operator asked; nothing of ours is under way.
    async fn answer_freeze(&mut self) -> Result<(), EngineError> {
        let Some(command) = self.freezing.asked.take() else { return Ok(()) };
        let reason = command.reason.clone().unwrap_or_else(|| NO_REASON.to_owned());
        let result = match freeze_refusal(self.journal.world(), &command.verb) {
            Some(refusal) => Err(refusal),
            None => self.freeze(Wanted { reason, batch: None, operator: Some(command.operator.clone()) }).await?,
        };
        self.apply_request(Input::FreezeAnswered { command, result })?;
        self.commit().await
    }

    /// Freezes and thaws as a batch needs it before it goes on. True when what is under way has to end first.
    pub(crate) async fn tend_freeze(&mut self, id: BatchId) -> Result<bool, EngineError> {
        if self.freezing.asked.is_some() {
            if self.is_sending() {
                return Ok(true);
            }
            self.answer_freeze().await?;
        }
        let of_batch = self.journal.world().system.frozen().is_some_and(|f| f.batch == Some(id));
        if of_batch && !self.still_wants(id)? {
            self.thaw("what was to run frozen has ended".to_owned(), None).await?;
        }
        let Some((reason, file)) = self.wants(id).await? else { return Ok(false) };
        if self.journal.world().system.frozen().is_some() {
            return Ok(false);
        }
        if self.is_sending() {
            return Ok(true);
        }
        let frozen = match freeze_refusal(self.journal.world(), &Verb::Freeze) {
            Some(why) => Err(why),
            None => self.freeze(Wanted { reason, batch: Some(id), operator: None }).await?,
        };
        match frozen {
            Ok(()) => self.freezing.file = file,
            Err(reason) => self.apply_input(Input::FreezeMissing { batch: id, reason })?,
        }
        Ok(false)
    }

    /// The same while there is no batch to drive.
    pub(crate) async fn tend_idle(&mut self) -> Result<(), EngineError> {
        if self.freezing.asked.is_some() && !self.is_sending() {
            self.answer_freeze().await?;
        }
        Ok(())
    }

    /// Reason why the batch's next task needs a freeze, and the file that needs it.
    async fn wants(&mut self, id: BatchId) -> Result<Option<(String, Option<FileId>)>, EngineError> {
        let batch = self.batch(id)?;
        match batch.policy.freeze {
            FreezePolicy::Never => Ok(None),
            FreezePolicy::Always => {
                let moves = matches!(scheduler::next(batch, 1), Next::Do(_));
                Ok(moves.then(|| (format!("batch {id} runs frozen (policy.freeze = always)"), None)))
            }
            FreezePolicy::Critical => {
                // Before what the file may not change is counted.
                let Next::Do(Task::Capture(file) | Task::Run { file, phase: Phase::Forward, .. }) =
                    scheduler::next(batch, self.width(id)?)
                else {
                    return Ok(None);
                };
                let (inspector, batch, of) = self.inspect(id, file)?;
                let path = of.path.clone();
                let text = inspector.text(batch, of).await?;
                let asks = text.is_some_and(|text| directives(&text.source.up).is_ok_and(|d| d.freeze));
                Ok(asks.then(|| (format!("{path} asks for it (freeze=critical)"), Some(file))))
            }
        }
    }

    /// True if the freeze of a batch is still of use to it.
    fn still_wants(&self, id: BatchId) -> Result<bool, EngineError> {
        let batch = self.batch(id)?;
        Ok(match batch.policy.freeze {
            FreezePolicy::Never => false,
            FreezePolicy::Always => scheduler::next(batch, 1) != Next::Ended,
            FreezePolicy::Critical => self.freezing.file.is_some_and(|file| batch.active.contains(&file)),
        })
    }

    /// True if a statement of ours is under way, or about to be.
    fn is_sending(&self) -> bool {
        !self.ready.is_empty() || !self.is_quiet()
    }

    /// With the lease come the freezes of others: this worker goes on with what is still wanted, and ends the rest.
    pub(crate) async fn take_over_freeze(&mut self, work: &Work) -> Result<(), EngineError> {
        let Some(freeze) = self.journal.world().system.frozen().cloned() else { return Ok(()) };
        let left = self.what_becomes(&freeze, work);
        let told = format!(
            "{} froze the system at {} ({}) and ended without thawing it: {}",
            freeze.holder,
            freeze.since.to_rfc3339(),
            freeze.reason,
            if left == Left::GoesOn { "this worker goes on with it" } else { "this worker thaws it" }
        );
        self.tell_freeze("a freeze was left behind", told).await?;
        let mut stands = true;
        if freeze.means == FreezeMeans::ReadOnly {
            let mut session = self.inspector.store.database().open(Purpose::Control).await?;
            stands = is_read_only(session.as_mut()).await?;
            session.close().await;
        }
        if !stands && self.take_emergency().await? {
            return Ok(());
        }
        if !stands {
            let reason = "the server is not read_only any more: it was restarted, or somebody lifted it".to_owned();
            let proof = "@@GLOBAL.read_only was 0 already".to_owned();
            return self.step(FreezeStep::Thawed { reason, proof }, None).await;
        }
        if freeze.means == FreezeMeans::ReadOnly {
            self.freezing.guard.set();
        }
        if left == Left::Ends || freeze.status == SystemStatus::Thawing {
            return self.thaw(format!("{} ended without thawing it", freeze.holder), None).await;
        }
        let proof = match freeze.means {
            FreezeMeans::ReadOnly => read_only::proof(&self.inspector.store),
            FreezeMeans::WriteLock => super::write_lock::PROOF.to_owned(),
            FreezeMeans::Advisory => freeze.proof.clone().unwrap_or_default(),
        };
        self.freezing.is_busy();
        let (token, holder) = (self.journal.token(), self.inspector.options.holder.clone());
        self.step(FreezeStep::TakenOver { token, holder, proof }, None).await
    }

    /// An emergency that waits to be journalled says who lifted it. True if there was one.
    async fn take_emergency(&mut self) -> Result<bool, EngineError> {
        let store = self.inspector.store.clone();
        let waiting = pending_requests(self.inspector.reader.session(), &store, self.last_command).await?;
        let emergency = waiting.into_iter().find_map(|pending| match pending {
            Pending::Readable { request, .. } if request.verb == Verb::Thaw { emergency: true } => Some(request),
            _ => None,
        });
        let Some(command) = emergency else { return Ok(false) };
        self.take_command(command).await?;
        Ok(self.journal.world().system.frozen().is_none())
    }

    /// An operator's freeze goes on under a worker that stays, a batch's under one that drives the batch. Whoever only
    /// answers leaves it as it is until it ends.
    fn what_becomes(&self, freeze: &Freeze, work: &Work) -> Left {
        let runs_frozen = |id: BatchId| {
            self.journal.world().batch(id).is_some_and(|batch| {
                batch.policy.freeze == FreezePolicy::Always && scheduler::next(batch, 1) != Next::Ended
            })
        };
        let goes_on = match (work, freeze.batch) {
            (Work::AnswerCommand { .. } | Work::AnswerDecision { .. }, _) => true,
            (Work::Forever, None) => true,
            (Work::Submit { .. } | Work::Continue { .. }, None) => false,
            (_, Some(batch)) => runs_frozen(batch),
        };
        if goes_on { Left::GoesOn } else { Left::Ends }
    }

    /// Nothing has run for too long: whoever waits for writes is not to wait for a person who has gone home.
    pub(crate) async fn thaw_when_idle(&mut self) -> Result<(), EngineError> {
        let Some(freeze) = self.journal.world().system.frozen() else { return Ok(()) };
        if self.is_sending() || !self.freezing.left().is_zero() {
            return Ok(());
        }
        let most = self.freezing.max_idle.as_secs();
        let told = format!("nothing has run for {most} s (freeze.max_idle) under the freeze of {}", freeze.asked_by());
        self.thaw(told.clone(), None).await?;
        self.tell_freeze("the freeze was lifted", told).await
    }

    /// Between our own statements: holds what can only be held then, until the worker goes on.
    pub(crate) async fn rests(&mut self) {
        let is_locked = self.journal.world().system.frozen().is_some_and(|f| f.means == FreezeMeans::WriteLock);
        if !is_locked {
            return;
        }
        match self.freezing.lock.take(&self.inspector.store).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!("another program writes to the core file under the freeze; trying again"),
            Err(error) => tracing::warn!(%error, "the write lock of the freeze could not be taken"),
        }
    }

    /// The end of a worker is the end of its freeze.
    pub(crate) async fn thaw_at_the_end(&mut self) -> Result<(), EngineError> {
        if let Some(command) = self.freezing.asked.take() {
            let result = Err("the worker ends, and a freeze is part of its lease".to_owned());
            self.apply_request(Input::FreezeAnswered { command, result })?;
        }
        self.thaw("the worker ends".to_owned(), None).await
    }
}
