//! Coverage of a plan by undo: how much of it can be undone, and by what.

use serde::{Deserialize, Serialize};

/// Way in which a statement is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UndoMethod {
    /// The file's rollback script.
    Written,
    /// Its inverse, derived from the definitions before and after it.
    Derived,
    /// The same, and what it destroys is kept.
    Kept,
    /// There is nothing to undo.
    NotNeeded,
    /// Nothing.
    None,
}

/// Undo of a statement, as far as its text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementUndo {
    pub method: UndoMethod,
    /// Reason why nothing does.
    pub why: Option<String>,
}

impl StatementUndo {
    /// By that method.
    pub fn by(method: UndoMethod) -> StatementUndo {
        StatementUndo { method, why: None }
    }

    /// By nothing, and why.
    pub fn impossible(why: &str) -> StatementUndo {
        StatementUndo { method: UndoMethod::None, why: Some(why.to_owned()) }
    }
}

/// Statements counted by what undoes them (`docs/design/undo.md`, Four ways back).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct UndoCoverage {
    /// All of them.
    pub statements: u32,
    /// Covered by a written rollback script, one by one or as a whole.
    pub written: u32,
    /// Of these, the ones whose own undo is known with certainty, also after the file ran in part.
    pub certain: u32,
    /// Their inverse is derived from the definitions before and after them.
    pub derived: u32,
    /// Their inverse puts back the data that they destroy, which is kept.
    pub kept: u32,
    /// They only read, or set something for their session.
    pub not_needed: u32,
    /// Nothing undoes them.
    pub none: u32,
}

impl UndoCoverage {
    /// True if nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.statements == 0
    }

    /// Statements that something undoes.
    pub fn covered(&self) -> u32 {
        self.written + self.derived + self.kept
    }
}

impl std::iter::Sum for UndoCoverage {
    fn sum<I: Iterator<Item = UndoCoverage>>(files: I) -> UndoCoverage {
        files.fold(UndoCoverage::default(), |all, file| UndoCoverage {
            statements: all.statements + file.statements,
            written: all.written + file.written,
            certain: all.certain + file.certain,
            derived: all.derived + file.derived,
            kept: all.kept + file.kept,
            not_needed: all.not_needed + file.not_needed,
            none: all.none + file.none,
        })
    }
}
