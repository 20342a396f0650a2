//! Caribou: a database-migration orchestrator with a full-screen operator console.
//!
//! The map, from the ground up; each layer knows only those before it in this list, and `tests/it/layers.rs` says which:
//!
//! * pure: [`model`] (states, events, decisions), [`sql`] (splitting, analysis), [`undo`] (what leads back);
//! * [`source`] (migration directories) and [`plan`] (what runs, in which order);
//! * [`database`] (the servers), [`adopt`] (histories of other tools), [`handlers`] (the types of files), [`store`] (the journal and its projections),
//!   [`kept`] (what statements destroyed), [`notify`] (who is told of alerts),
//!   [`metrics`] (for Prometheus);
//! * [`check`] (validation), [`engine`] (the worker);
//! * [`recording`] (what was, played again), [`console`] (the screen), [`cli`] (the commands).

#![deny(clippy::unwrap_used)]

pub mod model;
pub mod sql;
pub mod undo;

pub mod source;

pub mod plan;

pub mod database;

pub(crate) mod adopt;
pub mod handlers;
pub mod store;

pub mod kept;
pub mod metrics;
pub mod notify;

pub mod check;
pub mod engine;

pub mod recording;

pub(crate) mod console;

pub mod cli;

mod regular;
#[cfg(test)]
mod written;
