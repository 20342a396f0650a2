//! `caribou step`.

use super::super::context::Context;
use super::super::{CliError, Exit};
use super::{VerbOptions, send};
use crate::model::{StepUnit, Verb};

/// Let the batch go one statement further, and hold it there
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou step --yes\n  caribou step --transition --yes")]
pub(crate) struct Step {
    /// Go to a file's next state instead of the next statement
    #[arg(long)]
    transition: bool,
    /// The batch, when it is not the one that is open
    #[arg(value_name = "BATCH", conflicts_with = "batch")]
    id: Option<i64>,
    #[command(flatten)]
    options: VerbOptions,
}

impl Step {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let unit = if self.transition { StepUnit::Transition } else { StepUnit::Statement };
        send::send(context, &self.options.about(self.id), send::Unnamed::Open, |_| Ok(Verb::Step { unit }))
    }
}
