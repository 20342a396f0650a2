//! `caribou demo`: a small story on embedded SQLite, live in the console or told as a report.

mod acts;
mod headless;
mod live;
mod place;

use super::context::Context;
use super::logging::{self, Beside};
use super::planning::{self, Wishes};
use super::project::Project;
use super::{CliError, Exit, console, output};
use crate::model::Submission;
use acts::Act;
use place::Place;
use std::path::PathBuf;

/// See a migration run, fail, be undone, and wait for you: no server, no project needed
///
/// A fresh project on embedded SQLite, and three acts: a batch that succeeds; one whose third file fails, so that all
/// three are undone; and the corrected one, which waits for the operator (S steps, P goes on). On a terminal the console
/// opens on it. With --headless the third act is stepped by itself, and a report is printed. Exit status 0: all three
/// acts went as told; 1: they did not.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou demo\n  caribou demo --headless --format json\n  caribou demo --keep /tmp/herd && \
    cd /tmp/herd && caribou history"
)]
pub(crate) struct Demo {
    /// Without a terminal: print a report
    #[arg(long)]
    headless: bool,
    /// Keep the project in this directory
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// The project that the demo plays on.
struct Stage {
    context: Context,
    project: Project,
    place: Place,
}

impl Demo {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let headless = self.headless || context.is_json();
        if !headless && !console::is_possible() {
            return Err(
                CliError::refused("the demo's console needs a terminal").hint("caribou demo --headless needs none")
            );
        }
        let place = Place::make(self.keep.as_deref())?;
        let stage_context = Context::of_project(place.dir(), context.format)?;
        logging::start(stage_context.config()?, if headless { Beside::Nothing } else { Beside::Console })?;
        let exit = context.block_on(async {
            let mut project = Project::connect(&stage_context).await?;
            project.install().await?;
            let mut stage = Stage { context: stage_context, project, place };
            let exit = if headless { headless::play(&mut stage).await? } else { live::play(&mut stage).await? };
            if stage.place.is_kept() {
                let dir = stage.place.dir().display();
                output::say(&format!(
                    "The project is in {dir}; try `cd {dir} && caribou history`, or `caribou status`."
                ));
            }
            Ok(exit)
        })?;
        Ok(exit)
    }
}

impl Stage {
    /// Sets an act up, and plans it.
    async fn plan(&mut self, act: &Act) -> Result<Box<Submission>, CliError> {
        act.write(&self.place.migrations())?;
        let config = self.context.config()?;
        let wishes = Wishes { step: act.step, ..Wishes::default() };
        let planned = self.project.plan(config, planning::read_directory(config)?, &wishes).await?;
        planning::require_plannable(&planned.plan)?;
        let submission = planned.plan.to_submission().map_err(|e| CliError::refused(e.to_string()))?;
        Ok(Box::new(Submission { name: act.name.to_owned(), ..submission }))
    }
}
