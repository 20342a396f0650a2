//! `caribou replay`: a recording, or a past batch, on the console, as lines, or as a film of the screens.

mod cast;
pub(super) mod lines;

use super::console::{self, ConsoleMode};
use super::context::Context;
use super::feed::{PlayOptions, ReplayFeed};
use super::gather::gather;
use super::logging::{self, LogSink};
use super::project::Project;
use super::{CliError, Exit, output};
use crate::model::BatchId;
use crate::recording::{Recording, RecordingError, Speed, write};
use crate::store::SchemaState;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Replay a recording, or a past batch of the database, on the console
///
/// The same screens in a REPLAY frame: Space plays, < > change the speed, [ ] go to what matters; nothing can be changed.
/// A file that is cut or damaged plays up to there, says so, and ends with 1.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou replay incident.caribou --max-gap 3s\n  caribou replay --batch 37\n  caribou \
    replay incident.caribou --drill --trainee eva\n  caribou replay incident.caribou --headless --format json | jq .kind\n  \
    caribou replay incident.caribou --export cast --output incident.cast"
)]
pub(crate) struct Replay {
    /// The recording
    #[arg(value_name = "FILE", required_unless_present = "batch", conflicts_with = "batch")]
    file: Option<PathBuf>,
    /// A past batch of the database, without a file
    #[arg(long, value_name = "ID")]
    batch: Option<i64>,
    /// Stop before each decision and ask what you would do
    #[arg(long, conflicts_with_all = ["headless", "export"])]
    drill: bool,
    /// Whoever answers, for the score sheet
    #[arg(long, value_name = "NAME", requires = "drill")]
    trainee: Option<String>,
    /// No pause longer than this while nothing happens
    #[arg(long, value_name = "TIME", value_parser = time)]
    max_gap: Option<Duration>,
    /// Speed, from 0.25 to 64
    #[arg(long, value_name = "N", value_parser = speed, default_value = "1")]
    speed: Speed,
    /// Print the events with their time instead of showing them
    #[arg(long, conflicts_with = "export")]
    headless: bool,
    /// Draw the screens into a film instead: an asciinema v2 cast of 120x40
    #[arg(long, value_name = "FORMAT", value_parser = ["cast"])]
    export: Option<String>,
    /// Write the film here instead of printing it
    #[arg(long, short, value_name = "FILE", requires = "export")]
    output: Option<PathBuf>,
    /// Draw with ASCII only; by itself where the locale is not UTF-8
    #[arg(long)]
    ascii: bool,
}

fn time(text: &str) -> Result<Duration, String> {
    super::config::duration(text)
        .filter(|gap| *gap >= Duration::from_secs(1))
        .ok_or_else(|| "write a time from 1s on, such as 3s or 1m".to_owned())
}

fn speed(text: &str) -> Result<Speed, String> {
    Speed::parse(text).ok_or_else(|| format!("one of {}", Speed::names()))
}

impl Replay {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let recording = match &self.file {
            Some(file) => open(file)?,
            None => from_database(context, BatchId(self.batch.unwrap_or_default()))?,
        };
        let damage = recording.damage().map(ToString::to_string);
        if let Some(damage) = &damage {
            output::warning(&format!("the recording is {damage}"));
        }
        let options =
            PlayOptions { max_gap: self.max_gap, speed: self.speed, drill: self.drill, trainee: self.trainee.clone() };
        if self.headless || (context.is_json() && self.export.is_none()) {
            lines::print(context, recording, self.max_gap)?;
        } else {
            let feed =
                ReplayFeed::new(recording, options, self.file.clone()).map_err(|error| refused(&self, &error))?;
            if self.drill && feed.tape().drill.as_ref().is_some_and(|drill| drill.questions.is_empty()) {
                return Err(CliError::refused(
                    "nobody had to decide anything in this recording: there is nothing to ask",
                ));
            }
            match self.export {
                Some(_) => cast::export(feed, self.output.as_deref())?,
                None => show(context, feed, self.ascii)?,
            }
        }
        Ok(if damage.is_some() { Exit::Failed } else { Exit::Done })
    }
}

fn show(context: &Context, feed: ReplayFeed, ascii: bool) -> Result<(), CliError> {
    if !console::is_possible() {
        return Err(CliError::refused("a replay needs a terminal")
            .hint("--headless prints the events, --export cast draws the screens into a film"));
    }
    logging::start(context.config()?, LogSink::Console)?;
    context.block_on(async {
        console::show(context, feed, ConsoleMode { ascii, ..ConsoleMode::default() }).await.map(drop)
    })
}

/// Opens a file.
fn open(path: &Path) -> Result<Recording, CliError> {
    let cannot = |error: &dyn std::fmt::Display| {
        CliError::refused(format!("cannot replay {}: {error}", output::safe(&path.display().to_string())))
    };
    crate::regular::refuse_other(path).map_err(|error| cannot(&error))?;
    let bytes = std::fs::read(path).map_err(|error| cannot(&error))?;
    Recording::open(bytes).map_err(|error| match error {
        RecordingError::NoRecording => cannot(&error).hint("`caribou record BATCH --output FILE` makes one"),
        error => cannot(&error),
    })
}

fn refused(replay: &Replay, error: &RecordingError) -> CliError {
    let name = replay.file.as_ref().map_or("the batch".to_owned(), |file| output::safe(&file.display().to_string()));
    CliError::refused(format!("cannot replay {name}: {error}"))
}

fn from_database(context: &Context, batch: BatchId) -> Result<Recording, CliError> {
    let parts = context.block_on(async {
        let mut project = Project::connect(context).await?;
        let parts = match project.state() {
            SchemaState::Absent => None,
            _ => gather(project.reader()?, batch).await?,
        };
        parts.ok_or_else(|| {
            CliError::refused(format!("there is no batch {batch} with a journal"))
                .hint("`caribou history` lists the batches")
        })
    })?;
    let broken = |error: RecordingError| CliError::new(Exit::Failed, format!("cannot replay batch {batch}: {error}"));
    write(&parts).and_then(Recording::open).map_err(broken)
}
