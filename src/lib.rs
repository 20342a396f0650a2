//! Caribou: a database-migration orchestrator with a full-screen operator console.
//!
//! The map, from the ground up; each layer knows only those before it in this list:
//! [`model`] (states, events, decisions) and [`sql`] (splitting, analysis); [`source`], [`plan`], [`database`];
//! [`store`], [`check`]; [`engine`]; [`console`]; [`cli`].

#![deny(clippy::unwrap_used)]

pub mod check;
pub mod cli;
pub mod console;
pub mod database;
pub mod engine;
pub mod model;
pub mod plan;
pub mod source;
pub mod sql;
pub mod store;
