//! Decisions of approvers. The worker answers each decision with an event, on its server's clock.

use crate::model::{BatchId, Class, DecisionId, FileId, OverrideSubject, RollbackId, RollbackStatus};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Answer of an approver about a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Approve,
    Reject,
}

impl Verdict {
    /// The word on the command line and in `migration_decisions`.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Approve => "approve",
            Verdict::Reject => "reject",
        }
    }

    /// The verdict spelled so, if there is one.
    pub fn parse(text: &str) -> Option<Verdict> {
        [Verdict::Approve, Verdict::Reject].into_iter().find(|v| v.as_str() == text)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// State that the approver saw when deciding. When it no longer holds, the decision is refused and says what changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub class: Class,
    pub status: RollbackStatus,
    /// The scope, in the order of the undo ([`World::scope_of`](crate::model::World::scope_of)).
    pub files: Vec<FileId>,
}

/// A row of `migration_decisions` as the worker reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub id: DecisionId,
    pub batch: BatchId,
    pub rollback: RollbackId,
    /// The account, as the server stamped it.
    pub operator: String,
    pub verdict: Verdict,
    pub reason: Option<String>,
    pub seen: Option<Seen>,
    /// Checks that are let pass, where it is about these and about no rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrides: Option<OverrideSubject>,
}

/// Word in `migration_decisions` of a decision that lets checks pass.
pub const OVERRIDE: &str = "override";

/// The user of an account `user@host`: four eyes compares users, from wherever they connect.
pub fn user_of(account: &str) -> &str {
    account.rsplit_once('@').map_or(account, |(user, _)| user)
}
