//! What was wrong in core before a file ran: that is nobody's fault, and what is wrong since is the file's.

use super::Orphans;
use serde::{Deserialize, Serialize};

/// What the checks after a file compare with: taken down before its first statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Before {
    /// Views that could not be read, of those that the file could break.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<String>,
    /// Foreign keys that rows broke, of the tables that the file writes while nothing enforces them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Orphans>,
    /// Tables of which nobody counted that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncounted: Vec<String>,
    /// What stood in core; only where the file's text does not tell what it makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stood: Option<Stood>,
}

/// What stands in core, as far as the doctrine has a word on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stood {
    /// What a rule is about, each with the name of the rule.
    pub ruled: Vec<(String, String)>,
    pub tables: u64,
}
