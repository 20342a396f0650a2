//! The last act without a terminal: an earlier batch is recorded, and the recording played to its end.

use super::project::DemoProject;
use super::stage::Played;
use crate::cli::exit::{CliError, Exit};
use crate::cli::gather::gather;
use crate::model::World;
use crate::recording::{Recording, RecordingError, write};

/// Number of events that are read at once.
const CHUNK: u64 = 1_000;

/// A batch that was played again.
#[derive(Debug, Default)]
pub(super) struct Again {
    pub events: u64,
    /// True if it came to the state that the batch itself is in.
    pub as_told: bool,
}

/// Records a batch, and plays the recording.
pub(super) async fn play(demo: &mut DemoProject, world: &World, played: Option<&Played>) -> Result<Again, CliError> {
    let Some(batch) = played.map(|p| p.batch) else { return Ok(Again::default()) };
    let Some(parts) = gather(demo.project.reader()?, batch).await? else { return Ok(Again::default()) };
    let mut again = parts.begin.clone();
    let mut recording = write(&parts).and_then(Recording::open).map_err(failed)?;
    let mut number = 0;
    loop {
        let events = recording.read(number..number + CHUNK).map_err(failed)?;
        if events.is_empty() {
            break;
        }
        number += events.len() as u64;
        events.iter().for_each(|event| drop(again.apply(event)));
    }
    let as_told = world.batch(batch).is_some() && again.batch(batch) == world.batch(batch);
    Ok(Again { events: number, as_told })
}

fn failed(error: RecordingError) -> CliError {
    CliError::new(Exit::Failed, format!("the recording of the demo: {error}"))
}
