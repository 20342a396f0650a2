//! `caribou resume`.

use super::super::context::Context;
use super::super::{CliError, Exit};
use super::{VerbOptions, send};
use crate::model::Verb;

/// Let a paused or stepping batch go on
#[derive(Debug, clap::Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    options: VerbOptions,
}

impl Resume {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        send::send(context, &self.options, send::Need::Yes, |_| Ok(Verb::Resume))
    }
}
