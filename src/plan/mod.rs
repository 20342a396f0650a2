//! From files and history to a plan: what runs, in which order, what it needs, what undoes it, what is odd about it.
//!
//! Pure and linear in files, dependencies and statements. [`make`] never fails: what cannot be planned stands in
//! [`Plan::refused`], so that it can be shown together with everything else, and [`Plan::to_submission`] refuses.
//!
//! | file | is |
//! |---|---|
//! | `candidate`, `history`, `options` | what goes in |
//! | `plan`, `finding`, `refusal` | what comes out |
//! | `selection`, `names`, `order`, `read`, `objects`, `waves` | the steps, in this order |
//! | `epochs`, `coverage`, `identity` | numbers: epochs, how much can be undone, checksums |
//! | `submission` | the plan as the engine takes it |
//! | `undo` | how a file that ran, or ran in part, is undone |

mod candidate;
mod coverage;
mod epochs;
mod finding;
mod history;
mod identity;
mod make;
mod names;
mod objects;
mod options;
mod order;
mod outcome;
mod read;
mod refusal;
mod selection;
mod submission;
pub mod undo;
mod waves;

pub use crate::model::StatementUndo;
pub use candidate::{Candidate, CandidateNeed, Script};
pub use coverage::undone_by;
pub use finding::{Finding, Level};
pub use history::Applied;
pub use identity::canonical;
pub use make::make;
pub use options::Options;
pub use outcome::{File, Plan, Statement};
pub use refusal::{Refusal, Refused};

#[cfg(test)]
mod tests;
