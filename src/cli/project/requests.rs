//! Commands and decisions: handed in, and asked after.

use super::{CommandStatus, Project};
use crate::cli::exit::CliError;
use crate::database::{ErrorKind, Purpose, Target};
use crate::model::{BatchId, CommandId, DecisionId, Expectation, OverrideRequest, Submission, Verb};
use crate::store::{
    self, Answer, NewCommand, NewDecision, StoreError, submit_command, submit_decision, submit_override,
};

impl Project {
    /// Hands a decision in. A missing right is named.
    pub async fn decide(&mut self, new: &NewDecision) -> Result<DecisionId, CliError> {
        let mut session = self.store.database().open(Purpose::Control).await?;
        session.answer_within(Some(Target::ANSWER_TIMEOUT));
        let id = submit_decision(session.as_mut(), &self.store, new).await;
        session.close().await;
        id.map_err(|error| self.naming_the_right(error, "approver", "submit_decision"))
    }

    /// Hands in that checks are let pass. A missing right is named.
    pub async fn let_pass(&mut self, batch: BatchId, new: &OverrideRequest) -> Result<DecisionId, CliError> {
        let mut session = self.store.database().open(Purpose::Control).await?;
        session.answer_within(Some(Target::ANSWER_TIMEOUT));
        let id = submit_override(session.as_mut(), &self.store, batch, new).await;
        session.close().await;
        id.map_err(|error| self.naming_the_right(error, "approver", "submit_decision"))
    }

    /// Reads the answer to a decision.
    pub async fn decision_answer(&mut self, decision: DecisionId) -> Result<Answer, CliError> {
        let store = self.store.clone();
        Ok(store::answer(self.reader()?.session(), &store, decision).await?)
    }

    /// Hands a command in.
    pub async fn submit(
        &self,
        batch: BatchId,
        verb: Verb,
        reason: Option<String>,
        expects: Expectation,
        submission: Option<Box<Submission>>,
    ) -> Result<CommandId, CliError> {
        let mut session = self.store.database().open(Purpose::Control).await?;
        session.answer_within(Some(Target::ANSWER_TIMEOUT));
        let new = NewCommand { batch, verb, reason, expects, submission };
        let id = submit_command(session.as_mut(), &self.store, &new).await;
        session.close().await;
        id.map_err(|error| self.naming_the_right(error, "operator", "submit_command"))
    }

    /// The error, and where a right is missing, which one and who has it.
    fn naming_the_right(&self, error: StoreError, role: &str, routine: &str) -> CliError {
        let is_missing = error.database().is_some_and(|e| e.kind == ErrorKind::Privilege);
        let schema = &self.store.schemas().orchestration;
        let prefix = self.store.prefix();
        let hint =
            format!("this takes EXECUTE ON PROCEDURE {schema}.{prefix}{routine}: `caribou schema grants {role} …`");
        let error = CliError::from(error);
        if is_missing { error.hint(hint) } else { error }
    }

    /// Reads the state of a command.
    pub async fn standing(&mut self, command: CommandId) -> Result<CommandStatus, CliError> {
        Ok(match self.answer(command).await? {
            Answer::Pending => CommandStatus::Waiting,
            Answer::Accepted { .. } => CommandStatus::Accepted,
            Answer::Effective { .. } => CommandStatus::Effective,
            Answer::Refused { reason } => CommandStatus::Refused(reason),
        })
    }

    /// The batch that a `run` became, once it has.
    pub async fn batch_of(&mut self, command: CommandId) -> Result<Option<BatchId>, CliError> {
        Ok(match self.answer(command).await? {
            Answer::Accepted { batch } | Answer::Effective { batch } => Some(batch),
            Answer::Pending | Answer::Refused { .. } => None,
        })
    }

    async fn answer(&mut self, command: CommandId) -> Result<Answer, CliError> {
        let store = self.store.clone();
        Ok(store::answer(self.reader()?.session(), &store, command).await?)
    }
}
