//! What wakes the worker: ends of statements, operators, what is due, the end of the process, and the clock.

use super::Worker;
use crate::engine::EngineError;
use crate::engine::flag::turns_true;
use crate::engine::inbox::control::Signal;
use crate::engine::statement::in_flight::JobEvent;
use crate::engine::statement::sessions::PING;
use crate::model::{BatchId, Input};
use crate::notify::HookReport;
use std::time::Duration;

/// Interval at which a worker looks up while statements run: for the progress row, and for those that do not stop.
const TICK: Duration = Duration::from_secs(1);

/// What ends a worker's waiting.
enum Woke {
    Job(Result<JobEvent, EngineError>),
    Signal(Signal),
    /// Something about a hook.
    Told(HookReport),
    /// There is something to look at.
    Look,
    Time,
}

impl Worker {
    /// Takes in what has happened meanwhile: ends of statements and what operators ask.
    pub(super) async fn drain(&mut self) -> Result<(), EngineError> {
        self.purge_in_time()?;
        while let Some(event) = self.in_flight.try_next()? {
            self.on_job_event(event).await?;
        }
        while let Ok(signal) = self.signals.try_recv() {
            self.on_signal(signal).await?;
        }
        Ok(())
    }

    pub(crate) async fn on_signal(&mut self, signal: Signal) -> Result<(), EngineError> {
        match signal {
            // Where the server itself was away, the journal's session is gone with it. Whoever notices first, and
            // whenever that is, the worker begins again, and finds what was left as any successor does.
            Signal::Reconnected => Ok(self.journal.is_there().await?),
            Signal::LeaseLost(error) => Err(EngineError::LeaseLost(error)),
            Signal::Command(command) => self.take_command(*command).await,
            Signal::Decision(decision) => self.take_decision(*decision).await,
            Signal::PassedCommand(id) => {
                self.last_command = self.last_command.max(id);
                Ok(())
            }
            Signal::PassedDecision(id) => {
                self.last_decision = self.last_decision.max(id);
                Ok(())
            }
            Signal::Due(job) => {
                self.due(job).await?;
                self.commit().await
            }
        }
    }

    /// Waits for whatever comes first: the end of a statement, an operator, the end of the process, or the time to look
    /// up. Nothing that was journalled may be uncommitted then.
    pub(super) async fn wait(&mut self, batch: Option<BatchId>) -> Result<(), EngineError> {
        let aborting = batch.and_then(|id| self.journal.world().batch(id)).is_some_and(|b| b.aborting.is_some());
        if aborting {
            self.in_flight.stop_forward(self.inspector.store.database()).await;
        }
        let idle = self.in_flight.is_empty();
        let (stopped, mut stop) = (self.is_stopped(), self.stop.clone());
        let held = self.journal.world().system.other.is_some();
        let frozen = self.journal.world().system.frozen().is_some();
        let time = match (idle, frozen) {
            (false, _) => TICK,
            (true, false) => PING,
            (true, true) => PING.min(self.freezing.left()),
        };
        if idle {
            self.rests().await;
        } else {
            self.freezing.is_busy();
        }
        let woke = tokio::select! {
            event = self.in_flight.next(), if !idle => Woke::Job(event),
            Some(signal) = self.signals.recv() => Woke::Signal(signal),
            report = self.telling.report() => Woke::Told(report),
            () = turns_true(&mut stop), if !stopped => Woke::Look,
            () = self.purge.wake(), if !held => Woke::Look,
            () = self.throttle.changed() => Woke::Look,
            () = tokio::time::sleep(time) => Woke::Time,
        };
        match woke {
            Woke::Job(event) => self.on_job_event(event?).await,
            Woke::Signal(signal) => self.on_signal(signal).await,
            Woke::Told(report) => self.hook_told(report),
            Woke::Look => Ok(()),
            Woke::Time => {
                self.inspector.sessions.ping().await;
                if idle {
                    self.inspector.reader.beside.close().await;
                }
                self.thaw_when_idle().await
            }
        }
    }

    /// A hook is broken, or works again.
    fn hook_told(&mut self, report: HookReport) -> Result<(), EngineError> {
        self.apply_input(Input::HookTold { hook: report.hook, trouble: report.trouble })
    }

    /// Before the end: what there is to tell is tried, and what becomes of that is journalled.
    pub(crate) async fn linger(&mut self) -> Result<(), EngineError> {
        self.commit().await?;
        for report in self.telling.linger().await {
            self.hook_told(report)?;
        }
        self.commit().await
    }

    /// True if no statement was sent that has not ended.
    pub(crate) fn is_quiet(&self) -> bool {
        self.in_flight.is_empty()
    }

    /// Looks after the ephemeral schema, beside everything else; not on a server that nobody has accepted yet.
    fn purge_in_time(&mut self) -> Result<(), EngineError> {
        if self.journal.world().system.other.is_some() {
            return Ok(());
        }
        match self.purge.look(&self.inspector.store) {
            Some(rows) => self.apply_input(Input::Purged { rows }),
            None => Ok(()),
        }
    }

    /// Idle: waits for a command that brings work, or for the end.
    pub(crate) async fn wait_for_work(&mut self) -> Result<(), EngineError> {
        self.purge_in_time()?;
        self.retain_in_time().await?;
        self.tend_idle().await?;
        self.commit().await?;
        self.inspector.forget();
        self.wait(None).await
    }
}
