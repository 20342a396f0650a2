//! The demo in the console: the acts play in the background of this process, the operator watches and steps.

use super::super::console::{self, ConsoleMode};
use super::super::context::Context;
use super::super::engine_options::engine_options;
use super::super::feed::StoreFeed;
use super::super::{CliError, Exit, ending, output};
use super::acts::ACTS;
use super::project::DemoProject;
use crate::engine::{self, Ended, Work};
use crate::model::BatchStatus;
use crate::store::Store;
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// Time that an act's end stays before the next one begins, so that it can be read.
const READING: Duration = Duration::from_secs(4);
/// The same after a failure, which has more to read.
const READING_A_FAILURE: Duration = Duration::from_secs(15);
/// Number of events that may wait; nobody follows them here, the console reads the journal.
const EVENTS: usize = 16;

pub(super) async fn play(demo: &mut DemoProject) -> Result<Exit, CliError> {
    let store = demo.project.store.clone();
    let (stop, stopped) = watch::channel(false);
    let feed = StoreFeed::new(store.clone(), None).following();
    let shown = {
        let context = Context::for_project(demo.directory.dir(), demo.context.format)?;
        let feed = feed.informed(context.config()?);
        let showing = async {
            let shown = console::show(&context, feed, ConsoleMode { embedded: true, ..ConsoleMode::default() }).await;
            stop.send_replace(true);
            shown
        };
        let (shown, acted) = tokio::join!(showing, acts(demo, store, stopped));
        acted?;
        shown
    };
    shown?;
    farewell(demo).await?;
    Ok(Exit::Done)
}

/// Plays one act after the other until the operator leaves.
async fn acts(demo: &mut DemoProject, store: Store, mut stopped: watch::Receiver<bool>) -> Result<(), CliError> {
    for act in &ACTS {
        let submission = demo.plan(act).await?;
        let operator = demo.project.account();
        let work = Work::Submit { submission, operator };
        let (publish, _unread) = broadcast::channel(EVENTS);
        let options = engine_options(&demo.context)?;
        let ended = engine::run(store.clone(), options, work, publish, stopped.clone()).await?;
        if matches!(ended, Ended::Stopped { .. }) {
            return Ok(());
        }
        let reading = if act.ends == BatchStatus::Completed { READING } else { READING_A_FAILURE };
        tokio::select! {
            stopped = stopped.wait_for(|stop| *stop) => {
                drop(stopped);
                return Ok(());
            }
            () = tokio::time::sleep(reading) => {}
        }
    }
    Ok(())
}

/// Tells what there was, once the console is gone.
async fn farewell(demo: &mut DemoProject) -> Result<(), CliError> {
    for row in demo.project.batches(ACTS.len()).await?.iter().rev() {
        let world = demo.project.world(row.batch_id).await?;
        if let Some(batch) = world.batch(row.batch_id) {
            output::text(&ending::headline(batch))?;
        }
    }
    if !demo.directory.is_kept() {
        output::say(
            "The demo's project is removed; `caribou demo --keep DIR` keeps it. `caribou init` begins your own.",
        );
    }
    Ok(())
}
