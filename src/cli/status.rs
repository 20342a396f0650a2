//! `caribou status`: where everything stands.

use super::batch_arg::BatchArg;
use super::context::Context;
use super::document::{RollbackDocument, StatusDocument, WorkerDocument, percent, rollback_document};
use super::frozen::Frozen;
use super::live::{self, LiveDocument};
use super::output::{Style, styled_out};
use super::project::Project;
use super::status_as::{self, Tongue};
use super::{CliError, Exit, ending, output};
use crate::model::{Batch, BatchId, File, FileStatus, Servers, System, SystemStatus, World};
use crate::store::SchemaState;

/// Show where everything stands: the batch, its files, the worker
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou status\n  caribou status 7 --format json\n  caribou status --as flyway")]
pub(crate) struct Status {
    #[command(flatten)]
    batch: BatchArg,
    /// List every file, however many there are
    #[arg(long, short)]
    all: bool,
    /// Every file of the directory, in the words of another tool
    #[arg(long = "as", value_enum, value_name = "TOOL", conflicts_with = "all")]
    tongue: Option<Tongue>,
}

/// Number of files that are listed unasked.
const LISTED: usize = 40;

impl Status {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        if let Some(tongue) = self.tongue {
            return context.block_on(status_as::show(context, tongue));
        }
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            if project.state() == SchemaState::Absent {
                return nothing(context, &project);
            }
            let id = match self.batch.given() {
                Some(id) => Some(BatchId(id)),
                None => project.open_or_last().await?,
            };
            let world = match id {
                Some(id) => project.world(id).await?,
                None => World::default(),
            };
            let batch = id.and_then(|id| world.batch(id));
            if let (Some(id), None) = (self.batch.given(), batch) {
                return Err(CliError::refused(format!("there is no batch {id}")).hint("`caribou history` lists them"));
            }
            let worker = project.worker().await?;
            let others = elsewhere(&mut project, id).await?;
            let other = project.reader()?.other_server().await?;
            let frozen = project.frozen().await?;
            let live = project.reader()?.live().await?;
            if context.is_json() {
                let mut document = StatusDocument::new(&world, batch, worker);
                document.rollbacks.extend(others);
                document.system.other_server = other;
                document.system.found(&frozen);
                document.live = live.as_ref().map(|live| LiveDocument::new(live, batch));
                output::json(&document)?;
            } else {
                let overdue = if worker.alive { 0 } else { project.reader()?.due_jobs().await?.len() };
                let warning = other.map_or_else(String::new, |servers| other_server(&servers));
                let state = match frozen.told() {
                    told if told.is_empty() => system(&world.system),
                    told => format!("{}\n", marked(&told, &frozen)),
                };
                output::text(&format!(
                    "{warning}{state}{}{}{}",
                    human(batch, &worker, self.all),
                    live.map_or_else(String::new, |live| live::told(&live, batch)),
                    waiting(&others, overdue)
                ))?;
            }
            Ok(Exit::Done)
        })
    }
}

/// The rollbacks that are open in other batches.
async fn elsewhere(project: &mut Project, shown: Option<BatchId>) -> Result<Vec<RollbackDocument>, CliError> {
    let mut open = Vec::new();
    for batch in project.batches_with_rollbacks(true).await? {
        if Some(batch) == shown {
            continue;
        }
        let world = project.world(batch).await?;
        let of = world.batches.values().flat_map(|b| b.rollbacks.values().map(move |r| (b, r)));
        open.extend(of.filter(|(_, r)| r.is_open()).map(|(b, r)| rollback_document(&world, b, r)));
    }
    Ok(open)
}

/// Tells what waits for people, and what is overdue because no worker is there.
fn waiting(others: &[RollbackDocument], overdue: usize) -> String {
    let mut text = String::new();
    if !others.is_empty() {
        let open = output::count(others.len() as u64, "rollback");
        text.push_str(&format!("\n{open} of other batches: `caribou rollbacks` lists what is open.\n"));
    }
    if overdue > 0 {
        let things = output::count(overdue as u64, "thing");
        text.push_str(&format!("\nOVERDUE: {things} about decision windows; `caribou worker` deals with it.\n"));
    }
    text
}

fn other_server(servers: &Servers) -> String {
    format!(
        "ANOTHER SERVER: the journal was written on {}, and this is {}. Everything holds;\n`caribou accept-server` says that \
         it is the right one.\n\n",
        output::safe(&servers.known),
        output::safe(&servers.found)
    )
}

/// Tells the system's own state, where it is not the normal one.
fn system(system: &System) -> String {
    let Some((status, reason)) = system.status.as_ref().filter(|(status, _)| *status != SystemStatus::Normal) else {
        return String::new();
    };
    let why = if reason.is_empty() { String::new() } else { format!(": {}", output::safe(reason)) };
    format!("The system is {status}{why}.\n\n")
}

/// The first line is red where nobody watches over the freeze.
fn marked(told: &str, frozen: &Frozen) -> String {
    match told.split_once('\n') {
        Some((first, rest)) if frozen.is_left_behind() => format!("{}\n{rest}", styled_out(first, Style::Wrong)),
        _ => told.to_owned(),
    }
}

fn nothing(context: &Context, project: &Project) -> Result<Exit, CliError> {
    if context.is_json() {
        output::json(&StatusDocument::new(&World::default(), None, WorkerDocument::default()))?;
    } else {
        output::text(&format!("Nothing has run on {} yet; `caribou plan` shows what would.", project.label()))?;
    }
    Ok(Exit::Done)
}

fn human(batch: Option<&Batch>, worker: &WorkerDocument, all: bool) -> String {
    let Some(batch) = batch else { return format!("No batch yet.\n{}", worker_line(worker, false)) };
    let mut text = if batch.status.is_final() {
        ending::report(batch)
    } else {
        format!("{} {:.0} %.", ending::headline(batch), percent(batch.completed, batch.total_files))
    };
    for hold in ending::holds(batch) {
        text.push_str(&format!("\n  held: {hold}"));
    }
    text.push_str(&format!("\n{}\n", worker_line(worker, !batch.status.is_final())));
    let listed: Vec<&File> = if all || batch.files.len() <= LISTED {
        batch.in_order().collect()
    } else {
        let is_news = |f: &&File| !matches!(f.status(), FileStatus::Completed | FileStatus::Pending);
        batch.in_order().filter(is_news).collect()
    };
    let rows: Vec<Vec<String>> = listed.iter().map(|f| row(f)).collect();
    if !rows.is_empty() {
        text.push_str(&format!(
            "\n{}\n",
            output::table(&["file", "type", "state", "status", "statement", "took"], &rows)
        ));
    }
    let unlisted = batch.files.len() - listed.len();
    if unlisted > 0 {
        text.push_str(&format!("({unlisted} completed or pending files are not listed; --all lists them)\n"));
    }
    text
}

fn row(file: &File) -> Vec<String> {
    let ended = file.running.as_ref().map_or(file.records.len() as u64, |r| u64::from(r.statement) + 1);
    vec![
        output::safe(&file.path),
        file.file_type.to_string(),
        file.state.to_string(),
        file.status().to_string(),
        format!("{ended}/{}", file.statements),
        output::took(file.processing_ms),
    ]
}

fn worker_line(worker: &WorkerDocument, needed: bool) -> String {
    let age = worker.lease_age_ms.map(output::took).unwrap_or_default();
    match (&worker.holder, worker.alive, needed) {
        (Some(holder), true, _) => format!("Worker: {}, seen {age} ago.", output::safe(holder)),
        (_, false, true) => {
            "NO WORKER is alive: nothing moves until `caribou worker` or `caribou migrate` runs.".to_owned()
        }
        _ => "No worker is alive, and none is needed.".to_owned(),
    }
}
