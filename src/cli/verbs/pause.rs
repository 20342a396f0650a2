//! `caribou pause`.

use super::super::context::Context;
use super::super::{CliError, Exit};
use super::{VerbOptions, send};
use crate::model::Verb;

/// Hold the batch before its next statement
///
/// A statement that is running ends first. `caribou resume` goes on.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caribou pause --yes --reason 'replication lag'")]
pub(crate) struct Pause {
    /// The batch, when it is not the one that is open
    #[arg(value_name = "BATCH", conflicts_with = "batch")]
    id: Option<i64>,
    #[command(flatten)]
    options: VerbOptions,
}

impl Pause {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        send::send(context, &self.options.about(self.id), send::Unnamed::Open, |_| Ok(Verb::Pause))
    }
}
