//! `caribou migrate`: plan, apply, follow.

use super::context::Context;
use super::logging::{self, Beside};
use super::planning::{self, OnFailure, Planned, Wishes};
use super::project::{Project, Readiness};
use super::run::{self, Job};
use super::{CliError, Exit, document, ending, output};
use crate::model::{Batch, BatchId, STALE_PLAN, Submission, World};

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
    /// What independent files do after a failure
    #[arg(long, value_enum, value_name = "WHAT")]
    on_failure: Option<OnFailure>,
    /// Accept statements that nothing undoes; the plan names them
    #[arg(long)]
    accept_irreversible: bool,
    /// How many files may run at a time, when they do not depend on each other and share no object [default:
    /// workers.parallel; on SQLite always 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    parallel: Option<u32>,
    /// Run although the server is a replica or read_only
    #[arg(long)]
    on_replica: bool,
}

impl Migrate {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        if self.console && context.is_json() {
            return Err(CliError::refused("--console and --format json exclude each other"));
        }
        logging::start(context.config()?, if self.console { Beside::Console } else { Beside::Nothing })?;
        let directory = planning::read_directory(context.config()?)?;
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            if self.dry_run {
                let planned = project.plan(context.config()?, directory, &self.wishes()).await?;
                return super::plan::show(context, &planned, false);
            }
            self.migrate(context, &mut project, directory).await
        })
    }

    fn wishes(&self) -> Wishes {
        Wishes {
            target: self.target.clone(),
            step: self.step,
            on_failure: self.on_failure,
            accept_irreversible: self.accept_irreversible,
            parallel: self.parallel,
        }
    }

    async fn migrate(
        &self,
        context: &Context,
        project: &mut Project,
        directory: planning::Found,
    ) -> Result<Exit, CliError> {
        let mut directory = directory;
        if project.readiness().await? == Readiness::Absent {
            let planned = project.plan(context.config()?, directory, &self.wishes()).await?;
            planning::require_plannable(&planned.plan)?;
            if planned.plan.is_empty() {
                return nothing_to_do(context, project, &planned).await;
            }
            self.refuse_replica(project).await?;
            project.install().await?;
            output::say(&format!("Installed the orchestration schema {}.", project.store.schemas().orchestration));
            directory = planning::read_directory(context.config()?)?;
        }
        loop {
            match self.migrate_once(context, project, directory).await {
                // Somebody else's batch came between: there is less to do now, or nothing.
                Err(error) if error.message == STALE_PLAN => {
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
        directory: planning::Found,
    ) -> Result<Exit, CliError> {
        let mut finished = None;
        while let Some(open) = project.open_batch().await? {
            self.refuse_replica(project).await?;
            let (exit, world) = self.finish_open(context, project, open).await?;
            if exit != Exit::Done {
                return self.report(context, project, &world, open, exit).await;
            }
            finished = Some((world, open));
        }
        let planned = project.plan(context.config()?, directory, &self.wishes()).await?;
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
        self.refuse_replica(project).await?;
        let submission = planned.plan.to_submission().map_err(|e| CliError::refused(e.to_string()))?;
        let submission = Submission { after: Some(planned.newest), ..submission };
        let ran = run::run(context, project, Job::Submit(Box::new(submission)), self.console).await?;
        self.report(context, project, &ran.world, ran.batch, ran.exit).await
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
        let ran = run::run(context, project, Job::Continue(id), self.console).await?;
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
        if context.is_json() {
            let worker = project.worker().await.unwrap_or_default();
            output::json(&document::StatusDocument::new(world, batch, worker))?;
        } else if let Some(batch) = batch {
            output::text(&story(batch, exit))?;
        }
        Ok(exit)
    }
}

fn story(batch: &Batch, exit: Exit) -> String {
    let paused = if exit == Exit::Interrupted { "Interrupted; paused safely. " } else { "" };
    format!("{paused}{}", ending::report(batch))
}

/// The fast path: no engine, no lease.
async fn nothing_to_do(context: &Context, project: &mut Project, planned: &Planned) -> Result<Exit, CliError> {
    for finding in &planned.plan.findings {
        output::warning(&finding.to_string());
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
