//! How much of a plan can be undone, and by what.

use serde::{Deserialize, Serialize};

/// What undoes a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementUndo {
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

/// What would take a statement back, before anything is: as far as its text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoneBy {
    pub by: StatementUndo,
    /// Why nothing does.
    pub why: Option<String>,
}

/// Statements counted by what undoes them (`3-rollback`, Undo).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What they destroy is kept.
    pub kept: u32,
    /// They only read, or set something for their session.
    pub not_needed: u32,
    /// Nothing undoes them.
    pub none: u32,
}

impl UndoCoverage {
    /// Whether nothing was counted.
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
