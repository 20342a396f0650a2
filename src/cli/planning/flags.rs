//! Flags that say which plan is meant, where a command is about one that another command runs.

use super::PlanOptions;
use crate::cli::config::OnFailure;

/// The plan that `caribou migrate` runs with the same flags.
#[derive(Debug, clap::Args)]
pub(crate) struct PlanFlags {
    /// The plan up to this file, as `caribou migrate --target` runs it
    #[arg(long, value_name = "FILE", global = true)]
    target: Option<String>,
    /// The plan that `caribou migrate --step` runs
    #[arg(long, global = true)]
    step: bool,
    /// The plan that `caribou migrate --accept-irreversible` runs
    #[arg(long, global = true)]
    accept_irreversible: bool,
    /// The plan that `caribou migrate --on-failure` runs
    #[arg(long, value_enum, value_name = "WHAT", global = true)]
    on_failure: Option<OnFailure>,
}

impl From<PlanFlags> for PlanOptions {
    fn from(flags: PlanFlags) -> PlanOptions {
        PlanOptions {
            target: flags.target,
            step: flags.step,
            on_failure: flags.on_failure,
            accept_irreversible: flags.accept_irreversible,
            ..PlanOptions::default()
        }
    }
}
