//! The console as a whole, without a terminal and without a database.

mod asking;
mod reading;
mod screens;
mod stories;
mod support;
