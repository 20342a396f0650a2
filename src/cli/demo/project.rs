//! The project that the demo plays on, and the acts put on it.

use super::acts::Act;
use super::directory::DemoDirectory;
use crate::cli::context::Context;
use crate::cli::exit::CliError;
use crate::cli::planning::{self, PlanOptions};
use crate::cli::project::Project;
use crate::model::Submission;

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
        let requested = PlanOptions { step: act.step, ..PlanOptions::default() };
        let planned = self.project.plan(config, planning::read_directory(config)?, &requested).await?;
        planning::require_plannable(&planned.plan)?;
        let submission = planned.plan.to_submission().map_err(|e| CliError::refused(e.to_string()))?;
        Ok(Box::new(Submission { name: act.name.to_owned(), ..submission }))
    }
}
