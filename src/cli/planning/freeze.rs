//! When others are kept from writing while a plan runs, as the plan tells it.

use crate::cli::config::Config;
use crate::model::FreezePolicy;
use serde::Serialize;

/// Policy by which others are kept from writing, and the place where that is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PlannedFreeze {
    pub policy: FreezePolicy,
    /// File and line, the profile, the variable or the flag.
    pub from: String,
}

impl PlannedFreeze {
    /// As configured; `None` where nobody is kept from writing unasked.
    pub fn new(config: &Config) -> Option<PlannedFreeze> {
        let policy = config.values.policy.freeze;
        let from = config.settings.get("policy.freeze").map(|setting| config.settings.place(&setting.origin));
        (policy != FreezePolicy::Never).then(|| PlannedFreeze { policy, from: from.unwrap_or_default() })
    }

    /// In words, as a line of the plan.
    pub fn told(&self) -> String {
        let (word, when) = match self.policy {
            FreezePolicy::Always => ("always", "from this batch's preparation to its end"),
            FreezePolicy::Critical => ("critical", "while a file runs that asks for it"),
            FreezePolicy::Never => return String::new(),
        };
        format!("Freeze: others are kept from writing {when} (policy.freeze = {word}, from {}).\n", self.from)
    }
}
