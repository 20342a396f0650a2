//! Tests that look at splitting and analysis as a whole.

mod analysis;
mod lexing;
mod properties;
mod shape;
mod splitting;
