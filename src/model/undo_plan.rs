//! The plan by which a file is undone: by its script, by steps that were made here, or not at all.

use super::{Failure, Kept, Restore};
use serde::{Deserialize, Serialize};

/// One step of an undo: a statement of the rollback script and what it undoes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UndoStep {
    /// Index of the statement in the rollback script, from 0.
    pub statement: u32,
    /// The forward statements that it undoes; empty when it is not known which (a whole script).
    pub undoes: Vec<u32>,
}

/// Action of one step of an undo that was made here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum UndoAct {
    /// Runs a statement that leads back, on a session with core as its default schema.
    Run { sql: String },
    /// Drops a schema that the file made, if nothing stands in it.
    DropSchema { schema: String },
    /// Puts back what was kept.
    PutBack { kept: Box<Kept> },
    /// Brings back what one statement changed in the schema of SQLite.
    Restore { changes: Box<Restore> },
}

/// One step of an undo that was made here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DerivedStep {
    #[serde(flatten)]
    pub act: UndoAct,
    /// The forward statements that are undone once it has run; empty for all but the last step of each.
    pub undoes: Vec<u32>,
}

/// A foreign key, and how many rows of its table have no parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Orphans {
    pub table: String,
    pub key: String,
    pub rows: u64,
}

/// Means by which a part of an undo went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UndoBy {
    /// The file's own rollback script.
    Script,
    /// Steps that were made here.
    Derived,
}

/// A part of an undo that did not bring everything back: what is planned after it is the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UndoPart {
    pub by: UndoBy,
    /// Number of its steps that are in force.
    pub done: u32,
    pub steps: u32,
    /// Reason why it was not the end: it failed, it was cut off, or something differs.
    pub why: Failure,
}

impl UndoPart {
    /// The same as [`UndoPart::sentence`], with all that differs.
    pub fn told(&self) -> String {
        let rest: Vec<String> = self.why.to_string().lines().skip(1).map(|line| format!("    {line}")).collect();
        [vec![self.sentence()], rest].concat().join("\n")
    }

    /// Tells what became of it, for people, in one line.
    pub fn sentence(&self) -> String {
        let (what, of) = match self.by {
            UndoBy::Script => ("the rollback script", "statements"),
            UndoBy::Derived => ("what was derived", "steps"),
        };
        let why = self.why.to_string();
        let why = why.lines().next().unwrap_or_default().trim_end_matches(':');
        format!("{what} did not lead back ({} of {} {of} done): {why}", self.done, self.steps)
    }
}

/// Plan by which a file will be undone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum UndoPlan {
    /// No statement took effect.
    #[default]
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
