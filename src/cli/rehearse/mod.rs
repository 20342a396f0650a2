//! `caribou rehearse`: up, down, compare, up on a scratch schema made from the structure of the real one (`3-rollback`,
//! Proof).

mod guard;
mod play;
mod report;
mod stage;

use super::context::Context;
use super::logging::{self, Beside};
use super::planning::{self, OnFailure, Wishes};
use super::project::{Project, Readiness};
use super::signals::Interrupts;
use super::{CliError, Exit, output};
use crate::database::Purpose;
use crate::store::{Rehearsed, note_rehearsal};
use play::Outcome;
use stage::Stage;

/// Prove the rollback before it is needed: up, down, compare and up again, beside the real schema
///
/// Makes a scratch schema, <core>_rehearsal, with the tables, views, routines and triggers of core and none of its rows,
/// and runs the plan there with the ordinary engine. Then everything is rolled back, by rollback scripts or by what is
/// derived, and every definition must be what it was; then the plan runs once more. The scratch schemas are dropped at
/// the end, however it ends. What came out is kept with the plan's checksum: `caribou plan` says "rollback rehearsed".
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
    /// What independent files do after a failure
    #[arg(long, value_enum, value_name = "WHAT")]
    on_failure: Option<OnFailure>,
    /// Accept statements that nothing undoes; the rehearsal then shows what they leave
    #[arg(long)]
    accept_irreversible: bool,
}

impl Rehearse {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        logging::start(context.config()?, Beside::Nothing)?;
        let directory = planning::read_directory(context.config()?)?;
        context.block_on(async {
            // From here on a signal ends nothing by itself: the scratch schemas are always dropped.
            let mut interrupts = Interrupts::new()?;
            let mut project = Project::connect(context).await?;
            let wishes = Wishes {
                target: self.target,
                on_failure: self.on_failure,
                accept_irreversible: self.accept_irreversible,
                ..Wishes::default()
            };
            let planned = project.plan(context.config()?, directory, &wishes).await?;
            planning::require_plannable(&planned.plan)?;
            if planned.plan.is_empty() {
                return report::nothing(context);
            }
            let submission = planned.plan.to_submission().map_err(|e| CliError::refused(e.to_string()))?;
            guard::statements(&submission, &project.store)?;
            let stage = Stage::make(context, &project.store).await?;
            let played = stage.play(context, &submission, &mut interrupts).await;
            let taken_down = stage.take_down().await;
            let outcome = played?;
            taken_down?;
            let kept = note(&mut project, &planned.plan.checksum.0, &outcome).await?;
            report::outcome(context, &planned.plan, &outcome, kept)
        })
    }
}

/// Keeps what came out, where there is a schema of ours to keep it in.
async fn note(project: &mut Project, plan: &str, outcome: &Outcome) -> Result<bool, CliError> {
    let Some(passed) = outcome.passed() else { return Ok(false) };
    if project.readiness().await? == Readiness::Absent {
        return Ok(false);
    }
    let mut session = project.store.database().open(Purpose::Journal).await?;
    let noted = note_rehearsal(session.as_mut(), &project.store, &Rehearsed { plan: plan.to_owned(), passed }).await;
    session.close().await;
    if let Err(error) = noted {
        output::warning(&format!("the result is not kept: {error}"));
        return Ok(false);
    }
    Ok(true)
}
