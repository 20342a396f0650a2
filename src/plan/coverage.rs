//! How much of a plan can be undone, and by what.

use super::StatementUndo;
use serde::Serialize;

/// Statements counted by what undoes them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct UndoCoverage {
    /// All of them.
    pub statements: u32,
    /// Covered by a written rollback script, one by one or as a whole.
    pub written: u32,
    /// Of these, the ones whose own undo is known with certainty, also after the file ran in part.
    pub certain: u32,
    /// They only read, or set something for their session.
    pub not_needed: u32,
    /// Nothing undoes them.
    pub none: u32,
}

impl UndoCoverage {
    pub(super) fn count(&mut self, undo: StatementUndo, certain: bool) {
        self.statements += 1;
        match undo {
            StatementUndo::Written => {
                self.written += 1;
                self.certain += u32::from(certain);
            }
            StatementUndo::NotNeeded => self.not_needed += 1,
            StatementUndo::None => self.none += 1,
        }
    }
}

impl std::iter::Sum for UndoCoverage {
    fn sum<I: Iterator<Item = UndoCoverage>>(files: I) -> UndoCoverage {
        files.fold(UndoCoverage::default(), |all, file| UndoCoverage {
            statements: all.statements + file.statements,
            written: all.written + file.written,
            certain: all.certain + file.certain,
            not_needed: all.not_needed + file.not_needed,
            none: all.none + file.none,
        })
    }
}
