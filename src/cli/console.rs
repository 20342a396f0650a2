//! `caribou console`, and showing the console from other commands.

use super::config::Config;
use super::context::Context;
use super::exit::{CliError, Exit};
use super::feed::StoreFeed;
use super::logging::{self, LogSink};
use super::project;
use crate::console::{self, Feed, GuideLink, Options};
use crate::database::ErrorKind;
use crate::model::BatchId;
use crate::store::{SchemaState, Store};
use std::io::IsTerminal;

/// Attach the full-screen console
///
/// It shows what the journal says, live. Leaving it never stops a migration. It starts and stays even when the server
/// is down.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  caribou console\n  caribou console --read-only\n  caribou console --batch 7")]
pub(crate) struct ConsoleCommand {
    /// No change is possible, and arming neither
    #[arg(long)]
    read_only: bool,
    /// Draw with ASCII only; by itself where the locale is not UTF-8
    #[arg(long)]
    ascii: bool,
    /// Begin with this batch instead of the one that runs
    #[arg(long, value_name = "ID")]
    batch: Option<i64>,
}

impl ConsoleCommand {
    /// The console of `caribou` alone, without options.
    pub const PLAIN: ConsoleCommand = ConsoleCommand { read_only: false, ascii: false, batch: None };

    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        logging::start(context.config()?, LogSink::Console)?;
        context.block_on(async {
            let batch = self.batch.map(BatchId);
            let feed = match project::connect(context).await {
                Ok(store) => {
                    readable(store.clone()).await?;
                    StoreFeed::new(store, batch)
                }
                Err(error) if is_away(&error) => {
                    let prefix = context.config()?.values.prefix.clone();
                    StoreFeed::connecting(context.target()?, prefix, batch)
                }
                Err(error) => return Err(error),
            };
            let mode = ConsoleMode { read_only: self.read_only, ascii: self.ascii, ..ConsoleMode::default() };
            let exit = show(context, feed.informed(context.config()?), mode).await?;
            if exit.status.is_some_and(|status| !status.is_final()) {
                eprintln!("The migration keeps running: `caribou status` says where it stands.");
            }
            Ok(Exit::Done)
        })
    }
}

/// Refuses a schema that is not of this version: the console would have nothing to show.
async fn readable(store: Store) -> Result<(), CliError> {
    let state = store.state().await?;
    match state {
        // It waits for the first run.
        SchemaState::Absent => Ok(()),
        state if state.is_readable() => Ok(()),
        state => Ok(store.require_installed(state)?),
    }
}

/// The server may come back: the console starts without it.
fn is_away(error: &CliError) -> bool {
    error.exit == Exit::NoAccess && matches!(error.kind, Some(ErrorKind::ConnectionLost | ErrorKind::Timeout))
}

/// The way it is shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConsoleMode {
    /// The run is in this process.
    pub embedded: bool,
    pub read_only: bool,
    /// Asked for on the command line; the configuration may ask for it too.
    pub ascii: bool,
    /// Somebody tells a newcomer what comes.
    pub guide: Option<GuideLink>,
}

/// Shows the console until the operator leaves.
pub(crate) async fn show(
    context: &Context,
    feed: impl Feed + 'static,
    mode: ConsoleMode,
) -> Result<console::Exit, CliError> {
    let options = options(context.config()?, mode);
    Ok(console::run(Box::new(feed), options).await?)
}

fn options(config: &Config, mode: ConsoleMode) -> Options {
    let look = &config.values.console;
    Options {
        read_only: mode.read_only,
        ascii: mode.ascii || look.ascii,
        theme: look.theme,
        keys: look.keys.clone(),
        embedded: mode.embedded,
        guide: mode.guide,
        ..Options::default()
    }
}

/// A console needs a terminal; whoever has none is told what needs none.
pub(crate) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}
