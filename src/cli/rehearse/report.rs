//! Report of a rehearsal.

use super::super::context::Context;
use super::super::{CliError, Exit, output};
use super::play::{RehearsalOutcome, RehearsalStep};
use crate::model::Checksum;
use crate::plan::Plan;
use serde::Serialize;

/// The outcome in JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(in crate::cli) enum RehearsalDocument {
    Outcome {
        /// True if it went up, down and up again; null where it was interrupted.
        rehearsed: Option<bool>,
        /// Checksum of the plan.
        plan: Checksum,
        files: usize,
        /// Steps that went well.
        steps: Vec<RehearsalStep>,
        failed: Option<FailedDocument>,
        /// Of each rollback script that does not lead back, what is to be told.
        scripts: Vec<String>,
        /// True if the plan is marked as rehearsed.
        kept: bool,
    },
    /// There was nothing to rehearse.
    Nothing { rehearsed: Option<bool>, reason: &'static str },
}

/// A step that failed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct FailedDocument {
    step: RehearsalStep,
    why: String,
}

/// There is nothing to run.
pub(super) fn nothing(context: &Context) -> Result<Exit, CliError> {
    if context.is_json() {
        output::json(&RehearsalDocument::Nothing { rehearsed: None, reason: "nothing is to be run" })?;
    } else {
        output::text("Nothing to rehearse: no migration is to be run.")?;
    }
    Ok(Exit::Done)
}

/// Prints the outcome, and gives the exit status.
pub(super) fn outcome(
    context: &Context,
    plan: &Plan,
    outcome: &RehearsalOutcome,
    kept: bool,
) -> Result<Exit, CliError> {
    let (exit, steps, failed): (Exit, &[RehearsalStep], Option<(RehearsalStep, &str)>) = match outcome {
        RehearsalOutcome::Rehearsed { steps, .. } => (Exit::Done, steps, None),
        RehearsalOutcome::Failed { steps, step, why } => (Exit::Failed, steps, Some((*step, why))),
        RehearsalOutcome::Interrupted => (Exit::Interrupted, &[], None),
    };
    let scripts: &[String] = if let RehearsalOutcome::Rehearsed { scripts, .. } = outcome { scripts } else { &[] };
    if context.is_json() {
        output::json(&RehearsalDocument::Outcome {
            rehearsed: outcome.passed(),
            plan: plan.checksum.clone(),
            files: plan.files.len(),
            steps: steps.to_vec(),
            failed: failed.map(|(step, why)| FailedDocument { step, why: why.to_owned() }),
            scripts: scripts.to_vec(),
            kept,
        })?;
        return Ok(exit);
    }
    let files = output::count(plan.files.len() as u64, "file");
    output::text(&match failed {
        _ if exit == Exit::Interrupted => "Interrupted. The scratch schemas are dropped; nothing is proved.".to_owned(),
        None => format!(
            "Rehearsed: {files} up, down and up again; in between every definition was what it was.{}{}",
            if kept { " The plan is marked as rehearsed." } else { "" },
            script_remarks(scripts)
        ),
        Some((step, why)) => format!(
            "NOT rehearsed: {} failed.\n\n{}\n\nThe scratch schemas are dropped; the real schema was not touched.",
            step.as_str(),
            output::safe_lines(why)
        ),
    })?;
    Ok(exit)
}

/// The scripts that do not lead back: an undo arrives all the same.
fn script_remarks(scripts: &[String]) -> String {
    if scripts.is_empty() {
        return String::new();
    }
    let lines: String = scripts.iter().map(|line| format!("\n  {}", output::safe_lines(line))).collect();
    format!(
        "\n\nRollback scripts that do not lead back; what is derived from what stood before would serve:{lines}\n\
         Correct them, remove them, or say `-- caribou: undo=derived` in the file."
    )
}
