//! `caribou rehearse`: up, down, compare, up on a scratch schema made from the structure of the real one
//! (`docs/design/undo.md`, Proof).

mod copy;
mod files;
mod guard;
mod play;
pub(super) mod report;
mod scratch;

use super::config::OnFailure;
use super::context::Context;
use super::logging::{self, LogSink};
use super::planning::{self, PlanOptions};
use super::project::{Project, Readiness};
use super::signals::Interrupts;
use super::{CliError, Exit, output};
use crate::database::Purpose;
use crate::store::{Rehearsed, note_rehearsal, note_rehearsed_files};
use play::RehearsalOutcome;
use scratch::ScratchSchemas;

/// Prove the rollback before it is needed: up, down, compare and up again, beside the real schema
///
/// Makes a scratch schema, <core>_rehearsal, with the tables, views, routines, triggers and events of core (these
/// disabled) and none of its rows,
/// and runs the plan there with the ordinary engine. Then everything is rolled back, by rollback scripts or by what is
/// derived, and every definition must be what it was; then the plan runs once more. The scratch schemas are dropped at
/// the end, however it ends. What of core cannot be copied there is named. What came out is kept with the plan's checksum,
/// in the orchestration schema, which is installed for it where there is none: `caribou plan` says "rollback rehearsed".
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou rehearse\n  caribou rehearse --format json\n\nExit status: 0 rehearsed; 1 the \
    plan or its rollback failed there; 2 refused before anything began;\n5 no connection or privilege; 130 interrupted, \
    scratch schemas dropped."
)]
pub(crate) struct Rehearse {
    /// Rehearse up to this file (path, name or version) and what it needs
    #[arg(long, value_name = "FILE")]
    target: Option<String>,
    /// Decide what independent files do after a failure
    #[arg(long, value_enum, value_name = "WHAT")]
    on_failure: Option<OnFailure>,
    /// Accept statements that nothing undoes; the rehearsal then shows what they leave
    #[arg(long)]
    accept_irreversible: bool,
}

impl Rehearse {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        logging::start(context.config()?, LogSink::Nothing)?;
        let directory = planning::read_directory(context.config()?)?;
        context.block_on(async {
            // From here on a signal ends nothing by itself: the scratch schemas are always dropped.
            let mut interrupts = Interrupts::new()?;
            let mut project = Project::connect(context).await?;
            let requested = PlanOptions {
                target: self.target,
                on_failure: self.on_failure,
                accept_irreversible: self.accept_irreversible,
                ..PlanOptions::default()
            };
            let planned = project.plan(context.config()?, directory, &requested).await?;
            planning::require_plannable(&planned.plan)?;
            if planned.plan.is_empty() {
                return report::nothing(context);
            }
            let submission = planned.plan.to_submission().map_err(|e| CliError::refused(e.to_string()))?;
            guard::statements(&submission, &project.store)?;
            let files = files::ScratchFiles::copy(&planned.dir, &submission)?;
            context.rehearse_in(files.as_ref().map(|files| files.dir.clone()));
            let scratch = ScratchSchemas::make(context, &project.store).await?;
            let played = scratch.play(context, &submission, &mut interrupts).await;
            let taken_down = scratch.take_down().await;
            let outcome = played?;
            taken_down?;
            let kept = note(&mut project, &planned.plan.checksum.0, &outcome).await?;
            report::outcome(context, &planned.plan, &outcome, kept)
        })
    }
}

/// Keeps what came out; the orchestration schema is installed for it where there is none yet.
async fn note(project: &mut Project, plan: &str, outcome: &RehearsalOutcome) -> Result<bool, CliError> {
    let Some(passed) = outcome.passed() else { return Ok(false) };
    if project.readiness().await? == Readiness::Absent {
        // The first plan is the one that is rehearsed before anything else.
        if let Err(error) = project.install().await {
            output::warning(&format!("the result is not kept: {}", error.message));
            return Ok(false);
        }
    }
    let mut session = project.store.database().open(Purpose::Journal).await?;
    let rehearsed = Rehearsed { plan: plan.to_owned(), passed };
    let noted = match note_rehearsal(session.as_mut(), &project.store, &rehearsed).await {
        Ok(()) => note_rehearsed_files(session.as_mut(), &project.store, outcome.times()).await,
        Err(error) => Err(error),
    };
    session.close().await;
    if let Err(error) = noted {
        output::warning(&format!("the result is not kept: {error}"));
        return Ok(false);
    }
    Ok(true)
}
