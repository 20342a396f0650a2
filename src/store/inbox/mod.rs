//! Requests, which operators ask and approvers decide: from the row that somebody writes to the answer that stands in it.
//!
//! On a server the row is written by a procedure that runs as its definer and stamps `USER()` and the clock: nobody can
//! claim to be another, and it works while the server is read only. Commands and decisions go one way: they are
//! submitted, listed, read, taken up, and answered by an event or refused without one. What differs between the two is
//! their columns and how these are read ([`RequestId`]).

mod answer;
mod pending;
mod request;
mod submit;
mod take_up;

pub use answer::{Answer, answer, refuse_abandoned, refuse_unreadable};
pub(super) use answer::{Answers, answered, write_answers};
pub use pending::{LISTED, Pending, PendingCommand, PendingDecision, pending_requests, read_request, waiting_requests};

pub use request::{RequestId, Sort};
pub use submit::{NewCommand, NewDecision, submit_command, submit_decision, submit_override};
