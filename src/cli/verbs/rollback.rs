//! `caribou rollback`.

use super::super::context::Context;
use super::super::output::safe;
use super::super::project::{CommandStatus, Project, no_batch};
use super::super::{CliError, Exit, run};
use super::outcome::{self, RequestRef};
use super::{VerbOptions, file, send};
use crate::model::RollbackSubject;
use crate::model::{Batch, BatchId, BlastRadius, Class, Expectation, FileId, RollbackId, Verb, verb};
use std::time::Instant;

/// Undo what has run: a batch, or some of its files and all that depend on them
///
/// Class A undoes the whole batch, back to the epoch where it began, at once. B undoes the files and what depends on them,
/// C of these the doctrine files, D the documentation: a window opens in which somebody approves or rejects it, and the
/// rollback is a batch of its own with a higher epoch. A file whose undo failed is undone again at once. --dry-run shows
/// what would happen, and changes nothing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou rollback 7 --dry-run\n  caribou rollback 7 --file 0007_orders.sql --reason \
    'slow since Tuesday'\n  caribou rollback 7 --class A --yes --reason 'wrong server'"
)]
pub(crate) struct Rollback {
    /// The batch; without it the last one
    #[arg(value_name = "BATCH")]
    id: Option<i64>,
    /// Only this file (path, name or id), and what depends on it; may be given again
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<String>,
    /// The class: A undoes everything; default: A for a whole batch, B for files
    #[arg(long, ignore_case = true)]
    class: Option<ClassArg>,
    /// Do not open a window: roll back now, where no second account has to approve
    #[arg(long)]
    now: bool,
    /// What others have made or changed since, and would go with it, may go
    #[arg(long)]
    accept_loss: bool,
    /// Show what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    options: VerbOptions,
}

/// A rollback class on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum ClassArg {
    A,
    B,
    C,
    D,
}

impl From<ClassArg> for Class {
    fn from(name: ClassArg) -> Class {
        match name {
            ClassArg::A => Class::A,
            ClassArg::B => Class::B,
            ClassArg::C => Class::C,
            ClassArg::D => Class::D,
        }
    }
}

impl Rollback {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            project.require_installed().await?;
            let id = match self.id.or(self.options.batch) {
                Some(id) => BatchId(id),
                None => project.last_batch().await?,
            };
            let world = project.world_from(id).await?;
            let batch = world.batch(id).ok_or_else(|| no_batch(id))?;
            let files = self.named(batch)?;
            let class = self.class.map_or(if files.is_empty() { Class::A } else { Class::B }, Class::from);
            let radius = project
                .blast_radius(context, &world, id, &RollbackSubject::Proposed { files: files.clone(), class })
                .await?;
            if self.dry_run {
                outcome::radius(context, &radius)?;
                return Ok(if radius.refused.is_some() { Exit::Refused } else { Exit::Done });
            }
            if let Some(refused) = radius.refused {
                return Err(CliError::refused(refused));
            }
            if !self.accept_loss && (class == Class::A || self.now) {
                refuse_loss(&radius)?;
            }
            let verb = Verb::RollBack { files, class, now: self.now, accept_loss: self.accept_loss };
            let reason = send::confirm(&project, &self.options, batch, &verb)?;
            let expects = Expectation::of_status(batch.status);
            let command = project.submit(id, verb, reason, expects, None).await?;
            let request = RequestRef { id: command.0, batch: id, verb: verb::ROLLBACK.name };
            if self.options.no_wait {
                return outcome::submitted(context, &mut project, &request, None).await;
            }
            let until = Instant::now() + self.options.timeout;
            let newest = batch.rollbacks.keys().next_back().copied();
            loop {
                match project.standing(command).await? {
                    CommandStatus::Refused(reason) => {
                        return outcome::refused(context, &mut project, &request, &reason).await;
                    }
                    CommandStatus::Accepted | CommandStatus::Effective => break,
                    CommandStatus::Waiting if !project.worker().await?.alive => {
                        run::answer_command(context, &project, command).await?
                    }
                    CommandStatus::Waiting if Instant::now() < until => tokio::time::sleep(send::POLL).await,
                    CommandStatus::Waiting => return outcome::unanswered(context, &mut project, &request).await,
                }
            }
            let rollback = opened(&mut project, id, newest).await?;
            outcome::follow(context, &mut project, &request, rollback, until).await
        })
    }

    fn named(&self, batch: &Batch) -> Result<Vec<FileId>, CliError> {
        self.files.iter().map(|name| Ok(file::find(batch, name)?.id)).collect()
    }
}

/// Nobody takes away by accident what others have made: whoever wants that says so.
fn refuse_loss(radius: &BlastRadius) -> Result<(), CliError> {
    let lost: Vec<String> = radius.objects_lost().map(|told| safe(told)).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let message = format!("it would take away what others have made since: {}", lost.join("; "));
    let hint = "look at it with --dry-run; --accept-loss lets it go, or put it somewhere else first";
    Err(CliError::new(Exit::Blocked, message).hint(hint))
}

/// The rollback that the command has opened: the one that was not there before.
async fn opened(project: &mut Project, batch: BatchId, newest: Option<RollbackId>) -> Result<RollbackId, CliError> {
    let world = project.world(batch).await?;
    let opened = world.batch(batch).and_then(|b| b.rollbacks.keys().find(|id| Some(**id) > newest).copied());
    opened.ok_or_else(|| CliError::new(Exit::Failed, "the worker accepted it, and no rollback is in the journal"))
}
