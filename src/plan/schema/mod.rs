//! The schema as it will be when each statement's turn comes, and what will fail there.
//!
//! It begins with the definitions that stand in the database ([`Known`]); each statement of the plan is looked at against
//! them, in the plan's order, and then has its effect on them. What a statement does that its text does not tell (a
//! procedure is called, a text is prepared) makes what it may have changed unknown: that is said once, and nothing is
//! found that depends on it. A finding of level `blocking` is one that the server will answer with an error.

mod described;
mod effects;
mod foreign;
mod foresee;
mod future;
mod key;
mod known;
mod names;
mod program;
mod programs;
mod read;
mod relations;
mod state;
mod table;
mod walk;

pub use foresee::{Foreseen, foresee};
pub use known::{Known, KnownObject, Size};

#[cfg(test)]
mod tests;
