//! Versions of what takes part.

use serde::{Deserialize, Serialize};

/// Versions of the server and of the program, as a worker found them; empty in a journal that did not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Versions {
    /// Kind and version of the server: `mariadb 10.11.19-MariaDB`.
    pub server: String,
    pub caribou: String,
}

impl Versions {
    /// True if nothing was told.
    pub fn is_unknown(&self) -> bool {
        self.server.is_empty() && self.caribou.is_empty()
    }
}
