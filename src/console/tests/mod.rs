//! The console as a whole, without a terminal and without a database.

mod asking;
mod checks;
mod deciding;
mod mending;
mod reading;
mod replay;
mod screens;
mod stories;
pub(crate) mod support;
mod told;
