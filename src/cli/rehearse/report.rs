//! How a rehearsal is told.

use super::super::context::Context;
use super::super::{CliError, Exit, output};
use super::play::{Outcome, Step};
use crate::plan::Plan;
use serde_json::json;

/// There is nothing to run.
pub(super) fn nothing(context: &Context) -> Result<Exit, CliError> {
    if context.is_json() {
        output::json(&json!({ "rehearsed": null, "reason": "nothing is to be run" }))?;
    } else {
        output::text("Nothing to rehearse: no migration is to be run.")?;
    }
    Ok(Exit::Done)
}

/// What came out.
pub(super) fn outcome(context: &Context, plan: &Plan, outcome: &Outcome, kept: bool) -> Result<Exit, CliError> {
    let (exit, steps, failed): (Exit, &[Step], Option<(Step, &str)>) = match outcome {
        Outcome::Rehearsed { steps } => (Exit::Done, steps, None),
        Outcome::Failed { steps, step, why } => (Exit::Failed, steps, Some((*step, why))),
        Outcome::Interrupted => (Exit::Interrupted, &[], None),
    };
    if context.is_json() {
        output::json(&json!({
            "rehearsed": outcome.passed(),
            "plan": plan.checksum,
            "files": plan.files.len(),
            "steps": steps,
            "failed": failed.map(|(step, why)| json!({ "step": step, "why": why })),
            "kept": kept,
        }))?;
        return Ok(exit);
    }
    let files = output::count(plan.files.len() as u64, "file");
    output::text(&match failed {
        _ if exit == Exit::Interrupted => "Interrupted. The scratch schemas are dropped; nothing is proved.".to_owned(),
        None => format!(
            "Rehearsed: {files} up, down and up again; in between every definition was what it was.{}",
            if kept { " The plan is marked as rehearsed." } else { "" }
        ),
        Some((step, why)) => format!(
            "NOT rehearsed: {} failed.\n\n{}\n\nThe scratch schemas are dropped; the real schema was not touched.",
            step.as_str(),
            output::safe(why)
        ),
    })?;
    Ok(exit)
}
