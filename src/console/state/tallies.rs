//! Checks of each file, counted as they are recorded. What was recorded before the console looked is not known.

use crate::model::{Event, EventKind, FileId, FileState, Seq, ValidationPhase, ValidationStatus};
use std::collections::BTreeMap;

/// Results by their status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Results {
    pub passed: u32,
    pub warned: u32,
    pub failed: u32,
}

impl Results {
    /// All of them.
    pub fn all(self) -> u32 {
        self.passed + self.warned + self.failed
    }

    fn count(&mut self, status: ValidationStatus) {
        match status {
            ValidationStatus::Passed => self.passed += 1,
            ValidationStatus::Warning => self.warned += 1,
            ValidationStatus::Failed => self.failed += 1,
        }
    }

    fn plus(self, other: Results) -> Results {
        Results {
            passed: self.passed + other.passed,
            warned: self.warned + other.warned,
            failed: self.failed + other.failed,
        }
    }
}

/// The checks of a file's last attempt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileChecks {
    pub before: Results,
    pub during: Results,
    pub after: Results,
}

impl FileChecks {
    /// All of them.
    pub fn all(self) -> Results {
        self.before.plus(self.during).plus(self.after)
    }
}

/// The checks of all files whose attempt has been seen from its beginning.
#[derive(Debug, Default)]
pub struct Tallies {
    files: BTreeMap<FileId, FileChecks>,
    /// The journal is known from its first event on.
    whole: bool,
}

impl Tallies {
    /// Begins with the newest events of a batch.
    pub fn open(recent: &[Event]) -> Tallies {
        let whole = recent.first().is_some_and(|e| e.seq <= Seq(1));
        let mut tallies = Tallies { files: BTreeMap::new(), whole };
        recent.iter().for_each(|event| tallies.take(event));
        tallies
    }

    /// Takes in an event.
    pub fn take(&mut self, event: &Event) {
        match &event.kind {
            EventKind::FileMoved { file, from: FileState::Idle, .. } => {
                self.files.insert(*file, FileChecks::default());
            }
            kind => {
                for result in kind.validations() {
                    let Some(checks) = result.file.and_then(|file| self.files.get_mut(&file)) else { return };
                    match result.phase {
                        ValidationPhase::Pre => checks.before.count(result.status),
                        ValidationPhase::During => checks.during.count(result.status),
                        ValidationPhase::Post => checks.after.count(result.status),
                    }
                }
            }
        }
    }

    /// The checks of a file; `None` where they are not known, since it began before the console looked.
    pub fn of(&self, file: FileId) -> Option<FileChecks> {
        self.files.get(&file).copied().or(self.whole.then(FileChecks::default))
    }
}
