//! Drill: the moments of a recording at which a person had to decide, asked again.
//!
//! `questions` finds the moments, `act` names what can be done at one, `sheet` holds the answers against what was done.

mod act;
mod questions;
mod sheet;
#[cfg(test)]
mod tests;

pub use act::Act;
pub use questions::{Question, questions};
pub use sheet::{Answer, Grade, Sheet, minutes};
