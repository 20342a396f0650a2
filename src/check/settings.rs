//! How severe each check is.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a breach does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckLevel {
    /// It is not looked for.
    Off,
    /// It is logged and shown.
    Warn,
    /// Before the file runs: it does not run. After: it counts as critical (class A).
    Block,
}

/// The configured severities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckSettings {
    /// By the name of the check; those not named have the level of [`super::CHECKS`].
    pub levels: BTreeMap<String, CheckLevel>,
    /// By the name of the doctrine's rule ([`crate::sql::rules::RULES`]); those not named have the level of `doctrine_rules`.
    pub rules: BTreeMap<String, CheckLevel>,
    /// How many tables core may have (`budget.core_tables`).
    pub core_tables: u32,
    /// What the last look at core found; no setting.
    pub counted: super::TableCount,
}

impl Default for CheckSettings {
    fn default() -> Self {
        CheckSettings {
            levels: BTreeMap::new(),
            rules: BTreeMap::new(),
            core_tables: 77,
            counted: super::TableCount::default(),
        }
    }
}

impl CheckSettings {
    /// What a breach of a check does.
    pub fn level(&self, check: &super::Check) -> CheckLevel {
        self.levels.get(check.name).copied().unwrap_or(check.level)
    }
}
