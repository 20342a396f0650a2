//! Forward or back, whether it took effect, and how a file ended.

use serde::{Deserialize, Serialize};

/// Script of a file that a statement belongs to, out of its two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The migration itself.
    #[default]
    Forward,
    /// Its rollback script.
    Undo,
}

/// Effect of a statement on the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It is in force.
    Took,
    /// The database is as it was before it.
    None,
    /// Nobody can say; a person has to look.
    Unknown,
    /// It was in force and has been undone.
    Undone,
}

/// End of the last run of an idle file. A file that never ran has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Completed,
    RolledBack,
}
