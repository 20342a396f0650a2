//! A plan in the form in which it becomes a batch.

use super::{Plan, PlanFile, Refused, finding};
use crate::model::{DeclaredRelation, PlannedFile, SourceText, Submission};
use std::collections::HashSet;

impl Plan {
    /// The plan as the engine takes it, with the files' texts.
    ///
    /// # Errors
    /// [`Refused`] when something stands in [`Plan::refused`].
    pub fn to_submission(&self) -> Result<Submission, Refused> {
        if !self.refused.is_empty() {
            return Err(Refused(self.refused.clone()));
        }
        let mut seen = HashSet::new();
        let mut texts = Vec::new();
        let mut files = Vec::with_capacity(self.files.len());
        for file in &self.files {
            files.push(planned(file));
            if seen.insert(&file.source) {
                texts.push(text(file));
            }
        }
        let mut policy = self.policy.clone();
        policy.relations = policy.relations.into_iter().map(DeclaredRelation::without_line).collect();
        Ok(Submission {
            name: self.batch.clone(),
            epoch_from: self.epoch_from,
            epoch_to: self.epoch_to,
            plan: self.checksum.clone(),
            policy,
            files,
            after: None,
            findings: finding::for_log(&self.findings),
            texts,
        })
    }
}

fn text(file: &PlanFile) -> SourceText {
    SourceText {
        checksum: file.source.clone(),
        path: file.path.clone(),
        up: file.up.clone(),
        down: file.down.clone(),
        verify: file.verify.clone(),
    }
}

fn planned(file: &PlanFile) -> PlannedFile {
    PlannedFile {
        path: file.path.clone(),
        file_type: file.file_type,
        hash: file.hash.clone(),
        canonical: file.canonical.clone(),
        source: file.source.clone(),
        epoch_from: file.epoch_from,
        epoch_to: file.epoch_to,
        wave: file.wave,
        again: file.again,
        statements: u32::try_from(file.statements.len()).unwrap_or(u32::MAX),
        undo_statements: file.undo_statements,
        coverage: file.undo_coverage,
        requires: file.requires.clone(),
        locks: file.locks.clone(),
        expected: file.expected.clone(),
        findings: finding::for_log(&file.findings),
    }
}
