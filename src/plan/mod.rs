//! From files and history to a plan: what runs, in which order, what it needs, what undoes it, what is odd about it.
//!
//! Pure and linear in files, dependencies and statements. [`make`] never fails: what cannot be planned stands in
//! [`Plan::refused`], so that it can be shown together with everything else, and [`Plan::to_submission`] refuses.

mod baseline;
mod candidate;
mod drifted;
mod effort;
mod epochs;
mod expect;
mod expected_end;
mod finding;
mod gone;
mod history;
mod identity;
mod late;
mod make;
mod names;
mod objects;
mod options;
mod order;
mod outcome;
mod read;
mod refusal;
mod schema;
mod selection;
mod squash;
mod standing;
mod submission;
mod waves;

pub use candidate::{Candidate, CandidateNeed, Script};

pub use drifted::{Drifted, drifted};
pub use effort::Effort;
pub use expect::{LastRun, MeasuredTimes, RehearsedTimes};
pub use expected_end::ExpectedEnd;
pub use finding::Finding;
pub(crate) use finding::{Evidence, Level, unseen};
pub use history::Applied;
pub use identity::canonical;
pub use make::make;
pub use options::Options;
pub use outcome::{Described, Plan};
pub(crate) use outcome::{PlanFile, PlanStatement};
pub use refusal::{Refusal, Refused};
pub use schema::{Foreseen, Known, KnownObject, Size, foresee};

#[cfg(test)]
mod tests;
