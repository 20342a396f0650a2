//! The batch that a command is about, as an argument or behind `--batch`.

/// Either way, once.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct BatchArg {
    /// The batch that is meant; without it the one that is open, or else the last, or, in a list, all
    #[arg(value_name = "BATCH", conflicts_with = "batch")]
    id: Option<i64>,
    /// The same
    #[arg(long, value_name = "ID")]
    batch: Option<i64>,
}

impl BatchArg {
    /// The batch, if one is named.
    pub fn given(&self) -> Option<i64> {
        self.id.or(self.batch)
    }
}
