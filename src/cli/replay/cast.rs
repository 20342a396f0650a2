//! A film of the screens: an asciinema cast, version 2 (<https://docs.asciinema.org/manual/asciicast/v2/>).

use crate::cli::feed::ReplayFeed;
use crate::cli::{CliError, Exit, output, whole_file};
use crate::console::{Film, Options};
use crate::recording::RecordingError;
use serde_json::json;
use std::path::Path;

const SIZE: (u16, u16) = (120, 40);
/// Between two frames while something happens, and while nothing does: the clocks on the screen. Milliseconds.
const FRAME: u64 = 100;
const QUIET: u64 = 1_000;
/// The last frame stays so long, in milliseconds.
const LAST: u64 = 2_000;

/// Plays to the end and writes the film into a file, or to stdout.
///
/// # Errors
/// A block that cannot be read, and that of the file.
pub(super) fn export(mut feed: ReplayFeed, file: Option<&Path>) -> Result<(), CliError> {
    let facts = &feed.tape().facts;
    let head = json!({
        "version": 2,
        "width": SIZE.0,
        "height": SIZE.1,
        "timestamp": facts.begins.0.div_euclid(1000),
        "title": format!("batch {} {}", facts.batch, output::safe(&facts.batch_name)),
        "env": { "TERM": "xterm-256color" },
    });
    let mut cast = format!("{head}\n");
    let failed = |error: RecordingError| CliError::new(Exit::Failed, error.to_string());
    let mut film =
        Film::begin(&Options::default(), SIZE).map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    film.attach(feed.begin().map_err(failed)?);
    let mut at = 0;
    let mut drawn = 0;
    frame(&mut cast, 0, &film.frame());
    loop {
        let update = feed.pass(FRAME * 1000).map_err(failed)?;
        at += FRAME;
        let transport = update.transport.clone();
        let happens = !update.events.is_empty();
        film.update(at, update);
        let is_over = transport.is_none_or(|transport| transport.ended);
        if happens || is_over || at - drawn >= QUIET {
            frame(&mut cast, at, &film.frame());
            drawn = at;
        }
        if is_over {
            break;
        }
    }
    frame(&mut cast, at + LAST, "");
    match file {
        None => output::text(cast.trim_end()),
        Some(path) => whole_file::write(path, cast.as_bytes()).map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot write {}: {error}", path.display()))
                .hint("the directory must exist and be writable")
        }),
    }
}

fn frame(cast: &mut String, at_ms: u64, bytes: &str) {
    cast.push_str(&format!("{}\n", json!([at_ms as f64 / 1000.0, "o", bytes])));
}
