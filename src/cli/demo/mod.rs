//! `caribou demo`: a small story on embedded SQLite, live in the console or told as a report.

mod acts;
mod again;
mod directory;
pub(super) mod headless;
mod live;
mod lock;
mod narrator;
mod project;
mod stage;

use super::context::Context;
use super::logging::{self, LogSink};
use super::project::Project;
use super::{CliError, Exit, console, output};
use directory::DemoDirectory;
use project::DemoProject;
use std::path::PathBuf;

/// See migrations run, fail and be undone, wait, and ask you: no server, no project needed
///
/// A fresh project on embedded SQLite, and six acts: a batch that succeeds; one whose last file fails, so that all are
/// undone, with the data; one that waits for another connection's lock; one whose result is wrong, so that somebody decides
/// whether it is undone; one that goes step by step; and the
/// mistake once more, as a replay. On a terminal the console opens on it, and a strip says what comes
/// and where to look. With --headless the program decides and steps, and prints a report. Exit status 0: all acts went as
/// told; 1: they did not.
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

impl Demo {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let headless = self.headless || context.is_json();
        if !headless && !console::is_possible() {
            return Err(
                CliError::refused("the demo's console needs a terminal").hint("caribou demo --headless needs none")
            );
        }
        let directory = DemoDirectory::make(self.keep.as_deref())?;
        let demo_context = Context::for_project(directory.dir(), context.format)?;
        logging::start(demo_context.config()?, if headless { LogSink::Nothing } else { LogSink::Console })?;
        let exit = context.block_on(async {
            let mut project = Project::connect(&demo_context).await?;
            project.install().await?;
            let mut demo = DemoProject { context: demo_context, project, directory };
            let exit = if headless { headless::play(&mut demo).await? } else { live::play(&mut demo).await? };
            if demo.directory.is_kept() {
                let dir = demo.directory.dir().display();
                output::say(&format!(
                    "The project is in {dir}; try `cd {dir} && caribou history`, or `caribou status`."
                ));
            }
            Ok(exit)
        })?;
        Ok(exit)
    }
}
