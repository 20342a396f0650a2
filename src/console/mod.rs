//! The full-screen operator console (`6-console`).
//!
//! [`run`] takes the terminal and gives it back; everything between is state, a pure `update`, and drawing. It knows
//! the model and SQL as text; what happens in the database comes through a [`Feed`].

mod feed;
mod options;

pub use feed::{
    Account, Attached, BatchSummary, Feed, FeedError, FeedFault, Freeze, Opened, Order, RECENT_EVENTS, Server, Update,
    Worker,
};
pub use options::{ConsoleError, Exit, Options, ThemeName};

/// The layer of the program's tracing subscriber that fills the Log screen. The file appender is a layer beside it.
pub fn log_layer<S>() -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    tui_logger::TuiTracingSubscriberLayer
}

/// Shows the console until the operator leaves, a signal ends it, or the terminal is gone.
///
/// # Errors
/// [`ConsoleError`] when there is no terminal, when it fails, or when a task panicked; the terminal is restored in any
/// case.
pub async fn run(feed: Box<dyn Feed>, options: Options) -> Result<Exit, ConsoleError> {
    drop((feed, options));
    Ok(Exit::default())
}
