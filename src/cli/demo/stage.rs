//! The stage of the demo: one worker for all acts, and the world as its events make it.

use super::acts::{Act, Beside};
use super::project::DemoProject;
use crate::cli::engine_options::engine_options;
use crate::cli::exit::{CliError, Exit};
use crate::cli::follow::Follower;
use crate::cli::run::Embedded;
use crate::engine::{Ended, EngineOptions, Work};
use crate::model::{
    Batch, BatchId, CommandId, Event, EventKind, Expectation, Rollback, RollbackStatus, Seen, Seq, Submission, Verb,
    Verdict, World,
};
use crate::store::NewDecision;
use tokio::sync::broadcast::error::RecvError;

/// The worker, and what it has told.
pub(super) struct Stage<'d> {
    pub demo: &'d mut DemoProject,
    /// `None` once it has ended by itself.
    worker: Option<Embedded>,
    pub world: World,
    /// Tells on stderr what happens, where no console shows it.
    told: Option<Follower>,
    tells: bool,
    /// Waits for a lock, and steps granted, since the act began.
    pub waits: u32,
    pub steps: u32,
}

/// An act that was played.
pub(super) struct Played {
    pub act: &'static Act,
    pub batch: BatchId,
    pub waits: u32,
    pub steps: u32,
    /// The animals before and after, where the act is to leave them as they were.
    pub animals: Option<(String, String)>,
    /// What became of the rollback that somebody decides about.
    pub rollback: Option<RollbackStatus>,
    pub as_told: bool,
}

impl<'d> Stage<'d> {
    /// Starts the worker and waits until it holds the lease, so that nobody misses it.
    pub async fn open(demo: &'d mut DemoProject, tells: bool) -> Result<Stage<'d>, CliError> {
        let options = EngineOptions { wait_for_lease: true, ..engine_options(&demo.context)? };
        let worker = Embedded::start(&demo.project, options, Work::Forever);
        let mut stage =
            Stage { demo, worker: Some(worker), world: World::default(), told: None, tells, waits: 0, steps: 0 };
        stage.until(|_, event| matches!(event.kind, EventKind::LeaseTaken { .. })).await?;
        Ok(stage)
    }

    /// Waits for the next event, and takes it in.
    pub async fn next(&mut self) -> Result<Event, CliError> {
        let heard = match &mut self.worker {
            Some(worker) => worker.events.recv().await,
            None => Err(RecvError::Closed),
        };
        let event = match heard {
            Ok(event) => event,
            Err(RecvError::Lagged(missed)) => {
                return Err(CliError::new(Exit::Failed, format!("{missed} events of the demo's worker were missed")));
            }
            Err(RecvError::Closed) => return Err(self.why_ended().await),
        };
        self.world.apply(&event);
        match event.kind {
            EventKind::StatementWaited { .. } => self.waits += 1,
            EventKind::StepGranted { .. } => self.steps += 1,
            EventKind::BatchCreated { .. } if self.tells && self.told.is_none() => {
                self.told = Some(Follower::new(World::default(), event.batch, Seq::default()));
            }
            _ => {}
        }
        if let Some(told) = &mut self.told {
            told.take(&event);
        }
        Ok(event)
    }

    /// The reason why the worker has ended.
    async fn why_ended(&mut self) -> CliError {
        let ended = match self.worker.take() {
            Some(worker) => worker.ended().await,
            None => Ok(Ended::Stopped { batch: None }),
        };
        match ended {
            Err(error) => error,
            Ok(ended) => CliError::new(Exit::Failed, format!("the demo's worker has ended ({ended:?})")),
        }
    }

    /// Waits for an event.
    pub async fn until(&mut self, expected: impl Fn(&World, &Event) -> bool) -> Result<Event, CliError> {
        loop {
            let event = self.next().await?;
            if expected(&self.world, &event) {
                return Ok(event);
            }
        }
    }

    /// Hands an act's batch to the worker, and waits until it is there.
    pub async fn begin(&mut self, submission: Box<Submission>) -> Result<BatchId, CliError> {
        (self.told, self.waits, self.steps) = (None, 0, 0);
        let project = &mut self.demo.project;
        let run = project.submit(BatchId::SYSTEM, Verb::Run, None, Expectation::default(), Some(submission)).await?;
        let event = self.until(|_, event| answers(event, run)).await?;
        match event.kind {
            EventKind::CommandRefused { reason, .. } => {
                Err(CliError::refused(format!("the worker refused the batch: {reason}")))
            }
            _ => Ok(event.batch),
        }
    }

    /// Waits until a batch has ended.
    pub async fn until_ended(&mut self, batch: BatchId) -> Result<(), CliError> {
        while !self.is_ended(batch) {
            self.next().await?;
        }
        Ok(())
    }

    /// Waits until a statement of a batch has waited so many times for a lock, or the batch has ended without.
    pub async fn until_waited(&mut self, batch: BatchId, tries: u32) -> Result<(), CliError> {
        while self.waits < tries && !self.is_ended(batch) {
            self.next().await?;
        }
        Ok(())
    }

    /// True if a batch has ended.
    pub fn is_ended(&self, batch: BatchId) -> bool {
        self.batch(batch).is_some_and(|b| b.status.is_final())
    }

    /// A batch as it stands.
    pub fn batch(&self, batch: BatchId) -> Option<&Batch> {
        self.world.batch(batch)
    }

    /// The rollback of a batch that somebody decides about, or has.
    pub fn rollback(&self, batch: BatchId) -> Option<&Rollback> {
        self.batch(batch).and_then(|b| b.rollbacks.values().next_back())
    }

    /// Waits until nobody decides about a batch's rollback any more, and what was approved is done.
    /// A file that is undone then is taken out of the directory: it would run again.
    pub async fn until_decided(&mut self, act: &Act, batch: BatchId) -> Result<(), CliError> {
        while self.rollback(batch).is_some_and(Rollback::is_open) {
            self.next().await?;
        }
        if self.rollback(batch).is_some_and(|r| r.status == RollbackStatus::Completed) {
            act.withdraw(&self.demo.directory.migrations())?;
        }
        Ok(())
    }

    /// Asks the worker for something, as an operator would.
    pub async fn ask(&mut self, batch: BatchId, verb: Verb) -> Result<(), CliError> {
        let reason = Some("the demo goes on".to_owned());
        let project = &mut self.demo.project;
        let command = project.submit(batch, verb, reason, Expectation::default(), None).await?;
        self.until(|_, event| match event.kind {
            EventKind::CommandEffective { command: id } | EventKind::CommandRefused { command: id, .. } => {
                id == command
            }
            _ => false,
        })
        .await?;
        Ok(())
    }

    /// Approves the rollback of a batch, as an approver would.
    pub async fn approve(&mut self, act: &Act, batch: BatchId) -> Result<(), CliError> {
        let Some(rollback) = self.rollback(batch) else { return Ok(()) };
        let seen = Seen { class: rollback.class, status: rollback.status, files: self.world.scope_of(rollback) };
        let reason = Some("the demo approves".to_owned());
        let new = NewDecision { batch, rollback: rollback.id, verdict: Verdict::Approve, reason, seen };
        self.demo.project.decide(&new).await?;
        self.until_decided(act, batch).await
    }

    /// An act that has ended, with the animals as they were before it.
    pub async fn played(
        &mut self,
        act: &'static Act,
        batch: BatchId,
        before: Option<String>,
    ) -> Result<Played, CliError> {
        let animals = before.zip(self.demo.animals(act).await?);
        let is_as_meant = self.batch(batch).is_some_and(|b| b.status == act.ends);
        let beside = match act.beside {
            Beside::Lock => self.waits > 0,
            Beside::Decision => self.rollback(batch).is_some(),
            Beside::Nothing | Beside::Steps => true,
        };
        let rows = animals.as_ref().is_none_or(|(before, after)| before == after);
        Ok(Played {
            act,
            batch,
            waits: self.waits,
            steps: self.steps,
            animals,
            rollback: self.rollback(batch).filter(|_| act.beside == Beside::Decision).map(|r| r.status),
            as_told: is_as_meant && beside && rows,
        })
    }

    /// Ends the worker: what is open is paused safely.
    pub async fn close(self) -> Result<World, CliError> {
        if let Some(worker) = self.worker {
            worker.stop.send_replace(true);
            worker.ended().await?;
        }
        Ok(self.world)
    }
}

/// True if an event tells what becomes of a command.
fn answers(event: &Event, command: CommandId) -> bool {
    match event.kind {
        EventKind::CommandAccepted { command: id, .. } | EventKind::CommandRefused { command: id, .. } => id == command,
        _ => false,
    }
}
