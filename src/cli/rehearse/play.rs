//! The rehearsal itself: up, down, compare, up.

use super::super::context::Context;
use super::super::project::{Project, Standing};
use super::super::run::{self, Job};
use super::super::signals::Interrupts;
use super::super::{CliError, Exit, ending, output};
use super::stage::{Stage, structure};
use crate::database::Definition;
use crate::engine;
use crate::model::{BatchId, BatchStatus, Class, DataLoss, Expectation, Policy, RollbackStatus, Submission, Verb};
use futures_util::FutureExt;

/// How it came out.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Up, down and up again, with equal definitions in between.
    Rehearsed { steps: Vec<Step> },
    /// A step failed.
    Failed { steps: Vec<Step>, step: Step, why: String },
    /// A signal came.
    Interrupted,
}

/// A step of the rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    Up,
    Down,
    Compare,
    UpAgain,
}

impl Step {
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Up => "up",
            Step::Down => "down",
            Step::Compare => "compare",
            Step::UpAgain => "up again",
        }
    }
}

impl Outcome {
    /// Whether it proved something, and what.
    pub fn passed(&self) -> Option<bool> {
        match self {
            Outcome::Rehearsed { .. } => Some(true),
            Outcome::Failed { .. } => Some(false),
            Outcome::Interrupted => None,
        }
    }
}

/// How a run of the plan ended.
enum Up {
    Completed(BatchId),
    Failed(String),
    Interrupted,
}

impl Stage {
    /// Plays the plan through.
    pub async fn play(
        &self,
        context: &Context,
        submission: &Submission,
        interrupts: &mut Interrupts,
    ) -> Result<Outcome, CliError> {
        let mut project = Project::of(self.store.clone()).await?;
        let mut steps = Vec::new();
        let before = structure(&self.store).await?;
        let failed = |steps: Vec<Step>, step, why| Ok(Outcome::Failed { steps, step, why });
        let batch = match self.up(context, &mut project, submission, Step::Up).await? {
            Up::Completed(batch) => batch,
            Up::Failed(why) => return failed(steps, Step::Up, why),
            Up::Interrupted => return Ok(Outcome::Interrupted),
        };
        steps.push(Step::Up);
        if interrupts.next().now_or_never().is_some() {
            return Ok(Outcome::Interrupted);
        }
        if let Err(why) = self.down(context, &mut project, batch).await? {
            return failed(steps, Step::Down, why);
        }
        steps.push(Step::Down);
        if let Some(difference) = differences(&before, &structure(&self.store).await?) {
            return failed(steps, Step::Compare, difference);
        }
        steps.push(Step::Compare);
        if interrupts.next().now_or_never().is_some() {
            return Ok(Outcome::Interrupted);
        }
        match self.up(context, &mut project, submission, Step::UpAgain).await? {
            Up::Completed(_) => {
                steps.push(Step::UpAgain);
                Ok(Outcome::Rehearsed { steps })
            }
            Up::Failed(why) => failed(steps, Step::UpAgain, why),
            Up::Interrupted => Ok(Outcome::Interrupted),
        }
    }

    /// Runs the plan.
    async fn up(
        &self,
        context: &Context,
        project: &mut Project,
        submission: &Submission,
        step: Step,
    ) -> Result<Up, CliError> {
        output::say(&format!("Rehearsal: {}.", step.as_str()));
        let name = format!("{} (rehearsal, {})", submission.name, step.as_str());
        // Nobody else writes here: nothing is to be held back for their sake.
        let policy = Policy { data_loss: DataLoss::Proceed, ..submission.policy.clone() };
        let submission = Submission { name, policy, after: None, ..submission.clone() };
        let ran = run::run(context, project, Job::Submit(Box::new(submission)), false).await?;
        if ran.exit == Exit::Interrupted {
            return Ok(Up::Interrupted);
        }
        let batch = ran.world.batch(ran.batch);
        if batch.is_some_and(|batch| batch.status == BatchStatus::Completed) {
            return Ok(Up::Completed(ran.batch));
        }
        Ok(Up::Failed(batch.map_or_else(|| "the batch has no journal".to_owned(), ending::report)))
    }

    /// Rolls the whole batch back.
    async fn down(
        &self,
        context: &Context,
        project: &mut Project,
        batch: BatchId,
    ) -> Result<Result<(), String>, CliError> {
        output::say("Rehearsal: down.");
        let verb = Verb::RollBack { files: Vec::new(), class: Class::A, now: true };
        let reason = Some("a rehearsal".to_owned());
        let command = project.submit(batch, verb, reason, Expectation::default(), None).await?;
        run::obey(context, project, command).await?;
        if let Standing::Refused(reason) = project.standing(command).await? {
            return Ok(Err(reason));
        }
        let world = project.world(batch).await?;
        let rollback = world.batch(batch).and_then(|batch| batch.rollbacks.values().last());
        Ok(match rollback {
            Some(rollback) if rollback.status == RollbackStatus::Completed => Ok(()),
            Some(rollback) => {
                let report = world.batch(batch).map(ending::report).unwrap_or_default();
                Err(format!("{}\n{report}", rollback.error.clone().unwrap_or_default()).trim().to_owned())
            }
            None => Err("no rollback is in the journal".to_owned()),
        })
    }
}

/// What is not as it was, object by object; also what was not there.
fn differences(before: &[Definition], now: &[Definition]) -> Option<String> {
    let mut was = before.to_vec();
    let new = now.iter().filter(|one| before.iter().all(|other| other.object != one.object));
    was.extend(new.map(|one| Definition { object: one.object.clone(), text: None }));
    engine::difference(&engine::journalled(&was), now)
}
