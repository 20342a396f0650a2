//! The rehearsal itself: up, down, compare, up.

use super::super::context::Context;
use super::super::project::{CommandStatus, Project};
use super::super::run;
use super::super::run_target::RunTarget;
use super::super::signals::Interrupts;
use super::super::{CliError, Exit, ending, output};
use super::scratch::{ScratchSchemas, structure};
use crate::database::Definition;
use crate::engine;
use crate::model::{
    Batch, BatchId, BatchStatus, Checksum, Class, DataLoss, Expectation, File, FreezePolicy, Policy, RollbackStatus,
    Submission, UndoBy, UndoPrefer, Verb,
};
use futures_util::FutureExt;

/// Milliseconds of the statements of each file, by the SHA-256 of its bytes.
pub(super) type FileTimes = Vec<(Checksum, Vec<u64>)>;

/// The end of a rehearsal.
#[derive(Debug)]
pub(super) enum RehearsalOutcome {
    /// Up, down and up again, with equal definitions in between. `scripts` tells of the rollback scripts that did not lead
    /// back by themselves.
    Rehearsed { steps: Vec<RehearsalStep>, scripts: Vec<String>, times: FileTimes },
    /// A step failed.
    Failed { steps: Vec<RehearsalStep>, step: RehearsalStep, why: String },
    /// A signal came.
    Interrupted,
}

/// A step of the rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum RehearsalStep {
    Up,
    Down,
    Compare,
    /// Up once more, and down by what is derived instead of the scripts.
    Derived,
    UpAgain,
}

impl RehearsalStep {
    pub fn as_str(self) -> &'static str {
        match self {
            RehearsalStep::Up => "up",
            RehearsalStep::Down => "down",
            RehearsalStep::Compare => "compare",
            RehearsalStep::Derived => "up, down by what is derived, compare",
            RehearsalStep::UpAgain => "up again",
        }
    }
}

impl RehearsalOutcome {
    /// Times of its files where all went well.
    pub fn times(&self) -> &[(Checksum, Vec<u64>)] {
        if let RehearsalOutcome::Rehearsed { times, .. } = self { times } else { &[] }
    }

    /// True if it proved something, and what.
    pub fn passed(&self) -> Option<bool> {
        match self {
            RehearsalOutcome::Rehearsed { .. } => Some(true),
            RehearsalOutcome::Failed { .. } => Some(false),
            RehearsalOutcome::Interrupted => None,
        }
    }
}

/// The end of going there and back one way.
enum RoundTrip {
    /// All stands as it stood; with what is to be told of scripts.
    Led(Vec<String>),
    Failed(RehearsalStep, String),
    Interrupted,
}

/// The end of a run of the plan.
enum UpRun {
    Completed(BatchId, FileTimes),
    Failed(String),
    Interrupted,
}

/// The end of a rollback of the whole batch.
enum DownRun {
    /// With a line for each script that did not lead back by itself.
    Completed(Vec<String>),
    Failed(String),
}

impl ScratchSchemas {
    /// Plays the plan through.
    pub async fn play(
        &self,
        context: &Context,
        submission: &Submission,
        interrupts: &mut Interrupts,
    ) -> Result<RehearsalOutcome, CliError> {
        let mut project = Project::from_store(self.store.clone()).await?;
        let mut steps = Vec::new();
        let before = structure(&self.store).await?;
        // Each way is proved by itself, whichever is preferred.
        let ways: &[UndoPrefer] = match submission.texts.iter().any(|text| text.down.is_some()) {
            true => &[UndoPrefer::Script, UndoPrefer::Derived],
            false => &[UndoPrefer::Script],
        };
        let mut scripts = Vec::new();
        for way in ways {
            match self.there_and_back(context, &mut project, submission, (*way, &before)).await? {
                RoundTrip::Led(told) if *way == UndoPrefer::Script => {
                    steps.extend([RehearsalStep::Up, RehearsalStep::Down, RehearsalStep::Compare]);
                    scripts = told;
                }
                RoundTrip::Led(_) => steps.push(RehearsalStep::Derived),
                RoundTrip::Failed(step, why) => {
                    let led = [RehearsalStep::Up, RehearsalStep::Down].into_iter().take_while(|one| *one != step);
                    let step = if *way == UndoPrefer::Derived { RehearsalStep::Derived } else { step };
                    steps.extend(led.filter(|_| step != RehearsalStep::Derived));
                    return Ok(RehearsalOutcome::Failed { steps, step, why });
                }
                RoundTrip::Interrupted => return Ok(RehearsalOutcome::Interrupted),
            }
            if interrupts.next().now_or_never().is_some() {
                return Ok(RehearsalOutcome::Interrupted);
            }
        }
        match self
            .up(context, &mut project, submission, (RehearsalStep::UpAgain, submission.policy.undo_prefer))
            .await?
        {
            UpRun::Completed(_, times) => {
                steps.push(RehearsalStep::UpAgain);
                Ok(RehearsalOutcome::Rehearsed { steps, scripts, times })
            }
            UpRun::Failed(why) => Ok(RehearsalOutcome::Failed { steps, step: RehearsalStep::UpAgain, why }),
            UpRun::Interrupted => Ok(RehearsalOutcome::Interrupted),
        }
    }

    /// Runs the plan and undoes it one way.
    async fn there_and_back(
        &self,
        context: &Context,
        project: &mut Project,
        submission: &Submission,
        (way, before): (UndoPrefer, &[Definition]),
    ) -> Result<RoundTrip, CliError> {
        let step = if way == UndoPrefer::Script { RehearsalStep::Up } else { RehearsalStep::Derived };
        let batch = match self.up(context, project, submission, (step, way)).await? {
            UpRun::Completed(batch, _) => batch,
            UpRun::Failed(why) => return Ok(RoundTrip::Failed(RehearsalStep::Up, why)),
            UpRun::Interrupted => return Ok(RoundTrip::Interrupted),
        };
        let told = match self.down(context, project, batch).await? {
            DownRun::Completed(told) => told,
            DownRun::Failed(why) => return Ok(RoundTrip::Failed(RehearsalStep::Down, why)),
        };
        match differences(before, &structure(&self.store).await?) {
            Some(difference) => Ok(RoundTrip::Failed(RehearsalStep::Compare, difference)),
            None => Ok(RoundTrip::Led(told)),
        }
    }

    /// Runs the plan.
    async fn up(
        &self,
        context: &Context,
        project: &mut Project,
        submission: &Submission,
        (step, undo_prefer): (RehearsalStep, UndoPrefer),
    ) -> Result<UpRun, CliError> {
        output::say(&format!("Rehearsal: {}.", step.as_str()));
        let name = format!("{} (rehearsal, {})", submission.name, step.as_str());
        // Nobody else writes here: nothing is to be held back for their sake.
        // A freeze would be of the whole server, for a copy that nobody else writes to.
        let freeze = FreezePolicy::Never;
        let policy = Policy { data_loss: DataLoss::Proceed, undo_prefer, freeze, ..submission.policy.clone() };
        let submission = Submission { name, policy, after: None, ..submission.clone() };
        let ran = run::run(context, project, RunTarget::Submit(Box::new(submission)), false).await?;
        if ran.exit == Exit::Interrupted {
            return Ok(UpRun::Interrupted);
        }
        let batch = ran.world.batch(ran.batch);
        if let Some(batch) = batch.filter(|batch| batch.status == BatchStatus::Completed) {
            return Ok(UpRun::Completed(ran.batch, times(batch)));
        }
        Ok(UpRun::Failed(batch.map_or_else(|| "the batch has no journal".to_owned(), ending::report)))
    }

    /// Rolls the whole batch back.
    async fn down(&self, context: &Context, project: &mut Project, batch: BatchId) -> Result<DownRun, CliError> {
        output::say("Rehearsal: down.");
        let verb = Verb::RollBack { files: Vec::new(), class: Class::A, now: true, accept_loss: true };
        let reason = Some("a rehearsal".to_owned());
        let command = project.submit(batch, verb, reason, Expectation::default(), None).await?;
        run::answer_command(context, project, command).await?;
        if let CommandStatus::Refused(reason) = project.standing(command).await? {
            return Ok(DownRun::Failed(reason));
        }
        let world = project.world(batch).await?;
        let rollback = world.batch(batch).and_then(|batch| batch.rollbacks.values().last());
        Ok(match rollback {
            Some(rollback) if rollback.status == RollbackStatus::Completed => {
                DownRun::Completed(world.batch(batch).map(wrong_scripts).unwrap_or_default())
            }
            Some(rollback) => {
                let report = world.batch(batch).map(ending::report).unwrap_or_default();
                let error = rollback.error.clone().unwrap_or_default();
                DownRun::Failed(format!("{error}\n{report}").trim().to_owned())
            }
            None => DownRun::Failed("no rollback is in the journal".to_owned()),
        })
    }
}

fn times(batch: &Batch) -> FileTimes {
    let of = |file: &File| (file.hash.clone(), file.records.iter().map(|record| record.ms).collect());
    batch.in_order().map(of).collect()
}

/// The files whose rollback script did not lead back, each with what became of it.
fn wrong_scripts(batch: &Batch) -> Vec<String> {
    let parts = |file: &File| file.undo.as_ref().map(|undo| undo.earlier.clone()).unwrap_or_default();
    let of = |file: &File| {
        let script = parts(file).into_iter().find(|part| part.by == UndoBy::Script)?;
        Some(format!("{}: {}", file.path, script.told()))
    };
    batch.in_order().filter_map(of).collect()
}

/// Tells what is not as it was, object by object; also what was not there.
fn differences(before: &[Definition], now: &[Definition]) -> Option<String> {
    let mut was = before.to_vec();
    let new = now.iter().filter(|one| before.iter().all(|other| other.object != one.object));
    was.extend(new.map(|one| Definition { object: one.object.clone(), text: None }));
    engine::difference(&engine::journalled(&was), now)
}
