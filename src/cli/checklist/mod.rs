//! The command `caribou checklist`: what has to be so before, during and after a migration, with the evidence; and ticking what only a
//! person can know.

mod answering;
mod facts;
mod items;

pub(crate) use facts::{of_batch, of_journal, of_sums};
pub(crate) use items::{Facts, Item, ItemPhase, items as judged};

use super::config;
use super::context::Context;
use super::planning::flags::PlanFlags;
use super::planning::{self, PlanOptions};
use super::project::{Project, Readiness, no_batch};
use super::{CliError, Exit, output, run};
use crate::cli::config::ChecklistPolicy;
use crate::model::{BatchId, BatchStatus, Checksum, Expectation, Verb};
use crate::store::SchemaState;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Time that the answer to a tick is waited for, and interval at which it is looked for.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(150);

/// Show the execution checklist with its evidence, or tick what only a person can know
///
/// It is about the batch that is open, else about the plan of the directory, else about the last batch. What a machine
/// can know is judged by what it finds; a tick counts for this very plan, and stands in the journal with who and when.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "caribou checklist [OPTIONS]\n       caribou checklist tick stakeholders_notified",
    after_help = "Examples:\n  caribou checklist\n  caribou checklist tick plan_reviewed stakeholders_notified"
)]
pub(crate) struct Checklist {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    flags: PlanFlags,
    /// The batch that is meant, whatever else waits
    #[arg(long, value_name = "ID", global = true)]
    batch: Option<i64>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Tick(Tick),
    Untick(Untick),
}

/// Say that items are done
#[derive(Debug, clap::Args)]
struct Tick {
    /// The items, as `caribou checklist` names them
    #[arg(required = true, value_name = "ITEM")]
    items: Vec<String>,
}

/// Take ticks back
#[derive(Debug, clap::Args)]
struct Untick {
    /// The items, as `caribou checklist` names them
    #[arg(required = true, value_name = "ITEM")]
    items: Vec<String>,
}

impl Checklist {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            let about = match self.batch {
                Some(id) => About::Batch(BatchId(id)),
                None => About::Next(self.flags.into()),
            };
            match self.action {
                None => show(context, &mut project, &about).await,
                Some(Action::Tick(Tick { items })) => tick(context, &mut project, &about, items, true).await,
                Some(Action::Untick(Untick { items })) => tick(context, &mut project, &about, items, false).await,
            }
        })
    }
}

/// What the checklist is asked about.
enum About {
    /// The batch that is open, else the plan that is made so, else the last batch.
    Next(PlanOptions),
    Batch(BatchId),
}

/// Subject of the checklist.
struct Subject {
    plan: Checksum,
    /// The same in words.
    about: String,
    facts: Facts,
}

/// Gives the items before a start, of this plan, that are not done.
pub(crate) async fn open_before(
    context: &Context,
    project: &mut Project,
    plan: &Checksum,
    rehearsed: Option<bool>,
) -> Result<Vec<String>, CliError> {
    let mut facts = around(context, project).await?;
    facts.own_metrics = context.metrics_address().map(|address| address.to_string());
    facts.backup = context.config()?.values.backup.look(plan).await;
    facts.rehearsed = rehearsed;
    let items = items::items(&facts, &ticks(project, plan).await?);
    let open = items.into_iter().filter(|item| item.phase == ItemPhase::Pre && item.done == Some(false));
    Ok(open.map(|item| format!("{}: {}", item.item, item.evidence)).collect())
}

async fn ticks(project: &mut Project, plan: &Checksum) -> Result<BTreeMap<String, crate::store::Tick>, CliError> {
    match project.state() {
        SchemaState::Installed { .. } => Ok(project.reader()?.ticks(plan).await?),
        _ => Ok(BTreeMap::new()),
    }
}

/// Finds what is of no batch.
async fn around(context: &Context, project: &mut Project) -> Result<Facts, CliError> {
    let config = context.config()?;
    let hooks = config::hook_names(config);
    let mut facts = Facts { hooks, ..Facts::default() };
    if !matches!(project.state(), SchemaState::Installed { .. }) {
        return Ok(facts);
    }
    of_journal(project.reader()?, &mut facts).await?;
    Ok(facts)
}

/// Gives the items after the end of the last batch that completed which are not done, and that batch.
pub(crate) async fn open_after(
    context: &Context,
    project: &mut Project,
) -> Result<Option<(BatchId, Vec<String>)>, CliError> {
    if project.readiness().await? != Readiness::Installed {
        return Ok(None);
    }
    let Some(last) = project.batches(1).await?.pop().filter(|last| last.status == BatchStatus::Completed) else {
        return Ok(None);
    };
    let Subject { plan, facts, .. } = of_id(context, project, last.batch_id).await?;
    let items = items::items(&facts, &ticks(project, &plan).await?);
    let open = items.into_iter().filter(|item| item.phase == ItemPhase::Post && item.done == Some(false));
    let open: Vec<String> = open.map(|item| format!("{}: {}", item.item, item.evidence)).collect();
    Ok((!open.is_empty()).then_some((last.batch_id, open)))
}

/// Gives the items during a batch that are not done.
pub(crate) async fn open_during(
    context: &Context,
    project: &mut Project,
    batch: BatchId,
) -> Result<Vec<String>, CliError> {
    let Subject { plan, facts, .. } = of_id(context, project, batch).await?;
    let items = items::items(&facts, &ticks(project, &plan).await?);
    let open = items.into_iter().filter(|item| item.phase == ItemPhase::During && item.done == Some(false));
    Ok(open.map(|item| format!("{}: {}", item.item, item.evidence)).collect())
}

async fn subject(context: &Context, project: &mut Project, about: &About) -> Result<Subject, CliError> {
    let requested = match about {
        About::Batch(id) => {
            project.require_installed().await?;
            return of_id(context, project, *id).await;
        }
        About::Next(requested) => requested,
    };
    let mut facts = around(context, project).await?;
    let installed = project.readiness().await? == Readiness::Installed;
    let open = if installed { project.open_batch().await? } else { None };
    if open.is_none() {
        let directory = planning::read_directory(context.config()?)?;
        let planned = project.plan(context.config()?, directory, requested).await?;
        if !planned.plan.is_empty() {
            facts.rehearsed = planned.rehearsed;
            facts.irreversible = planned.plan.undo_coverage.none;
            facts.backup = context.config()?.values.backup.look(&planned.plan.checksum).await;
            let about = format!("the plan of {} that waits", output::count(planned.plan.files.len() as u64, "file"));
            return Ok(Subject { plan: planned.plan.checksum, about, facts });
        }
    }
    let last = if installed { project.open_or_last().await? } else { None };
    let Some(id) = open.or(last) else {
        return Err(CliError::refused("there is nothing to run and nothing has run, so there is no checklist")
            .hint("put a migration into the directory"));
    };
    of_id(context, project, id).await
}

async fn of_id(context: &Context, project: &mut Project, id: BatchId) -> Result<Subject, CliError> {
    let mut facts = around(context, project).await?;
    let world = project.world(id).await?;
    let batch = world.batch(id).ok_or_else(|| no_batch(id))?;
    of_batch(project.reader()?, batch, &mut facts).await?;
    facts.backup = context.config()?.values.backup.look(&batch.plan).await;
    Ok(Subject { plan: batch.plan.clone(), about: format!("batch {id}, {}", batch.status), facts })
}

/// A checklist in JSON.
#[derive(serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ChecklistDocument {
    /// The plan or the batch that it is about, in words.
    about: String,
    /// Checksum of the plan.
    plan: Checksum,
    policy: ChecklistPolicy,
    items: Vec<Item>,
}

async fn show(context: &Context, project: &mut Project, about: &About) -> Result<Exit, CliError> {
    let Subject { plan, about, facts } = subject(context, project, about).await?;
    let items = items::items(&facts, &ticks(project, &plan).await?);
    let policy = context.config()?.values.policy.checklist;
    if context.is_json() {
        output::json(&ChecklistDocument { about, plan, policy, items })?;
    } else {
        output::text(&human(&about, policy, &items))?;
    }
    Ok(Exit::Done)
}

fn human(about: &str, policy: ChecklistPolicy, items: &[Item]) -> String {
    let row = |item: &Item| {
        let phase = match item.phase {
            ItemPhase::Pre => "before",
            ItemPhase::During => "during",
            ItemPhase::Post => "after",
        };
        let state = match item.done {
            Some(true) => "done",
            Some(false) => "open",
            None => "-",
        };
        vec![phase.into(), state.into(), item.item.into(), item.title.into(), output::safe(&item.evidence)]
    };
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    let then = match policy {
        ChecklistPolicy::Off => "policy.checklist = off: it stops nothing",
        ChecklistPolicy::Warn => "policy.checklist = warn: a start with open items is warned about",
        ChecklistPolicy::Require => "policy.checklist = require: `caribou migrate` does not start with open items",
    };
    format!("About {about}. {then}.\n\n{}", output::table(&["when", "state", "item", "", "evidence"], &rows))
}

async fn tick(
    context: &Context,
    project: &mut Project,
    about: &About,
    items: Vec<String>,
    done: bool,
) -> Result<Exit, CliError> {
    project.require_installed().await?;
    for item in &items {
        if items::is_judged(item) {
            return Err(CliError::refused(format!("{item} is judged by what is found, and nobody ticks it"))
                .hint("`caribou checklist` shows the evidence"));
        }
        if !items::of_people().any(|known| known == item) {
            let known: Vec<&str> = items::of_people().collect();
            return Err(CliError::refused(format!("the checklist has no item {item}"))
                .hint(format!("there is: {}", known.join(", "))));
        }
    }
    let plan = subject(context, project, about).await?.plan;
    for item in items {
        let verb = Verb::Tick { item: item.clone(), plan: plan.clone(), done };
        let command = project.submit(BatchId::SYSTEM, verb, None, Expectation::default(), None).await?;
        if !project.worker().await?.alive {
            run::answer_command(context, project, command).await?;
        }
        let until = Instant::now() + PATIENCE;
        loop {
            use super::project::CommandStatus;
            match project.standing(command).await? {
                CommandStatus::Effective => break,
                CommandStatus::Refused(reason) => return Err(CliError::refused(reason)),
                CommandStatus::Waiting | CommandStatus::Accepted if Instant::now() < until => {
                    tokio::time::sleep(POLL).await;
                }
                _ => return Err(CliError::new(Exit::Blocked, "the worker has not answered in time; the tick stands")),
            }
        }
        output::say(&format!("{item}: {}", if done { "ticked" } else { "open again" }));
    }
    if context.is_json() { show(context, project, about).await } else { Ok(Exit::Done) }
}
