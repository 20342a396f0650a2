//! `caribou adopt`: the history of another tool becomes a batch of its own, and nothing runs.

pub(super) mod report;
mod understood;

use super::context::Context;
use super::planning::{self, FoundDirectory};
use super::project::{Project, Readiness};
use super::run_target::RunTarget;
use super::{CliError, Exit, ask, output, run};
use crate::adopt::{self, Comparison, EntryState, Found, TABLES};
use crate::database::Purpose;
use crate::model::{Adopted, BatchId, FileStatus, Submission};
use crate::store::{KEEP_IN_STEP, SchemaState, set_setting};
use report::Report;
use std::collections::HashSet;
use understood::Understood;

/// Take over the history of another tool: its files count as completed, and nothing is run
///
/// Finds the history table of Flyway, Liquibase, golang-migrate, dbmate, goose, micrate, sql-migrate, sqlx, refinery, diesel,
/// Prisma, Drizzle, yoyo, Django, Laravel, Rails, Alembic, Knex, Phinx, Doctrine, pop or Sqitch, and says what it
/// understood of it: which files have run, which have not, and whether their texts are those that ran. Then a batch is
/// written in which they stand as completed. Nothing of the other tool is changed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou adopt --dry-run\n  caribou adopt\n  caribou adopt --from flyway --yes\n\nExit \
    status: 0 done, or nothing to take over; 2 refused: no table, more than one, or a failed state in it; 5 no connection."
)]
pub(crate) struct Adopt {
    /// The tool, where the tables of several are there
    #[arg(long, value_name = "TOOL", value_parser = tool_names())]
    from: Option<String>,
    /// Go on writing the rows that the tool itself would write, so that it can be used again: of dbmate, diesel, Flyway,
    /// golang-migrate, goose, micrate, pop, Prisma, Rails, refinery, sql-migrate, sqlx and yoyo
    #[arg(long)]
    keep_in_step: bool,
    /// Show what was understood and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

fn tool_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    names.sort_unstable();
    names
}

impl Adopt {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            let understood = self.understand(context, &project).await?;
            refuse_failed(&understood)?;
            if self.keep_in_step {
                refuse_out_of_step(&understood.found)?;
            }
            let report = Report::new(&understood, &completed_here(&mut project).await?);
            let Understood { found, comparison, mut directory, .. } = understood;
            keep(&mut directory, &comparison);
            let plan = project.plan_adoption(context.config()?, directory).await?;
            planning::require_plannable(&plan.plan)?;
            let mut report = report.taking(plan.plan.files.len());
            if self.keep_in_step && !self.dry_run && plan.plan.is_empty() {
                self.confirm_step(context, &found)?;
                keep_in_step(&project, &found).await?;
                report.kept_in_step = true;
            }
            if self.dry_run || plan.plan.is_empty() {
                return report.show(context);
            }
            if !context.is_json() {
                output::say(&report.human());
            }
            self.confirm(context, plan.plan.files.len())?;
            let submission = plan.plan.to_submission().map_err(|e| CliError::refused(e.to_string()))?;
            let step = self.keep_in_step.then_some(&found);
            report.batch = Some(write(context, &mut project, submission, &found, step).await?);
            report.kept_in_step = self.keep_in_step;
            report.show_end(context)
        })
    }

    async fn understand(&self, context: &Context, project: &Project) -> Result<Understood, CliError> {
        let directory = planning::read_directory(context.config()?)?;
        let mut session = project.store.database().open(Purpose::Reader).await?;
        let core = project.store.schemas().core.as_str();
        let found = adopt::search(session.as_mut(), core).await?;
        let found = self.choose(found, core)?;
        let entries = adopt::read(session.as_mut(), &found).await?;
        session.close().await;
        let bytes = |file: &crate::source::SourceFile| crate::regular::read(&directory.dir.join(&file.path)).ok();
        let comparison = adopt::compare(found.history, &directory.directory.files, &entries, bytes);
        Ok(Understood { found, entries, comparison, directory })
    }

    /// The table that is meant.
    fn choose(&self, mut found: Vec<Found>, core: &str) -> Result<Found, CliError> {
        let all: Vec<String> = found.iter().map(|one| format!("{} ({})", one.history.name, one.place())).collect();
        if let Some(name) = &self.from {
            found.retain(|one| one.history.name == name);
        }
        match (found.len(), all.as_slice()) {
            (1, _) => Ok(found.swap_remove(0)),
            (0, []) => Err(CliError::refused(format!("no history table of another tool stands in {core}"))
                .hint("`caribou migrate` begins without one; [schemas] core names the schema that is migrated")),
            (0, others) => Err(CliError::refused(format!(
                "no history table of {} stands in {core}; there is: {}",
                self.from.as_deref().unwrap_or_default(),
                others.join(", ")
            ))),
            (_, several) => Err(CliError::refused(format!("several history tables are there: {}", several.join(", ")))
                .hint("say which with --from, such as `caribou adopt --from flyway`")),
        }
    }

    fn confirm_step(&self, context: &Context, found: &Found) -> Result<(), CliError> {
        self.confirmed(context, &format!("Keep {} in step from now on?", output::safe(&found.place())))
    }

    fn confirm(&self, context: &Context, files: usize) -> Result<(), CliError> {
        let files = output::count(files as u64, "file");
        self.confirmed(context, &format!("Record {files} as completed? Nothing is run."))
    }

    fn confirmed(&self, context: &Context, question: &str) -> Result<(), CliError> {
        if self.yes {
            return Ok(());
        }
        if context.is_json() || !ask::is_somebody_there() {
            return Err(CliError::refused("nobody is there to be asked").hint("--yes takes it over unasked"));
        }
        if ask::is_confirmed(question)? {
            return Ok(());
        }
        Err(CliError::refused("nothing was taken over"))
    }
}

/// Files that have completed here.
async fn completed_here(project: &mut Project) -> Result<HashSet<String>, CliError> {
    if project.state() == SchemaState::Absent {
        return Ok(HashSet::new());
    }
    let files = project.reader()?.history_files().await?;
    let completed = files.into_iter().filter(|file| file.status == FileStatus::Completed);
    Ok(completed.map(|file| file.path).collect())
}

/// A failed or half-done state is for its own tool to clear up.
fn refuse_failed(understood: &Understood) -> Result<(), CliError> {
    let Understood { found, entries, comparison, .. } = understood;
    let failed = comparison.failed.iter().filter_map(|place| match &entries[*place].state {
        EntryState::Failed(why) => Some(output::safe(why)),
        EntryState::Applied | EntryState::Undone => None,
    });
    let failed: Vec<String> = failed.collect();
    if failed.is_empty() {
        return Ok(());
    }
    let tool = found.history.tool;
    Err(CliError::refused(format!("{tool} left a failed state in {}: {}", found.place(), failed.join("; ")))
        .hint(format!("nothing is taken over before it is cleared up: {}", found.history.mend)))
}

/// Refuses a tool whose rows cannot be made from the files alone.
fn refuse_out_of_step(found: &Found) -> Result<(), CliError> {
    let (tool, mut known) = (found.history.tool, adopt::kept_in_step());
    if known.contains(&found.history.name) {
        return Ok(());
    }
    known.sort_unstable();
    Err(CliError::refused(format!(
        "the history table of {tool} cannot be kept in step: its rows are not made from the files alone"
    ))
    .hint(format!("it can be taken over without --keep-in-step; kept in step are {}", known.join(", "))))
}

/// Says that the table is to be kept in step; the next worker does.
async fn keep_in_step(project: &Project, found: &Found) -> Result<(), CliError> {
    let mut session = project.store.database().open(Purpose::Control).await?;
    let set = set_setting(session.as_mut(), &project.store, KEEP_IN_STEP, Some(found.history.name)).await;
    session.close().await;
    set?;
    output::say(&format!(
        "{} is kept in step from now on: the next worker writes what is missing there. `caribou schema settings \
         {KEEP_IN_STEP} --unset` ends that.",
        output::safe(&found.place())
    ));
    Ok(())
}

/// Leaves the files that have run.
fn keep(directory: &mut FoundDirectory, comparison: &Comparison) {
    let ran: HashSet<usize> = comparison.applied.iter().map(|known| known.file).collect();
    let mut place = 0;
    directory.directory.files.retain(|_| {
        place += 1;
        ran.contains(&(place - 1))
    });
}

/// Writes the batch.
async fn write(
    context: &Context,
    project: &mut Project,
    submission: Submission,
    found: &Found,
    step: Option<&Found>,
) -> Result<BatchId, CliError> {
    if project.readiness().await? == Readiness::Absent {
        project.install().await?;
        output::say(&format!("Installed the orchestration schema {}.", project.store.schemas().orchestration));
    }
    if let Some(found) = step {
        // Before the batch: a worker that takes it up looks for this.
        keep_in_step(project, found).await?;
    }
    let mut submission = submission;
    let tool = found.history.tool.to_owned();
    submission.name = format!("taken over from {tool}");
    submission.policy.adopted = Some(Adopted { tool, table: found.place() });
    let ran = run::run(context, project, RunTarget::Submit(Box::new(submission)), false).await?;
    match ran.exit {
        Exit::Done => Ok(ran.batch),
        exit => Err(CliError::new(exit, "the batch was not written").hint("`caribou status` says how things stand")),
    }
}
