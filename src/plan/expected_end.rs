//! Time that a whole plan may take.

use serde::Serialize;

/// Time that the whole plan may take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExpectedEnd {
    /// Milliseconds, with so many files at a time; `None` where a file's time is not known.
    pub ms: Option<u64>,
    pub width: usize,
    /// Paths of the files that decide it, the first first.
    pub path: Vec<String>,
    /// Files whose time is not known, each with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}
