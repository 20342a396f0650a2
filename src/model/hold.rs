//! Reasons for which a file or a batch is not moving.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Reason why a file or a batch is not moving; never a state (`docs/design/lifecycle.md`, Nouns).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    Paused,
    Stepping,
    Blocked,
    /// The server is busy, or a replica lags: nothing of a file begins, and it goes on by itself.
    Throttled,
    AwaitingApproval,
}

impl Hold {
    /// All of them.
    pub const ALL: [Hold; 5] = [Hold::Paused, Hold::Stepping, Hold::Blocked, Hold::Throttled, Hold::AwaitingApproval];

    /// The word in JSON and on screens.
    pub fn as_str(self) -> &'static str {
        match self {
            Hold::Paused => "paused",
            Hold::Stepping => "stepping",
            Hold::Blocked => "blocked",
            Hold::Throttled => "throttled",
            Hold::AwaitingApproval => "awaiting_approval",
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
