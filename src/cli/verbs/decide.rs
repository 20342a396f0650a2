//! `caribou approve` and `caribou reject`.

use super::super::context::Context;
use super::super::project::Project;
use super::super::{CliError, Exit, ask, output, run};
use super::outcome::{self, RequestRef};
use super::send;
use crate::database::ErrorKind;
use crate::model::RollbackSubject;
use crate::model::{BlastRadius, RollbackId, Seen, Verdict};
use crate::store::{Answer, NewDecision};
use std::time::{Duration, Instant};

/// Approve a rollback that waits for a decision
///
/// Shows what it would do and asks. It is judged when the worker takes it, on the server's clock: a window that has
/// lapsed cannot be approved. Where four eyes are needed, whoever started the batch cannot approve.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caribou rollbacks\n  caribou approve 3")]
pub(crate) struct Approve {
    #[command(flatten)]
    decision: DecisionArgs,
}

/// Reject a rollback that waits for a decision: the files stay
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  caribou reject 3 --reason 'the slow query is gone since'")]
pub(crate) struct Reject {
    #[command(flatten)]
    decision: DecisionArgs,
}

#[derive(Debug, clap::Args)]
struct DecisionArgs {
    /// The rollback's number, as `caribou rollbacks` lists it
    #[arg(value_name = "ROLLBACK")]
    id: i64,
    /// Reason; it stands in the journal
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    /// Hand the decision in and do not wait for the worker's answer
    #[arg(long)]
    no_wait: bool,
    /// Time to wait for the answer, and for the rollback
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = super::time)]
    timeout: Duration,
}

impl Approve {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        self.decision.run(context, Verdict::Approve)
    }
}

impl Reject {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        self.decision.run(context, Verdict::Reject)
    }
}

impl DecisionArgs {
    fn run(self, context: &Context, verdict: Verdict) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            project.require_installed().await?;
            let id = RollbackId(self.id);
            let batch = project.batch_of_rollback(id).await?;
            let world = project.world_from(batch).await?;
            let found = world.batch(batch).and_then(|b| b.rollbacks.get(&id));
            let rollback = found.ok_or_else(|| CliError::refused(format!("batch {batch} has no rollback {id}")))?;
            let files = world.scope_of(rollback);
            let seen = Seen { class: rollback.class, status: rollback.status, files };
            let radius = project.blast_radius(context, &world, batch, &RollbackSubject::Opened(id)).await?;
            let reason = self.confirm(&project, verdict, &radius)?;
            let new = NewDecision { batch, rollback: id, verdict, reason, seen };
            let decision = project.decide(&new).await?;
            let request = RequestRef { id: decision.0, batch, verb: verdict.as_str() };
            if self.no_wait {
                return outcome::submitted(context, &mut project, &request, Some(id)).await;
            }
            let until = Instant::now() + self.timeout;
            loop {
                match project.decision_answer(decision).await? {
                    Answer::Refused { reason } => {
                        return outcome::refused(context, &mut project, &request, &reason).await;
                    }
                    Answer::Accepted { .. } | Answer::Effective { .. } => break,
                    Answer::Pending if !project.worker().await?.alive => {
                        // An approver's account may not do the worker's work.
                        match run::answer_decision(context, &project, decision).await {
                            Err(error) if error.kind == Some(ErrorKind::Privilege) => {
                                return outcome::submitted(context, &mut project, &request, Some(id)).await;
                            }
                            done => done?,
                        }
                    }
                    Answer::Pending if Instant::now() < until => tokio::time::sleep(send::POLL).await,
                    Answer::Pending => return outcome::unanswered(context, &mut project, &request).await,
                }
            }
            outcome::follow(context, &mut project, &request, id, until).await
        })
    }

    /// Shows what is decided about, and asks.
    fn confirm(&self, project: &Project, verdict: Verdict, radius: &BlastRadius) -> Result<Option<String>, CliError> {
        let said = self.reason.clone().filter(|r| !r.trim().is_empty());
        if !self.yes {
            if !ask::is_somebody_there() {
                return Err(CliError::refused(format!(
                    "{verdict} was not confirmed, and nobody is at a terminal to ask"
                ))
                .hint("add --yes and --reason"));
            }
            if verdict == Verdict::Approve {
                output::say(&outcome::radius_text(radius));
            }
            let verb = verdict.text().accept;
            let question = format!("{verb} rollback {} on {} as {}?", self.id, project.label(), project.account());
            if !ask::is_confirmed(&question)? {
                return Err(CliError::refused("not confirmed; nothing was decided"));
            }
        }
        match (verdict.text().needs_reason, said) {
            (true, None) if !self.yes && ask::is_somebody_there() => {
                let reason = ask::line("Reason:")?;
                if reason.is_empty() { Err(send::no_reason(verdict.as_str())) } else { Ok(Some(reason)) }
            }
            (true, None) => Err(send::no_reason(verdict.as_str())),
            (_, said) => Ok(said),
        }
    }
}
