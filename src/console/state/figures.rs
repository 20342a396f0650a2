//! Counts over the whole batch: made once, then kept by the files that events change, so that an event costs the same
//! however many files there are.

use crate::model::{Batch, Brief, Category, FileState, FileType, Outcome, UndoCoverage};
use std::collections::BTreeMap;

/// Counts over the whole batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    pub statements: u64,
    /// Those that have run.
    pub statements_run: u64,
    /// Those that have run and still stand.
    pub statements_ended: u64,
    pub waiting: u32,
    pub rolled_back: u32,
    pub errors: BTreeMap<Category, u32>,
    /// Statements by what undoes them, of all files.
    pub coverage: UndoCoverage,
    /// Warnings of the server.
    pub warnings: u64,
    /// Files that have completed, and all, of each wave.
    pub waves: BTreeMap<u32, (u32, u32)>,
    /// The same of each type.
    pub types: BTreeMap<FileType, (u32, u32)>,
}

impl Figures {
    /// The counts of a batch as it stands.
    pub fn new(batch: &Batch) -> Figures {
        let mut figures = Figures { coverage: batch.files.coverage(), ..Figures::default() };
        batch.files.briefs().for_each(|file| figures.add(&file));
        figures
    }

    /// Counts a file in. What undoes its statements was counted when it was planned.
    pub fn add(&mut self, file: &Brief<'_>) {
        self.count(file, 1);
    }

    /// Takes a file out, as it stands: it is about to change.
    pub fn remove(&mut self, file: &Brief<'_>) {
        self.count(file, -1);
    }

    fn count(&mut self, brief: &Brief<'_>, by: i32) {
        let many = |count: &mut u64, n: u32| *count = count.wrapping_add_signed(i64::from(by) * i64::from(n));
        let one = |count: &mut u32, is: bool| *count = count.wrapping_add_signed(by * i32::from(is));
        let file = &brief.facts;
        many(&mut self.warnings, file.warnings);
        many(&mut self.statements, file.statements);
        many(&mut self.statements_run, file.ended);
        many(&mut self.statements_ended, file.in_force);
        let has_completed = file.outcome == Some(Outcome::Completed);
        for counts in [self.waves.entry(file.wave).or_default(), self.types.entry(file.file_type).or_default()] {
            one(&mut counts.0, has_completed);
            one(&mut counts.1, true);
        }
        let is_idle = file.state == FileState::Idle;
        one(&mut self.waiting, is_idle && file.outcome.is_none());
        one(&mut self.rolled_back, is_idle && file.outcome == Some(Outcome::RolledBack));
        if let Some(failure) = brief.file.and_then(|file| file.failure.as_ref()) {
            let errors = self.errors.entry(failure.category).or_default();
            one(errors, true);
            if *errors == 0 {
                self.errors.remove(&failure.category);
            }
        }
    }
}
