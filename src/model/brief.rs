//! A file in short: what lists of very many files show of each, without the file.

use crate::model::{File, FileId, FileState, FileStatus, FileType, Millis, Outcome};

/// A file in short.
#[derive(Debug, Clone, Copy)]
pub struct Brief<'a> {
    pub path: &'a str,
    pub facts: BriefFacts,
    /// The whole of it, where that is at hand; a file that is packed rests, and has neither a hold nor a failure.
    pub file: Option<&'a File>,
}

/// Facts of a file in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BriefFacts {
    pub id: FileId,
    pub sort_order: u32,
    /// From 1; 0 where none is known.
    pub wave: u32,
    /// Statements of the migration.
    pub statements: u32,
    /// Forward statements that have ended, and those of them that stand.
    pub ended: u32,
    pub in_force: u32,
    /// Warnings of the server.
    pub warnings: u32,
    pub file_type: FileType,
    pub state: FileState,
    pub outcome: Option<Outcome>,
    /// It is under way, or was at some time.
    pub has_begun: bool,
    /// Something of it could not be compared when it was undone.
    pub is_uncertain: bool,
    /// Time when it entered its state.
    pub moved_at: Millis,
    /// Milliseconds spent in statements.
    pub processing_ms: u64,
}

impl BriefFacts {
    /// The status that tables and documents show.
    pub fn status(&self) -> FileStatus {
        FileStatus::from_state(self.state, self.outcome)
    }

    /// True if it has completed, and nothing has happened to it since.
    pub fn is_done(&self) -> bool {
        self.state == FileState::Idle && self.outcome == Some(Outcome::Completed)
    }
}

impl From<&File> for BriefFacts {
    fn from(file: &File) -> BriefFacts {
        BriefFacts {
            id: file.id,
            sort_order: file.sort_order,
            wave: file.wave,
            statements: file.statements,
            ended: number(file.records.len()),
            in_force: number(file.in_force().count()),
            warnings: file.records.iter().map(|record| record.warnings).sum(),
            file_type: file.file_type,
            state: file.state,
            outcome: file.outcome,
            has_begun: file.state != FileState::Idle || file.outcome.is_some() || file.retries > 0,
            is_uncertain: file.undo.as_ref().is_some_and(|undo| undo.is_uncertain()),
            moved_at: file.moved_at,
            processing_ms: file.processing_ms,
        }
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl<'a> From<&'a File> for Brief<'a> {
    fn from(file: &'a File) -> Brief<'a> {
        Brief { path: &file.path, facts: file.into(), file: Some(file) }
    }
}
