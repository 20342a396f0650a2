//! `caribou abort`.

use super::super::context::Context;
use super::super::{CliError, Exit};
use super::{VerbOptions, send};
use crate::model::Verb;

/// Stop the batch now and undo it
///
/// The running statement is killed, its file is undone, and so is everything of the batch that has completed, unless
/// that is to be kept.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caribou abort --yes --reason 'wrong server'")]
pub(crate) struct Abort {
    /// Keep the files that have completed
    #[arg(long)]
    keep_completed: bool,
    /// The batch, when it is not the one that is open
    #[arg(value_name = "BATCH", conflicts_with = "batch")]
    id: Option<i64>,
    #[command(flatten)]
    options: VerbOptions,
}

impl Abort {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let keep_completed = self.keep_completed;
        send::send(context, &self.options.about(self.id), send::Unnamed::OpenOrFailed, |_| {
            Ok(Verb::Abort { keep_completed })
        })
    }
}
