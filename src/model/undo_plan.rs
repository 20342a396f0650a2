//! How a file is undone: by its script, by steps that were made here, or not at all.

use super::Kept;
use serde::{Deserialize, Serialize};

/// One step of an undo: a statement of the rollback script and what it takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoStep {
    /// Index of the statement in the rollback script, from 0.
    pub statement: u32,
    /// The forward statements that it undoes; empty when it is not known which (a whole script).
    pub undoes: Vec<u32>,
}

/// What one step of an undo that was made here does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum UndoAct {
    /// Runs a statement that leads back, on a session with core as its default schema.
    Run { sql: String },
    /// Drops a schema that the file made, if nothing stands in it.
    DropSchema { schema: String },
    /// Puts back what was kept.
    PutBack { kept: Box<Kept> },
}

/// One step of an undo that was made here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedStep {
    #[serde(flatten)]
    pub act: UndoAct,
    /// The forward statements that are taken back once it has run; empty for all but the last step of each.
    pub undoes: Vec<u32>,
}

/// A foreign key, and how many rows of its table have no parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphans {
    pub table: String,
    pub key: String,
    pub rows: u64,
}

/// How a file will be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum UndoPlan {
    /// No statement took effect.
    Nothing,
    /// By the file's own rollback script, whole or the steps that are certain.
    Written { steps: Vec<UndoStep> },
    /// Statement by statement, from the definitions that were journalled before and after each.
    Derived {
        steps: Vec<DerivedStep>,
        /// Foreign keys that rows broke before it began.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        orphans: Vec<Orphans>,
    },
    /// It cannot be undone with certainty: what stands, and why.
    Impossible { reason: String, remaining: Vec<u32> },
}
