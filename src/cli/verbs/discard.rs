//! `caribou discard`.

use super::super::context::Context;
use super::super::{CliError, Exit};
use super::{VerbOptions, file, send};
use crate::model::Verb;

/// Let go what is kept of what a file destroyed, before its time is over
///
/// For personal data, or for space on the disk. Afterwards nothing brings these rows, columns and tables back: an undo of
/// the file says so. Refused while a rollback over the file is open or under way. It needs no live worker.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou discard 12 --reason 'holds personal data'\n  caribou discard 0007_orders.sql \
    --batch 12 --reason 'the disk is full'"
)]
pub(crate) struct Discard {
    /// A batch by its id, or a file: its path or its name
    #[arg(value_name = "BATCH|FILE")]
    what: String,
    #[command(flatten)]
    options: VerbOptions,
}

impl Discard {
    pub fn run(mut self, context: &Context) -> Result<Exit, CliError> {
        let whole = self.what.parse::<i64>().ok().filter(|_| self.options.batch.is_none());
        self.options.batch = self.options.batch.or(whole);
        send::send(context, &self.options, send::Unnamed::Last, |batch| {
            let file = if whole.is_some() { None } else { Some(file::find(batch, &self.what)?.id) };
            Ok(Verb::Discard { file })
        })
    }
}
