//! `caribou migrate`: plan, apply, follow.

use super::checklist;
use super::config::{ChecklistPolicy, OnFailure};
use super::context::Context;
use super::incidents;
use super::logging::{self, LogSink};
use super::metrics_arg::MetricsArg;
use super::planning::{self, PlanOptions, Planned};
use super::project::{Project, Readiness};
use super::report;
use super::run;
use super::run_target::RunTarget;
use super::squashes;
use super::warned;
use super::{CliError, Exit, document, ending, output};
use crate::model::{
    Batch, BatchId, Checksum, Epoch, Event, EventKind, FileId, Hold, STALE_PLAN, Submission, Verb, World,
};
use std::path::Path;

/// Plan, apply and follow; ends when the batch has ended
///
/// Reads the migration directory, runs what has not run, and shows each file as it goes. Where a worker is alive, the
/// batch is handed to it and followed; otherwise this process is the worker. A batch that was left unfinished is
/// finished first. Ctrl-C pauses safely: the running statement ends, nothing is lost, and `caribou migrate` goes on.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou migrate\n  caribou migrate --dry-run\n  caribou migrate --target 0007_orders\n  \
    caribou migrate --step --console\n\nExit status: 0 done; 1 failed, and undone or nothing touched; 2 refused before \
    anything began;\n3 failed, and a person is needed; 4 blocked; 5 no connection; 130 interrupted, paused safely."
)]
pub(crate) struct Migrate {
    /// Run up to this file (path, name or version) and what it needs
    #[arg(long, value_name = "FILE")]
    target: Option<String>,
    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Hold before the first statement, and go on by `caribou step` or the console
    #[arg(long)]
    step: bool,
    /// Watch in the full-screen console
    #[arg(long, conflicts_with_all = ["dry_run"])]
    console: bool,
    /// Decide what independent files do after a failure
    #[arg(long, value_enum, value_name = "WHAT")]
    on_failure: Option<OnFailure>,
    /// Accept statements that nothing undoes; the plan names them
    #[arg(long)]
    accept_irreversible: bool,
    /// Number of files that may run at a time, when they do not depend on each other and share no object [default:
    /// workers.parallel; on SQLite always 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    parallel: Option<u32>,
    /// Run also files that the history table of another tool says have run
    #[arg(long)]
    ignore_other_history: bool,
    /// Run although the server is a replica or read_only
    #[arg(long)]
    on_replica: bool,
    #[command(flatten)]
    metrics: MetricsArg,
}

impl Migrate {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        if self.console && context.is_json() {
            return Err(CliError::refused("--console and --format json exclude each other"));
        }
        logging::start(context.config()?, if self.console { LogSink::Console } else { LogSink::Nothing })?;
        let directory = planning::read_directory(context.config()?)?;
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            if self.dry_run {
                let planned = project.plan(context.config()?, directory, &self.requested()).await?;
                return super::plan::show(context, &planned, false);
            }
            if let Some(server) = self.metrics.start(&project.store).await? {
                context.serve(server);
            }
            self.migrate(context, &mut project, directory).await
        })
    }

    fn requested(&self) -> PlanOptions {
        PlanOptions {
            target: self.target.clone(),
            step: self.step,
            on_failure: self.on_failure,
            accept_irreversible: self.accept_irreversible,
            parallel: self.parallel,
            records_squashes: false,
        }
    }

    async fn migrate(
        &self,
        context: &Context,
        project: &mut Project,
        directory: planning::FoundDirectory,
    ) -> Result<Exit, CliError> {
        let mut directory = directory;
        if project.is_half_installed().await? {
            self.refuse_replica(project).await?;
            project.install().await?;
        }
        if project.readiness().await? == Readiness::Absent {
            let planned = project.plan(context.config()?, directory, &self.requested()).await?;
            planning::require_plannable(&planned.plan)?;
            self.refuse_what_ran_elsewhere(&planned)?;
            if planned.plan.is_empty() {
                return nothing_to_do(context, project, &planned).await;
            }
            self.refuse_replica(project).await?;
            let done = project.install().await?;
            let who = if done.is_empty() { "Somebody else has installed" } else { "Installed" };
            output::say(&format!("{who} the orchestration schema {}.", project.store.schemas().orchestration));
            directory = planning::read_directory(context.config()?)?;
        }
        let mut refused = Refused::default();
        loop {
            match self.migrate_once(context, project, directory, &mut refused).await {
                // Somebody else's batch came between: there is less to do now, or nothing.
                Err(error) if error.message == STALE_PLAN => {
                    refused.again()?;
                    output::say("Another batch was begun meanwhile; planning again.");
                    directory = planning::read_directory(context.config()?)?;
                }
                done => return done,
            }
        }
    }

    /// Finishes what is open, plans, and runs the plan.
    async fn migrate_once(
        &self,
        context: &Context,
        project: &mut Project,
        directory: planning::FoundDirectory,
        refused: &mut Refused,
    ) -> Result<Exit, CliError> {
        let mut finished = None;
        while let Some(open) = project.open_batch().await? {
            self.refuse_replica(project).await?;
            let (exit, world) = self.finish_open(context, project, open).await?;
            let cut_short = exit == Exit::Failed && world.batch(open).is_some_and(ending::was_cut_short);
            if self.console {
                // Whoever leaves the console leaves: the next batch begins with a command of its own.
                let exit = self.report(context, project, &world, open, exit).await?;
                self.tell_what_is_left(context, project, directory).await;
                return Ok(exit);
            }
            if cut_short && !was_asked_for(project, open).await? {
                // A crash is no fault of the files: what was undone for it runs again.
                output::say("What the crash left half-way is undone, and runs again.");
                continue;
            }
            if exit != Exit::Done {
                return self.report(context, project, &world, open, exit).await;
            }
            finished = Some((world, open));
        }
        let mut planned = project.plan(context.config()?, directory, &self.requested()).await?;
        if !planned.plan.counts_as_run.is_empty() && planned.plan.refused.is_empty() {
            self.refuse_replica(project).await?;
            finished = Some(squashes::record(context, project, &planned.plan.counts_as_run).await?);
            let directory = planning::read_directory(context.config()?)?;
            planned = project.plan(context.config()?, directory, &self.requested()).await?;
        }
        // Its files are in the way of this plan, and not wrong.
        if !planned.plan.refused.is_empty() && project.open_batch().await?.is_some() {
            return Err(CliError::refused(STALE_PLAN));
        }
        if planned.plan.is_empty() && planned.plan.refused.is_empty() {
            return match finished {
                Some((world, batch)) => self.report(context, project, &world, batch, Exit::Done).await,
                None => nothing_to_do(context, project, &planned).await,
            };
        }
        if !context.is_json() {
            output::say(&planned.human(false));
        }
        planning::require_plannable(&planned.plan)?;
        self.refuse_what_ran_elsewhere(&planned)?;
        self.refuse_replica(project).await?;
        hold_to_checklist(context, project, &planned).await?;
        let submission = planned.plan.to_submission().map_err(|e| CliError::refused(e.to_string()))?;
        let submission = Submission { after: Some(planned.newest), ..submission };
        // What the texts say is many times as large as the texts, and nobody asks the plan any more.
        drop(planned);
        refused.next(&submission);
        let ran = run::run(context, project, RunTarget::Submit(Box::new(submission)), self.console).await?;
        self.report(context, project, &ran.world, ran.batch, ran.exit).await
    }

    /// Refuses files that the history table of another tool says have run.
    fn refuse_what_ran_elsewhere(&self, planned: &Planned) -> Result<(), CliError> {
        for elsewhere in planned.elsewhere.iter().filter(|_| !self.ignore_other_history) {
            let runs = |path: &&str| planned.plan.files.iter().any(|file| file.path == *path);
            let again: Vec<&str> = elsewhere.files.iter().map(String::as_str).filter(runs).collect();
            if !again.is_empty() {
                return Err(elsewhere.refusal(&again));
            }
        }
        Ok(())
    }

    /// Says what a migration would begin now, if anything. What stands in its way is said by the next one.
    async fn tell_what_is_left(&self, context: &Context, project: &mut Project, directory: planning::FoundDirectory) {
        let Ok(config) = context.config() else { return };
        let Ok(planned) = project.plan(config, directory, &self.requested()).await else { return };
        let left = planned.plan.files.len();
        if left > 0 {
            let files = if left == 1 { "1 file is".to_owned() } else { format!("{left} files are") };
            output::say(&format!("{files} still to run: `caribou migrate` begins a batch of its own."));
        }
    }

    async fn refuse_replica(&self, project: &Project) -> Result<(), CliError> {
        if self.on_replica { Ok(()) } else { project.refuse_replica().await }
    }

    /// Goes on with a batch that was left unfinished.
    async fn finish_open(
        &self,
        context: &Context,
        project: &mut Project,
        id: BatchId,
    ) -> Result<(Exit, World), CliError> {
        let world = project.world(id).await?;
        if let Some(batch) = world.batch(id) {
            output::say(&format!("Batch {id} ({}) is unfinished; going on with it.", output::safe(&batch.name)));
            for hold in ending::holds(batch) {
                output::say(&format!("  {hold}"));
            }
        }
        tell_checklist(context, project, id).await?;
        let ran = run::run(context, project, RunTarget::Continue(id), self.console).await?;
        Ok((ran.exit, ran.world))
    }

    /// Says how it ended: JSON on stdout, or the story for people.
    async fn report(
        &self,
        context: &Context,
        project: &mut Project,
        world: &World,
        id: BatchId,
        exit: Exit,
    ) -> Result<Exit, CliError> {
        let batch = world.batch(id);
        if let Some(directory) = &context.config()?.values.reports
            && batch.is_some_and(|batch| batch.status.is_final())
        {
            write_report(directory, project, id).await;
        }
        if context.is_json() {
            let worker = project.worker().await.unwrap_or_default();
            let found_after = warned::of_batch(project.reader()?, batch).await?;
            let document = document::StatusDocument::new(world, batch, worker);
            let incidents = incidents::of_batch(project.reader()?, batch).await?;
            output::json(&document::StatusDocument { found_after, incidents, ..document })?;
        } else if let Some(batch) = batch {
            let warned = warned::of_batch(project.reader()?, Some(batch)).await?;
            output::text(&format!("{}{}", story(batch, exit), warned::told(&warned)))?;
        }
        Ok(exit)
    }
}

/// Writes the batch's report. That it cannot be written is no reason to call the batch a failure.
async fn write_report(directory: &Path, project: &mut Project, id: BatchId) {
    match report::write_into(directory, project, id).await {
        Ok(path) => output::say(&format!("Report: {}", output::safe(&path.display().to_string()))),
        Err(error) => output::warning(&format!("the report was not written: {}", error.message)),
    }
}

/// Number of plans in a row, made of the same files and the same history, that a worker refuses as stale before no
/// other is made: between reading and writing somebody else's batch can come, but not without leaving something that
/// the next reading sees.
const SAME_PLANS: u32 = 3;

/// Plans that a worker found stale.
#[derive(Default)]
struct Refused {
    /// Origin of the last plan: the file after which it begins, its epoch, its checksum.
    plan: Option<(FileId, Epoch, Checksum)>,
    same: u32,
}

impl Refused {
    /// Another plan is about to be handed in.
    fn next(&mut self, plan: &Submission) {
        let plan = Some((plan.after.unwrap_or_default(), plan.epoch_from, plan.plan.clone()));
        self.same = if self.plan == plan { self.same + 1 } else { 1 };
        self.plan = plan;
    }

    /// It was found stale: whether planning again can help.
    fn again(&self) -> Result<(), CliError> {
        if self.same < SAME_PLANS {
            return Ok(());
        }
        let why = format!("{} plans in a row were refused as stale, and nothing has changed between them", self.same);
        Err(CliError::new(Exit::Blocked, why).hint(
            "the worker knows of a batch that the tables do not show: `caribou doctor` compares them; ending the worker \
             (`caribou status` names it) makes the next one read them anew",
        ))
    }
}

/// True if somebody asked for the end of a batch, or for its undo: what was undone for that does not run again.
async fn was_asked_for(project: &mut Project, batch: BatchId) -> Result<bool, CliError> {
    let events = project.reader()?.batch_events(batch, &["command_accepted"]).await?;
    let asks = |event: &Event| {
        let EventKind::CommandAccepted { verb, .. } = &event.kind else { return false };
        matches!(verb, Verb::Abort { .. } | Verb::RollBack { .. })
    };
    Ok(events.iter().any(asks))
}

fn story(batch: &Batch, exit: Exit) -> String {
    // A worker that was only followed goes on.
    let paused = match exit {
        Exit::Interrupted if batch.holds.contains_key(&Hold::Paused) => "Interrupted; paused safely. ",
        _ => "",
    };
    format!("{paused}{}", ending::report(batch))
}

/// The fast path: no engine, no lease.
async fn nothing_to_do(context: &Context, project: &mut Project, planned: &Planned) -> Result<Exit, CliError> {
    for finding in &planned.plan.findings {
        output::warning(&finding.said());
    }
    if context.is_json() {
        let worker = project.worker().await?;
        output::json(&document::StatusDocument::new(&World::default(), None, worker))?;
    } else {
        let dir = planned.dir.display();
        output::text(&match planned.total {
            0 => format!("Nothing to do: there is no migration in {dir}."),
            n => format!("Nothing to do: {} in {dir}, all completed.", output::count(n as u64, "migration")),
        })?;
    }
    Ok(Exit::Done)
}

/// Open items of the checklist, as the policy has it: those before the start, and those after the end of the last batch.
async fn hold_to_checklist(context: &Context, project: &mut Project, planned: &Planned) -> Result<(), CliError> {
    let policy = context.config()?.values.policy.checklist;
    if policy == ChecklistPolicy::Off {
        return Ok(());
    }
    let open = checklist::open_before(context, project, &planned.plan.checksum, planned.rehearsed).await?;
    let (mut messages, mut hint) = (Vec::new(), String::new());
    if !open.is_empty() {
        messages.push(format!("the checklist has open items:\n  {}", open.join("\n  ")));
        hint.push_str("`caribou checklist` shows them, `caribou checklist tick ITEM` ticks one");
    }
    if let Some((last, open)) = checklist::open_after(context, project).await? {
        messages
            .push(format!("the checklist of batch {last}, which has ended, has open items:\n  {}", open.join("\n  ")));
        let and = if hint.is_empty() { "" } else { "; " };
        hint.push_str(&format!("{and}`caribou checklist tick ITEM --batch {last}` ticks one of batch {last}"));
    }
    if messages.is_empty() {
        return Ok(());
    }
    let message = messages.join("\n");
    if policy == ChecklistPolicy::Warn {
        output::warning(&format!("{message}\n{hint}"));
        return Ok(());
    }
    Err(CliError::refused(message).hint(hint))
}

/// Open items of a batch that goes on: told, and nothing more. One that stands half-way is not kept so by a list.
async fn tell_checklist(context: &Context, project: &mut Project, batch: BatchId) -> Result<(), CliError> {
    if context.config()?.values.policy.checklist == ChecklistPolicy::Off {
        return Ok(());
    }
    let open = checklist::open_during(context, project, batch).await?;
    if !open.is_empty() {
        output::warning(&format!("the checklist of batch {batch} has open items:\n  {}", open.join("\n  ")));
    }
    Ok(())
}
