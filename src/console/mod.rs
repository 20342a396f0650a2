//! The full-screen operator console (`docs/design/console.md`).
//!
//! [`run`] takes the terminal and gives it back. Between, `io` brings keys, news and seconds to the pure `update`, which
//! changes the `state` and returns effects; `io` carries them out and lets `view` turn the state into a frame. The console
//! knows the model, and SQL as text; what happens in the database comes through a [`Feed`], in a task of its own.
//!
//! A key's way: terminal → keymap → action → dialog → request → feed → the worker, whose answer comes back as events.
//! Nothing is drawn on expectation.

mod feed;
mod guide;
mod io;
mod lists;
mod safe_text;
mod state;
#[cfg(test)]
mod tests;
mod times;
mod update;
mod view;

pub use feed::{
    Account, Attached, BatchSummary, Feed, FeedError, FeedFault, FileText, Freeze, LookUp, Opened, RECENT_EVENTS,
    Replayed, RollbackSummary, Server, Steered, Update, Watcher, Worker,
};
pub use guide::{Guide, GuideLink, Next};
pub use io::film::Film;
pub use lists::{
    AlertList, CHECK_RESULTS, CheckList, CheckResult, Checklist, ChecklistItem, ChecklistPhase, Contact, DECIDED,
    DecidedRollback, HISTORY_BATCHES, HistoryList, List, ListRequest, PastBatch, PastFailure, PastRollback, Told,
};
pub use state::options::{ConsoleError, Exit, Options, ThemeName};

use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;

/// The layer of the program's tracing subscriber that fills the Log screen. The file appender is a layer beside it.
pub fn log_layer<S>() -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber,
{
    tui_logger::set_default_level(tui_logger::LevelFilter::Debug);
    io::log_layer::LogLayer
}

/// Shows the console until the operator leaves, a signal ends it, or the terminal is gone.
///
/// Leaving never touches the migration, except that a run in this process must be paused by the caller when
/// [`Exit::pause`] says so.
///
/// # Errors
/// [`ConsoleError`] when there is no terminal, when it fails, or when anything in this process panicked meanwhile; the
/// terminal is restored in any case.
pub async fn run(feed: Box<dyn Feed>, options: Options) -> Result<Exit, ConsoleError> {
    let options = options.completed();
    let panics = io::panics::Panics::collect();
    let ended = match io::driver::Driver::new(feed, &options) {
        Ok(driver) => AssertUnwindSafe(driver.run(&panics)).catch_unwind().await,
        Err(error) => Ok(Err(error)),
    };
    let told = panics.take();
    drop(panics);
    match ended {
        Ok(ended) if told.is_empty() => ended,
        _ => Err(ConsoleError::Panicked(told.join("; "))),
    }
}
