//! `caribou override`.

use super::super::context::Context;
use super::super::project::{Project, no_batch};
use super::super::{CliError, Exit, ask, output, run};
use super::outcome::{self, RequestRef};
use super::{VerbOptions, file, send};
use crate::database::ErrorKind;
use crate::model::{Batch, BatchId, Checksum, DecisionId, OverrideRequest, OverrideSubject};
use crate::store::Answer;
use std::time::Instant;

/// Let a check pass that blocks: it is told, and stops the file no more
///
/// It takes the right to approve, and a reason, which stands in the journal, in `status` and in the validation log. Where
/// four eyes are needed, whoever started the batch cannot do it. A file that was stopped before it ran waits for its turn
/// again. With --plan it is a check for which a plan cannot become a batch; another account may then start that plan.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou override 0007_orders.sql --reason 'the lock is short, and nobody is there at night'\n  \
    caribou override 0002_b.sql --plan 7d3f… --check checksum_drift --reason 'a comment only'"
)]
pub(crate) struct Override {
    /// The file: its path, its name, or its id
    file: String,
    /// The check; all that stopped the file where none is named
    #[arg(long, value_name = "NAME")]
    check: Vec<String>,
    /// The plan that it keeps from becoming a batch, by its checksum
    #[arg(long, value_name = "CHECKSUM", requires = "check")]
    plan: Option<String>,
    #[command(flatten)]
    options: VerbOptions,
}

const VERB: &str = "override";

impl Override {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            project.require_installed().await?;
            let (batch, subject) = match &self.plan {
                Some(plan) => (BatchId::SYSTEM, self.of_plan(plan)?),
                None => self.of_file(&mut project).await?,
            };
            let reason = self.confirm(&project, &subject)?;
            let decision = project.let_pass(batch, &OverrideRequest { subject, reason }).await?;
            self.answered(context, &mut project, decision, batch).await
        })
    }

    fn of_plan(&self, plan: &str) -> Result<OverrideSubject, CliError> {
        let [check] = self.check.as_slice() else {
            return Err(
                CliError::refused("of a plan one check is let pass at a time").hint("name it once with --check")
            );
        };
        Ok(OverrideSubject::Plan { plan: Checksum(plan.to_owned()), check: check.clone(), path: self.file.clone() })
    }

    async fn of_file(&self, project: &mut Project) -> Result<(BatchId, OverrideSubject), CliError> {
        let id = match self.options.batch {
            Some(id) => BatchId(id),
            None => project.batch_for_a_verb(true).await?,
        };
        let world = project.world(id).await?;
        let batch: &Batch = world.batch(id).ok_or_else(|| no_batch(id))?;
        let file = file::find(batch, &self.file)?;
        if file.stopped_by.is_empty() {
            let path = output::safe(&file.path);
            return Err(CliError::refused(format!("{path} is {}: no check has stopped it before it ran", file.state))
                .hint("`caribou status` shows where every file stands"));
        }
        let checks = match self.check.as_slice() {
            [] => file.stopped_by.iter().cloned().collect(),
            named => named.to_vec(),
        };
        Ok((id, OverrideSubject::File { file: file.id, retries: file.retries, checks }))
    }

    /// Asks for a yes, and for the reason.
    fn confirm(&self, project: &Project, subject: &OverrideSubject) -> Result<String, CliError> {
        let somebody = ask::is_somebody_there();
        if !self.options.yes {
            if !somebody {
                return Err(CliError::refused("override was not confirmed, and nobody is at a terminal to ask")
                    .hint("add --yes and --reason"));
            }
            let checks = match subject {
                OverrideSubject::File { checks, .. } => checks.join(", "),
                OverrideSubject::Plan { check, .. } => check.clone(),
            };
            let (checks, file) = (output::safe(&checks), output::safe(&self.file));
            let (label, account) = (project.label(), project.account());
            if !ask::is_confirmed(&format!("Let {checks} pass for {file} on {label} as {account}?"))? {
                return Err(CliError::refused("not confirmed; nothing was decided"));
            }
        }
        let said = self.options.reason.as_deref().map(str::trim).unwrap_or_default().to_owned();
        let said = if said.is_empty() && somebody && !self.options.yes { ask::line("Reason:")? } else { said };
        if said.is_empty() { Err(send::no_reason(VERB)) } else { Ok(said) }
    }

    /// Waits for the worker's answer, and says it. Where no worker is alive this process answers, if its account may.
    async fn answered(
        &self,
        context: &Context,
        project: &mut Project,
        decision: DecisionId,
        batch: BatchId,
    ) -> Result<Exit, CliError> {
        let request = RequestRef { id: decision.0, batch, verb: VERB };
        if self.options.no_wait {
            return outcome::submitted(context, project, &request, None).await;
        }
        let until = Instant::now() + self.options.timeout;
        loop {
            match project.decision_answer(decision).await? {
                Answer::Refused { reason } => return outcome::refused(context, project, &request, &reason).await,
                Answer::Accepted { .. } | Answer::Effective { .. } => {
                    return outcome::let_pass(context, project, &request).await;
                }
                Answer::Pending if !project.worker().await?.alive => {
                    match run::answer_decision(context, project, decision).await {
                        Err(error) if error.kind == Some(ErrorKind::Privilege) => {
                            return outcome::submitted(context, project, &request, None).await;
                        }
                        done => done?,
                    }
                }
                Answer::Pending if Instant::now() < until => tokio::time::sleep(send::POLL).await,
                Answer::Pending => return outcome::unanswered(context, project, &request).await,
            }
        }
    }
}
