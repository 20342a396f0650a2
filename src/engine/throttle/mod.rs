//! Holding back: no statement of a file begins while the server is busy or its replicas lag, as configured.
//!
//! A task of its own asks ([`watch`]), at most as often as configured and only while a batch is driven; what it finds goes
//! through a [`gate`], which closes at one threshold and opens at a lower one. The worker puts the hold into the journal
//! and takes it away again. What is undone or aborted is never held back.

mod gate;
mod settings;
mod watch;

pub use settings::{Limit, ThrottleSettings};
pub use watch::Lags;
pub(crate) use watch::{Throttle, keep_watch};
