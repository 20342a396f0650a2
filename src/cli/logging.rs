//! The program's own diagnostics: to a file, to the console's Log screen, never to a terminal that the console draws on.

use super::CliError;
use super::config::Config;
use crate::model::harmless;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// The place where diagnostics go beside the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogSink {
    /// Nowhere.
    Nothing,
    /// To stderr, where a service manager reads them; only without a file.
    Stderr,
    /// To the console's Log screen.
    Console,
}

/// Opens a log; what is no file is refused, since a pipe that nobody reads would be waited for.
fn open(path: &Path) -> std::io::Result<File> {
    crate::regular::refuse_other(path)?;
    OpenOptions::new().append(true).create(true).open(path)
}

/// Starts logging as configured.
///
/// # Errors
/// A file that cannot be opened, or a level that is none.
pub(crate) fn start(config: &Config, sink: LogSink) -> Result<(), CliError> {
    let level = &*config.values.log.level;
    let filter = || {
        EnvFilter::try_new(level).map_err(|e| {
            let hint = "use error, warn, info, debug, trace, or target=level pairs such as caribou::engine=debug";
            CliError::refused(format!("log.level {level:?} cannot be read: {e}")).hint(hint)
        })
    };
    let file = match &config.values.log.file {
        None => None,
        Some(path) => Some(open(path).map_err(|e| {
            CliError::refused(format!("cannot write the log {}: {e}", path.display()))
                .hint("check log.file and the directory's permissions")
        })?),
    };
    let to_stderr = sink == LogSink::Stderr && file.is_none();
    let to_file = match file {
        Some(file) => {
            Some(fmt::layer().with_ansi(false).with_writer(Arc::new(SafeWriter(file))).with_filter(filter()?))
        }
        None => None,
    };
    let stderr = if to_stderr {
        Some(
            fmt::layer()
                .with_ansi(false)
                .without_time()
                .with_writer(|| SafeWriter(std::io::stderr()))
                .with_filter(filter()?),
        )
    } else {
        None
    };
    let screen = (sink == LogSink::Console).then(crate::console::log_layer);
    let started = tracing_subscriber::registry().with(to_file).with(stderr).with(screen).try_init();
    if started.is_err() {
        tracing::debug!("logging had been started already");
    }
    Ok(())
}

/// A log whose lines are those of its events: whatever a message holds, no terminal that shows the file obeys it, and no
/// message makes a line of its own.
#[derive(Debug)]
struct SafeWriter<W>(W);

/// An event's line without what is not harmless in it.
fn line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let (text, end) = text.strip_suffix('\n').map_or((&*text, ""), |line| (line, "\n"));
    text.chars().map(|c| if c == '\t' { c } else { harmless(c) }).chain(end.chars()).collect()
}

impl<W: Write> Write for SafeWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(line(bytes).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Write for &SafeWriter<File> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&self.0).write_all(line(bytes).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        (&self.0).flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_and_obeyed_by_nobody() {
        assert_eq!(line(b"INFO a\x1b[2J b\nERROR forged\n"), "INFO a␛[2J b␊ERROR forged\n");
        assert_eq!(line("\u{202e}x".as_bytes()), "\u{fffd}x");
    }
}
