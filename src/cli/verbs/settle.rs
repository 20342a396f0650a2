//! `caribou settle`.

use super::super::context::Context;
use super::super::{CliError, Exit};
use super::{VerbOptions, file, send};
use crate::model::{Outcome, Verb};

/// Say how a failed file stands, after a person has mended it by hand
///
/// Caribou takes your word for it: compare the journal (`caribou events`) with the database first. The reason stands in
/// the journal beside your account. It needs no live worker.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou settle 0007_orders.sql --as rolled_back --reason 'dropped the index by hand'\n  \
    caribou settle 0007_orders.sql --as completed --reason 'ran statement 3 by hand'"
)]
pub(crate) struct Settle {
    /// The file: its path, its name, or its id
    file: String,
    /// State in which it stands now
    #[arg(long = "as", value_name = "OUTCOME")]
    outcome: SettledAs,
    #[command(flatten)]
    options: VerbOptions,
}

/// The state that a settled file is said to be in.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum SettledAs {
    /// All of it is in force
    Completed,
    /// Nothing of it is left
    RolledBack,
}

impl Settle {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let outcome = match self.outcome {
            SettledAs::Completed => Outcome::Completed,
            SettledAs::RolledBack => Outcome::RolledBack,
        };
        send::send(context, &self.options, send::Unnamed::OpenOrFailed, |batch| {
            Ok(Verb::Settle { file: file::find(batch, &self.file)?.id, outcome })
        })
    }
}
