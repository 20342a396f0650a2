//! `caribou resume`.

use super::super::context::Context;
use super::super::{CliError, Exit};
use super::{VerbOptions, send};
use crate::model::Verb;

/// Let a paused or stepping batch go on
#[derive(Debug, clap::Args)]
pub(crate) struct Resume {
    /// The batch, when it is not the one that is open
    #[arg(value_name = "BATCH", conflicts_with = "batch")]
    id: Option<i64>,
    #[command(flatten)]
    options: VerbOptions,
}

impl Resume {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        send::send(context, &self.options.about(self.id), send::Unnamed::Open, |_| Ok(Verb::Resume))
    }
}
