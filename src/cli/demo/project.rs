//! The project that the demo plays on, and the acts put on it.

use super::acts::{Act, Beside};
use super::directory::DemoDirectory;
use crate::cli::context::Context;
use crate::cli::exit::CliError;
use crate::cli::planning::{self, PlanOptions};
use crate::cli::project::Project;
use crate::database::Purpose;
use crate::model::{BatchStatus, Submission};

const ANIMALS: &str = "SELECT printf('%d animals of %.1f kg', count(*), sum(weight)) FROM animal";

/// The project that the demo plays on.
pub(super) struct DemoProject {
    pub context: Context,
    pub project: Project,
    pub directory: DemoDirectory,
}

impl DemoProject {
    /// Sets an act up, and plans it.
    pub async fn plan(&mut self, act: &Act) -> Result<Box<Submission>, CliError> {
        act.write(&self.directory.migrations())?;
        let config = self.context.config()?;
        let requested = PlanOptions { step: act.beside == Beside::Steps, ..PlanOptions::default() };
        let planned = self.project.plan(config, planning::read_directory(config)?, &requested).await?;
        planning::require_plannable(&planned.plan)?;
        let submission = planned.plan.to_submission().map_err(|e| CliError::refused(e.to_string()))?;
        Ok(Box::new(Submission { name: act.name.to_owned(), ..submission }))
    }

    /// The animals as they stand, for an act that is to leave them so: how many, and what they weigh together.
    pub async fn animals(&mut self, act: &Act) -> Result<Option<String>, CliError> {
        if act.ends != BatchStatus::RolledBack {
            return Ok(None);
        }
        // A session of its own: one that was opened before the first file ran does not see what that made.
        let mut session = self.project.store.database().open(Purpose::Reader).await?;
        let rows = session.query_text(ANIMALS).await;
        session.close().await;
        Ok(rows?.first().map(|row| row.get_text(0)))
    }
}
