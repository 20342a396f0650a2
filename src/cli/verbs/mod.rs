//! The operator's verbs: each is handed in as a command and waits for the worker's answer.

mod abort;
mod accept_server;
mod alert;
pub(super) mod answer;
mod breakpoint;
mod decide;
mod discard;
mod file;
mod freeze;
mod outcome;
mod override_check;
mod pause;
pub(super) mod repair;
mod resume;
mod retry;
mod rollback;
mod send;
mod settle;
mod step;
mod thaw;

pub(crate) use abort::Abort;
pub(crate) use accept_server::AcceptServer;
pub(crate) use alert::{Ack, Escalate, Resolve};
pub(crate) use breakpoint::Break;
pub(crate) use decide::{Approve, Reject};
pub(crate) use discard::Discard;
pub(crate) use freeze::Freeze;
pub(crate) use outcome::left;
pub(crate) use override_check::Override;
pub(crate) use pause::Pause;
pub(crate) use repair::RepairCommand;
pub(crate) use resume::Resume;
pub(crate) use retry::Retry;
pub(crate) use rollback::{ClassArg, Rollback};
pub(crate) use settle::Settle;
pub(crate) use step::Step;
pub(crate) use thaw::Thaw;

use std::time::Duration;

/// The arguments that every verb takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct VerbOptions {
    /// The batch, when it is not the one that is open
    #[arg(long, value_name = "ID")]
    batch: Option<i64>,
    /// Reason; it stands in the journal
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask for confirmation (then --reason is required where one is asked for)
    #[arg(long, short)]
    yes: bool,
    /// Hand the command in and do not wait for the worker's answer
    #[arg(long)]
    no_wait: bool,
    /// Time to wait for the answer
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    timeout: Duration,
}

impl VerbOptions {
    /// The same for the batch that is named as an argument.
    fn about(&self, id: Option<i64>) -> Self {
        Self { batch: id.or(self.batch), ..self.clone() }
    }
}

fn time(text: &str) -> Result<Duration, String> {
    super::config::duration(text).ok_or_else(|| "write a time such as 500ms, 30s or 5m".to_owned())
}

#[cfg(test)]
mod tests;
