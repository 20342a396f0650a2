//! Worlds made of real decisions, an application that shows them, and keys to press.

mod desk;
mod feed;
mod frame;
mod ledgers;

pub use desk::Desk;
pub use feed::{at, attached, news, vanished, watcher};
pub use frame::{style_of, text};
pub use ledgers::*;
