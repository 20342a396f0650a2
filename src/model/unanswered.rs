//! Requests on their way: handed in, and not yet answered by a worker.

use super::{CommandId, DecisionId, Millis};

/// Number of a request, among those of its sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestKey {
    Command(CommandId),
    Decision(DecisionId),
}

/// A command or a decision that nobody has answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnansweredRequest {
    pub key: RequestKey,
    /// The account that handed it in.
    pub operator: String,
    /// The verb, or the verdict.
    pub word: String,
    /// Time when it was handed in, on the database's clock.
    pub at: Millis,
}
