//! `caribou plan`: what would run, and what is odd about it.

use super::config::OnFailure;
use super::context::Context;
use super::engine_options::check_settings;
use super::planning::freeze::PlannedFreeze;
use super::planning::{self, PlanOptions, Planned};
use super::project::Project;
use super::{CliError, Exit, output};

/// Show what would run: order, waves, statements, objects, undo coverage, findings; changes nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou plan\n  caribou plan --target 0007_orders --format json")]
pub(crate) struct Plan {
    /// Plan up to this file (path, name or version) and what it needs
    #[arg(long, value_name = "FILE")]
    target: Option<String>,
    /// Show every statement, however many there are
    #[arg(long, short)]
    verbose: bool,
    /// Decide what independent files do after a failure
    #[arg(long, value_enum, value_name = "WHAT")]
    on_failure: Option<OnFailure>,
    /// Accept statements that nothing undoes
    #[arg(long)]
    accept_irreversible: bool,
}

impl Plan {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let directory = planning::read_directory(context.config()?)?;
        let requested = PlanOptions {
            target: self.target,
            on_failure: self.on_failure,
            accept_irreversible: self.accept_irreversible,
            ..PlanOptions::default()
        };
        let planned = context.block_on(async {
            let mut project = Project::connect(context).await?;
            let mut planned = project.plan(context.config()?, directory, &requested).await?;
            project.check_plan(&check_settings(context)?, &mut planned).await?;
            Ok::<_, CliError>(planned)
        })?;
        show(context, &planned, self.verbose)
    }
}

/// A plan in JSON.
#[derive(serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    #[serde(flatten)]
    plan: &'a crate::plan::Plan,
    /// True if the last rehearsal was one of this plan, and how it came out.
    rollback_rehearsed: Option<bool>,
    /// When others are kept from writing; null where that is not asked for.
    freeze: Option<&'a PlannedFreeze>,
}

/// Prints a plan; one that cannot become a batch is printed too, and then refused.
pub(crate) fn show(context: &Context, planned: &Planned, verbose: bool) -> Result<Exit, CliError> {
    if context.is_json() {
        output::json(&Document {
            plan: &planned.plan,
            rollback_rehearsed: planned.rehearsed,
            freeze: planned.freeze.as_ref(),
        })?;
    } else if planned.plan.refused.is_empty() || !planned.plan.files.is_empty() {
        output::text(&planned.human(verbose))?;
    }
    planning::require_plannable(&planned.plan)?;
    Ok(Exit::Done)
}
