//! `caribou report`: what a batch did, as a document to keep.

mod changes;
mod escape;
mod markdown;
mod measured;
mod measurements;
pub(super) mod story;

use super::batch_arg::BatchArg;
use super::context::Context;
use super::project::Project;
use super::{CliError, Exit, output};
use crate::model::{BatchId, Event, Seq};
use std::path::{Path, PathBuf};
use story::{Journals, Report};

/// Write what a batch did as Markdown: files, changes, findings, undo that remains, decisions, server
///
/// Made from the journal alone, for any batch: completed, failed, rolled back, or still running. With
/// `report.directory` in caribou.toml `migrate` writes one at the end of every batch, as batch-N.md.
#[derive(Debug, clap::Args)]
#[command(
    name = "report",
    after_help = "Examples:\n  caribou report\n  caribou report 7 --output batch-7.md\n  caribou report 7 --format json \
    | jq .changes"
)]
pub(crate) struct ReportCommand {
    #[command(flatten)]
    batch: BatchArg,
    /// Write it here, in place of what stands there, and print where
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl ReportCommand {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let report = context.block_on(async {
            let mut project = Project::connect(context).await?;
            let none = || CliError::refused("there is no batch yet").hint("`caribou migrate` begins one");
            let id = match self.batch.given() {
                _ if project.state() == crate::store::SchemaState::Absent => return Err(none()),
                Some(id) => BatchId(id),
                None => project.open_or_last().await?.ok_or_else(none)?,
            };
            read(&mut project, id).await
        })?;
        let is_json = context.is_json();
        let Some(path) = self.output else {
            return if is_json { output::json(&report) } else { output::text(&markdown::markdown(&report)) }
                .map(|()| Exit::Done);
        };
        let text = if is_json { output::json_text(&report)? } else { markdown::markdown(&report) };
        write(&path, &text)?;
        output::say(&format!("Wrote {}.", output::safe(&path.display().to_string())));
        Ok(Exit::Done)
    }
}

/// Writes the report of a batch into a directory, which is made where it is not there; gives the path.
///
/// # Errors
/// The database's, and that of the file.
pub(crate) async fn write_into(directory: &Path, project: &mut Project, id: BatchId) -> Result<PathBuf, CliError> {
    let report = read(project, id).await?;
    let failed =
        |error| CliError::new(Exit::Failed, format!("cannot make the directory {}: {error}", directory.display()));
    std::fs::create_dir_all(directory).map_err(failed)?;
    let path = directory.join(format!("batch-{id}.md"));
    write(&path, &markdown::markdown(&report))?;
    Ok(path)
}

/// The report of a batch, from its journal and that of the system.
async fn read(project: &mut Project, id: BatchId) -> Result<Report, CliError> {
    let batch = all(project, id).await?;
    let system = all(project, BatchId::SYSTEM).await?;
    let earlier = project.reader()?.measurements_before(id).await?;
    Report::new(Journals { batch: &batch, system: &system, earlier: &earlier }).ok_or_else(|| {
        CliError::refused(format!("the journal holds no batch {id}")).hint("`caribou history` lists the batches")
    })
}

async fn all(project: &mut Project, id: BatchId) -> Result<Vec<Event>, CliError> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(Seq(0), |event| event.seq);
        let more = project.events(id, after).await?;
        if more.is_empty() {
            return Ok(events);
        }
        events.extend(more);
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), CliError> {
    super::whole_file::write(path, text.as_bytes()).map_err(|error| {
        CliError::new(Exit::Failed, format!("cannot write {}: {error}", path.display()))
            .hint("the directory must exist and be writable; without --output the report is printed")
    })
}
