//! The console as a whole, without a terminal and without a database.

mod alerts;
mod asking;
mod board;
mod checklist;
mod checks;
mod decided;
mod deciding;
mod emergency;
mod ended;
mod following;
mod frame;
mod graph;
mod guiding;
mod history;
mod look;
mod mending;
mod pictures;
mod pointing;
mod reading;
mod reference;
mod replay;
mod screens;
mod steps;
mod stories;
pub(crate) mod support;
mod told;
mod work;
