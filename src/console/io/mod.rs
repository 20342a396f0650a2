//! The console's ends to the world: the loop over terminal, feed, clock and signals (`driver`), the owner of the terminal
//! (`terminal`), its keys (`key_stream`), the task that talks to the feed (`feed_task`), the Log screen's records (`log_layer`), and what becomes of a panic while
//! the screen is ours (`panics`).

pub(crate) mod driver;
pub(crate) mod feed_task;
pub(crate) mod film;
pub(crate) mod key_stream;
pub(crate) mod log_layer;
pub(crate) mod panics;
pub(crate) mod save;
pub(crate) mod terminal;
