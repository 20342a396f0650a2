//! Honest in trouble: a network that swallows everything, installations at the same time, tables that somebody spoilt,
//! rows that an undo leaves alone, files that are none.

mod costs;
mod files;
mod left_alone;
mod network;
mod password;
mod planning;
mod questions;
mod schema;
mod tls;
