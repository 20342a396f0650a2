//! The events of a recording as lines, each with its time: for pipelines, and for whoever leads a drill.

use crate::cli::context::Context;
use crate::cli::events::{EventLine, human, line};
use crate::cli::{CliError, Exit, output};
use crate::recording::{Recording, RecordingError, Timeline, matter};
use serde::Serialize;
use std::time::Duration;

/// Number of events that are read at once.
const CHUNK: u64 = 1_000;

/// An event and when it is played.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct PlayedLine<'a> {
    /// Milliseconds from the beginning as it is played at 1x, pauses shortened.
    played_ms: u64,
    /// What it is worth stopping at for; null for most.
    matters: Option<String>,
    #[serde(flatten)]
    event: EventLine<'a>,
}

/// Prints all events.
///
/// # Errors
/// A block that cannot be read, and that of stdout.
pub(super) fn print(context: &Context, mut recording: Recording, max_gap: Option<Duration>) -> Result<(), CliError> {
    let max_gap = max_gap.map(|gap| u64::try_from(gap.as_millis()).unwrap_or(u64::MAX));
    let timeline = Timeline::of(&recording, max_gap);
    let mut number = 0;
    loop {
        let events = recording.read(number..number + CHUNK).map_err(failed)?;
        if events.is_empty() {
            return Ok(());
        }
        for event in &events {
            let played_ms = timeline.played_at(event.at);
            let matters = matter(event, number).map(|matter| matter.words);
            if context.is_json() {
                output::json_line(&PlayedLine { played_ms, matters, event: line(event) })?;
            } else {
                let sign = if matters.is_some() { '*' } else { ' ' };
                output::text(&format!("{} {sign} {}", clock(played_ms), human(event)))?;
            }
            number += 1;
        }
    }
}

fn failed(error: RecordingError) -> CliError {
    CliError::new(Exit::Failed, error.to_string())
}

/// `   1:04.250`
fn clock(ms: u64) -> String {
    format!("{:>4}:{:02}.{:03}", ms / 60_000, ms / 1000 % 60, ms % 1000)
}
