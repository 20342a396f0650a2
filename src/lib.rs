//! Caribou, a database-migration orchestrator.

pub mod database;
pub mod sql;
