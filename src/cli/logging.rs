//! The program's own diagnostics: to a file, to the console's Log screen, never to a terminal that the console draws on.

use super::CliError;
use super::config::Config;
use std::fs::OpenOptions;
use std::sync::Arc;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// Where diagnostics go beside the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nowhere.
    Nothing,
    /// To stderr, where a service manager reads them; only without a file.
    Stderr,
    /// To the console's Log screen.
    Console,
}

/// Starts logging as configured.
///
/// # Errors
/// A file that cannot be opened, or a level that is none.
pub(crate) fn start(config: &Config, beside: Beside) -> Result<(), CliError> {
    let level = config.text("log.level").unwrap_or("info");
    let filter = || {
        EnvFilter::try_new(level).map_err(|e| {
            let hint = "use error, warn, info, debug, trace, or target=level pairs such as caribou::engine=debug";
            CliError::refused(format!("log.level {level:?} cannot be read: {e}")).hint(hint)
        })
    };
    let file = match config.path("log.file") {
        None => None,
        Some(path) => Some(OpenOptions::new().append(true).create(true).open(&path).map_err(|e| {
            CliError::refused(format!("cannot write the log {}: {e}", path.display()))
                .hint("check log.file and the directory's permissions")
        })?),
    };
    let to_stderr = beside == Beside::Stderr && file.is_none();
    let to_file = match file {
        Some(file) => Some(fmt::layer().with_ansi(false).with_writer(Arc::new(file)).with_filter(filter()?)),
        None => None,
    };
    let stderr = if to_stderr {
        Some(fmt::layer().with_ansi(false).without_time().with_writer(std::io::stderr).with_filter(filter()?))
    } else {
        None
    };
    let screen = (beside == Beside::Console).then(crate::console::log_layer);
    let started = tracing_subscriber::registry().with(to_file).with(stderr).with(screen).try_init();
    if started.is_err() {
        tracing::debug!("logging had been started already");
    }
    Ok(())
}
