//! `caribou retry`.

use super::super::context::Context;
use super::super::{CliError, Exit};
use super::{VerbOptions, file, send};
use crate::model::Verb;

/// Run a failed file again
///
/// Refused while effects of its last run still stand in the database.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caribou retry 0007_orders.sql --yes --reason 'the missing grant was given'")]
pub(crate) struct Retry {
    /// The file: its path, its name, or its id
    file: String,
    #[command(flatten)]
    options: VerbOptions,
}

impl Retry {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        send::send(context, &self.options, send::Unnamed::OpenOrFailed, |batch| {
            Ok(Verb::Retry { file: file::find(batch, &self.file)?.id })
        })
    }
}
