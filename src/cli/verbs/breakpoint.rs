//! `caribou break`.

use super::super::context::Context;
use super::super::{CliError, Exit};
use super::{VerbOptions, file, send};
use crate::model::Verb;

/// Hold the batch before a file, or before one of its statements
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou break 0007_orders.sql --yes\n  caribou break 0007_orders.sql:3 --yes\n  \
    caribou break 0007_orders.sql:3 --clear --yes")]
pub(crate) struct Break {
    /// The file (path, name or id), and after a colon the statement, from 1
    #[arg(value_name = "FILE[:STATEMENT]")]
    place: String,
    /// Take the breakpoint away
    #[arg(long)]
    clear: bool,
    #[command(flatten)]
    options: VerbOptions,
}

impl Break {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        send::send(context, &self.options, send::Unnamed::Open, |batch| {
            let (file, statement) = file::place(batch, &self.place)?;
            Ok(Verb::Break { file: file.id, statement, clear: self.clear })
        })
    }
}
