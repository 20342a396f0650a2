//! The full-screen operator console (`6-console`).
//!
//! [`run`] takes the terminal and gives it back. Between, `driver` brings keys, news and seconds to the pure `update`,
//! carries out the effects that it returns, and lets `draw` turn the state into a frame. It knows the model, and SQL
//! as text; what happens in the database comes through a [`Feed`], which runs in a task of its own (`link`).
//!
//! A key's way: `terminal` → `keymap` → `action` → `keys`/`commands` → `orders` makes a `dialog` → `update` hands the
//! order to the feed → the worker's answer comes back as events. Nothing is drawn on expectation.

mod action;
mod app;
mod commands;
mod consequence;
mod data;
mod decisions;
mod dialog;
mod dialog_view;
mod draw;
mod driver;
mod eta;
mod feed;
mod keymap;
mod keys;
mod layout;
mod link;
mod listing;
mod marks;
mod options;
mod orders;
mod panics;
mod prompt;
mod ruling;
mod safe_text;
mod screens;
mod sentence;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;
mod times;
mod typing;
mod update;
mod views;
mod waiting;
mod widgets;

pub use decisions::Subject;
pub use feed::{
    Account, Attached, BatchSummary, Feed, FeedError, FeedFault, FileText, Freeze, Opened, Order, RECENT_EVENTS,
    Ruling, Server, Update, Window, Worker,
};
pub use options::{ConsoleError, Exit, Options, ThemeName};
pub use safe_text::SafeText;

use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;

/// The layer of the program's tracing subscriber that fills the Log screen. The file appender is a layer beside it.
pub fn log_layer<S>() -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    tui_logger::set_default_level(tui_logger::LevelFilter::Debug);
    tui_logger::TuiTracingSubscriberLayer
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
    let panics = panics::Panics::collect();
    let ended = match driver::Driver::new(feed, &options) {
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
