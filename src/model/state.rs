//! The eight states of a file.

use serde::{Deserialize, Serialize};
use std::fmt;

/// State of a file in its life: exactly one of eight. The numbers are those of version 4.0.25 and stand in
/// `migration_files.state_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    #[default]
    Idle = 1,
    Preparing = 2,
    ValidatingPre = 3,
    Migrating = 4,
    ValidatingPost = 5,
    Completing = 6,
    RollingBack = 7,
    Failed = 8,
}

impl FileState {
    /// All eight, in the order of their numbers.
    pub const ALL: [FileState; 8] = [
        FileState::Idle,
        FileState::Preparing,
        FileState::ValidatingPre,
        FileState::Migrating,
        FileState::ValidatingPost,
        FileState::Completing,
        FileState::RollingBack,
        FileState::Failed,
    ];

    /// The number in tables, 1 to 8.
    pub fn id(self) -> i64 {
        self as i64
    }

    /// The state with that number.
    pub fn from_id(id: i64) -> Option<FileState> {
        Self::ALL.into_iter().find(|s| s.id() == id)
    }

    /// The name used in tables, JSON, screens and documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            FileState::Idle => "idle",
            FileState::Preparing => "preparing",
            FileState::ValidatingPre => "validating_pre",
            FileState::Migrating => "migrating",
            FileState::ValidatingPost => "validating_post",
            FileState::Completing => "completing",
            FileState::RollingBack => "rolling_back",
            FileState::Failed => "failed",
        }
    }
}

impl fmt::Display for FileState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
