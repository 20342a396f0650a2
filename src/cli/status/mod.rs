//! `caribou status`: where everything stands.

mod files;
pub(super) mod wording;

use crate::cli::batch_arg::BatchArg;
use crate::cli::context::Context;
use crate::cli::document::{
    AlertDocument, RollbackDocument, StatusDocument, WorkerDocument, percent, rollback_document,
};
use crate::cli::frozen::Frozen;
use crate::cli::incidents::{self, Incident};
use crate::cli::live::{self, LiveDocument};
use crate::cli::output::{Style, styled_out};
use crate::cli::project::{Project, no_batch};
use crate::cli::warned::{self, Warned};
use crate::cli::{CliError, Exit, ending, output};
use crate::model::{Alert, Batch, BatchId, FileStatus, Overridden, Servers, System, SystemStatus, World};
use crate::store::{AlertRow, Page, SchemaState};
use files::HEAD;
use wording::Wording;

/// Show where everything stands: the batch, its files, the worker
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou status\n  caribou status 7 --format json\n  caribou status --all\n  caribou status --as flyway"
)]
pub(crate) struct Status {
    #[command(flatten)]
    batch: BatchArg,
    /// List every file, however many there are
    #[arg(long, short)]
    all: bool,
    /// Every file of the directory, in the words of another tool
    #[arg(long = "as", value_enum, value_name = "TOOL", conflicts_with = "all")]
    wording: Option<Wording>,
}

/// Number of files that are listed unasked.
const LISTED: usize = 40;

/// What was read beside the page.
struct Beside {
    worker: WorkerDocument,
    /// Rollbacks that are open in other batches.
    others: Vec<RollbackDocument>,
    live: Option<crate::model::Live>,
    frozen: Frozen,
    other_server: Option<Servers>,
    warned: Vec<Warned>,
    incidents: Vec<Incident>,
    /// Warnings about the system that stand.
    system: Vec<Alert>,
}

impl Status {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        if let Some(wording) = self.wording {
            return context.block_on(wording::show(context, wording));
        }
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            if project.state() == SchemaState::Absent {
                return nothing(context, &project);
            }
            let page = project.page(self.batch.given().map(BatchId), LISTED).await?;
            if let (Some(id), None) = (self.batch.given(), &page) {
                return Err(no_batch(BatchId(id)));
            }
            let page = page.unwrap_or_default();
            let batch = page.world.batches.values().next();
            let beside = Beside {
                worker: project.worker().await?,
                others: elsewhere(&mut project, batch.map(|batch| batch.id)).await?,
                other_server: project.reader()?.other_server().await?,
                frozen: project.frozen().await?,
                live: project.reader()?.live().await?,
                warned: warned::of_batch(project.reader()?, batch).await?,
                incidents: incidents::of_batch(project.reader()?, batch).await?,
                system: project.reader()?.standing_warnings().await?.iter().map(AlertRow::to_alert).collect(),
            };
            match context.is_json() {
                true => self.print_json(&mut project, &page, batch, beside).await?,
                false => self.print_text(&mut project, &page, batch, &beside).await?,
            }
            Ok(Exit::Done)
        })
    }

    async fn print_json(
        &self,
        project: &mut Project,
        page: &Page,
        batch: Option<&Batch>,
        beside: Beside,
    ) -> Result<(), CliError> {
        let mut document = StatusDocument::page(page, batch, beside.worker);
        document.rollbacks.extend(beside.others);
        document.system.other_server = beside.other_server;
        document.system.found(&beside.frozen);
        document.system.alerts = beside.system.iter().map(AlertDocument::from).collect();
        document.found_after = beside.warned;
        document.incidents = beside.incidents;
        document.live = beside.live.as_ref().map(|live| LiveDocument::new(live, batch));
        match batch.filter(|_| self.all && document.more.is_some()) {
            Some(batch) => files::print_json(project, batch.id, document).await,
            None => output::json(&document),
        }
    }

    async fn print_text(
        &self,
        project: &mut Project,
        page: &Page,
        batch: Option<&Batch>,
        beside: &Beside,
    ) -> Result<(), CliError> {
        let overdue = if beside.worker.alive { 0 } else { project.reader()?.due_jobs().await?.len() };
        let warning = beside.other_server.as_ref().map_or_else(String::new, other_server);
        let state = match beside.frozen.told() {
            told if told.is_empty() => system(&page.world.system),
            told => format!("{}\n", marked(&told, &beside.frozen)),
        };
        let told = incidents::lines(&beside.incidents);
        let alerts: String = beside.system.iter().map(standing).collect();
        output::text(&format!("{warning}{state}{alerts}{}{told}", head(page, batch, &beside.worker)))?;
        match batch {
            Some(batch) if self.all && !page.more().is_empty() => files::print_text(project, batch.id).await?,
            Some(batch) => output::text_if_any(&listed(page, batch))?,
            None => {}
        }
        let live = beside.live.as_ref().map_or_else(String::new, |live| live::told(live, batch));
        output::text_if_any(&format!("{live}{}{}", warned::told(&beside.warned), waiting(&beside.others, overdue)))
    }
}

/// The rollbacks that are open in other batches.
async fn elsewhere(project: &mut Project, shown: Option<BatchId>) -> Result<Vec<RollbackDocument>, CliError> {
    let mut open = Vec::new();
    for batch in project.batches_with_rollbacks(true).await? {
        if Some(batch) == shown {
            continue;
        }
        let Some(Page { world, .. }) = project.page(Some(batch), LISTED).await? else { continue };
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

/// Tells of a warning about the system: its title, and the first line of what it says.
fn standing(alert: &Alert) -> String {
    let why = output::safe(alert.message.lines().next().unwrap_or_default());
    let title = styled_out(&format!("ALERT: {}", output::safe(&alert.title)), Style::Wrong);
    format!("{title}: {why}\n`caribou alerts` tells more, `caribou doctor` a remedy.\n\n")
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

/// The batch and the worker.
fn head(page: &Page, batch: Option<&Batch>, worker: &WorkerDocument) -> String {
    let Some(batch) = batch else { return format!("No batch yet.\n{}", worker_line(worker, false)) };
    let waiting = page.counts.get(&FileStatus::Pending).copied().unwrap_or_default();
    let mut text = if batch.status.is_final() {
        ending::report_of(batch, waiting)
    } else {
        format!("{} {:.0} %.", ending::headline(batch), percent(batch.completed, batch.total_files))
    };
    for hold in ending::holds(batch) {
        text.push_str(&format!("\n  held: {hold}"));
    }
    text.push_str(&format!("\n{}\n", worker_line(worker, !batch.status.is_final())));
    text
}

/// The files of the page, and how many there are beside them.
fn listed(page: &Page, batch: &Batch) -> String {
    let mut text = String::new();
    let rows: Vec<Vec<String>> = page.files.iter().filter_map(|id| batch.file(*id)).map(files::row).collect();
    if !rows.is_empty() {
        text.push_str(&format!("\n{}\n", output::table(&HEAD, &rows)));
    }
    for file in page.files.iter().filter_map(|id| batch.file(*id)) {
        for (check, Overridden { by, reason }) in &file.overridden {
            let line = format!("{}: {check} is let pass by {by}: {reason}", file.path);
            text.push_str(&format!("{}\n", output::safe(&line)));
        }
    }
    let more = page.more();
    if !more.is_empty() {
        let counts: Vec<String> = more.iter().map(|(status, count)| format!("{count} {status}")).collect();
        let files = output::count(more.values().sum(), "file");
        text.push_str(&format!("({files} more: {}; --all lists them)\n", counts.join(", ")));
    }
    text
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
