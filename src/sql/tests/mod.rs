//! Tests that look at splitting and analysis as a whole.

mod alterations;
mod analysis;
mod lexing;
mod properties;
mod simple_dml;
mod splitting;
