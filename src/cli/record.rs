//! `caribou record`: a batch into one file that plays without a database.

use super::context::Context;
use super::gather::gather;
use super::project::Project;
use super::signals::Interrupts;
use super::{CliError, Exit, output, whole_file};
use crate::model::{BatchId, Millis};
use crate::recording::{Facts, Parts, RecordingError, redact, write};
use crate::store::SchemaState;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pause between two looks whether the batch has ended.
const POLL: Duration = Duration::from_millis(500);

/// Record a batch into one file, which `caribou replay` plays without a database
///
/// A batch that still runs is followed to its end first; Ctrl-C records what there is. The file is written whole or not
/// at all.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou record 37 --output incident.caribou\n  caribou record --newest --redact -o \
    incident.caribou"
)]
pub(crate) struct Record {
    /// The batch
    #[arg(value_name = "BATCH", required_unless_present = "newest", conflicts_with = "newest")]
    batch: Option<i64>,
    /// The newest batch
    #[arg(long)]
    newest: bool,
    /// The file, in place of what stands there
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Without hosts, accounts and literals
    #[arg(long)]
    redact: bool,
    /// Record what there is of a batch that still runs
    #[arg(long)]
    no_wait: bool,
}

/// What was recorded.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Recorded<'a> {
    batch: BatchId,
    file: &'a Path,
    bytes: usize,
    events: usize,
    from: Option<String>,
    to: Option<String>,
    batch_ended: bool,
    redacted: bool,
}

impl Record {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            let none = || CliError::refused("there is no batch yet").hint("`caribou migrate` begins one");
            let batch = match self.batch {
                _ if project.state() == SchemaState::Absent => return Err(none()),
                Some(id) => BatchId(id),
                None => project.batches(1).await?.first().map(|row| row.batch_id).ok_or_else(none)?,
            };
            let is_interrupted = !self.no_wait && wait(&mut project, batch).await?;
            let parts = gather(project.reader()?, batch).await?.ok_or_else(|| {
                CliError::refused(format!("there is no batch {batch} with a journal"))
                    .hint("`caribou history` lists the batches")
            })?;
            self.keep(context, parts)?;
            Ok(if is_interrupted { Exit::Interrupted } else { Exit::Done })
        })
    }

    fn keep(&self, context: &Context, parts: Parts) -> Result<(), CliError> {
        let parts = if self.redact { redact(&parts).map_err(failed)? } else { parts };
        let bytes = write(&parts).map_err(failed)?;
        whole_file::write(&self.output, &bytes).map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot write {}: {error}", self.output.display()))
                .hint("the directory must exist and be writable")
        })?;
        let time = |event: Option<&crate::model::Event>| event.map(|event| event.at);
        let (from, to) = (time(parts.events.first()), time(parts.events.last()));
        let Facts { batch, batch_ended, redacted, .. } = parts.facts;
        let (file, events) = (self.output.as_path(), parts.events.len());
        if context.is_json() {
            let (from, to) = (from.map(Millis::to_rfc3339), to.map(Millis::to_rfc3339));
            return output::json(&Recorded {
                batch,
                file,
                bytes: bytes.len(),
                events,
                from,
                to,
                batch_ended,
                redacted,
            });
        }
        let span = from.zip(to).map_or(0, |(from, to)| to.since(from));
        output::say(&format!(
            "Recorded batch {batch}: {} in {}, {}{}. Play it: caribou replay {}",
            output::count(events as u64, "event"),
            output::took(span),
            output::bytes(bytes.len() as u64),
            if batch_ended { "" } else { "; it has not ended" },
            output::safe(&file.display().to_string())
        ));
        Ok(())
    }
}

/// Waits until a batch has ended; true if somebody interrupted that.
async fn wait(project: &mut Project, batch: BatchId) -> Result<bool, CliError> {
    let mut interrupts: Option<Interrupts> = None;
    loop {
        let row = project.reader()?.batch(batch).await?;
        if row.is_none_or(|row| row.status.is_final()) {
            return Ok(false);
        }
        let interrupts = match &mut interrupts {
            Some(interrupts) => interrupts,
            None => {
                output::say(&format!(
                    "Batch {batch} still runs: it is recorded when it has ended; Ctrl-C records now."
                ));
                interrupts.insert(Interrupts::new()?)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            _ = interrupts.next() => return Ok(true),
        }
    }
}

fn failed(error: RecordingError) -> CliError {
    CliError::new(Exit::Failed, error.to_string())
}
