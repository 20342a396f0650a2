//! Squashes that count as having run are recorded: a batch of their own, in which nothing runs.

use super::context::Context;
use super::exit::{CliError, Exit};
use super::project::Project;
use super::run_target::{RunResult, RunTarget};
use super::{output, planning, run};
use crate::model::{BatchId, Submission, World};

/// Records these files of the directory as completed.
pub(super) async fn record(
    context: &Context,
    project: &mut Project,
    paths: &[String],
) -> Result<(World, BatchId), CliError> {
    let mut directory = planning::read_directory(context.config()?)?;
    directory.directory.files.retain(|file| paths.contains(&file.path));
    // It is of the files that run.
    directory.directory.manifest = None;
    let planned = project.plan_squashes(context.config()?, directory).await?;
    planning::require_plannable(&planned.plan)?;
    let submission = planned.plan.to_submission().map_err(|error| CliError::refused(error.to_string()))?;
    let mut submission = Submission { name: "squashed".to_owned(), after: Some(planned.newest), ..submission };
    submission.policy.squashed = true;
    let RunResult { batch, world, exit } =
        run::run(context, project, RunTarget::Submit(Box::new(submission)), false).await?;
    if exit != Exit::Done {
        return Err(
            CliError::new(exit, "the squashes were not recorded").hint("`caribou status` says how things stand")
        );
    }
    output::say(&format!(
        "Batch {batch}: {} recorded as run, and nothing of it was run.",
        output::safe(&paths.join(", "))
    ));
    Ok((world, batch))
}
