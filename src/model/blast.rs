//! The blast radius: what a rollback would do, before anybody says that it may.

use crate::model::{BatchId, Class, Epoch, FileId, FileType, RollbackId};
use serde::Serialize;

/// Everything that a rollback would do now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BlastRadius {
    pub batch: BatchId,
    /// The rollback that waits for a decision; `None` for one that is only thought of.
    pub rollback: Option<RollbackId>,
    pub class: Class,
    /// In the order of the undo.
    pub files: Vec<BlastFile>,
    /// Reason why it would be refused as things stand.
    pub refused: Option<String>,
    /// Later batches and files that stand on it, each as a sentence.
    pub in_the_way: Vec<String>,
    /// Files of later batches that have changed rows of what it takes the definition back of, each as a sentence.
    pub written_to_since: Vec<String>,
    pub epoch_from: Epoch,
    /// Epoch of the system afterwards: class A goes back, everything else goes on.
    pub epoch_to: Epoch,
    /// Rows that others have written since and that would be lost or left as they are; `None` where nobody knows.
    pub rows_written_since: Option<u64>,
    /// Those among them that the undo leaves as they are.
    pub rows_left_alone: Option<u64>,
    /// Fit of the undo to the data that has arrived since: the revertibility meter.
    pub fit: PrecheckResult,
    /// As long as the statements took that are undone.
    pub estimated_ms: u64,
    /// The objects whose definitions change, in the order of the undo.
    pub changes: Vec<BlastChange>,
}

/// An object whose definition a rollback changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BlastChange {
    /// Kind and name.
    pub object: String,
    /// From the definition as it stands now to the one that it goes back to, as a unified diff; `None` where that cannot
    /// be told.
    pub diff: Option<String>,
    /// Note for the reader: the reason why there is no diff, or that the object no longer stands as the file left it.
    pub remark: Option<String>,
}

/// Stands in a difference for the definition of what does not exist.
pub const NOWHERE: &str = "(does not exist)";

impl BlastChange {
    /// The lines of the difference, without the two that name its sides.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.diff.iter().flat_map(|diff| diff.lines().skip(2))
    }

    /// Number of lines that go, and how many come.
    pub fn counts(&self) -> (usize, usize) {
        let with = |sign| self.lines().filter(|line| line.starts_with(sign)).count();
        (with('-'), with('+'))
    }

    /// True if the object itself goes.
    pub fn goes(&self) -> bool {
        self.lines().any(|line| line.strip_prefix('+') == Some(NOWHERE))
    }

    /// True if the object itself comes back.
    pub fn comes(&self) -> bool {
        self.lines().any(|line| line.strip_prefix('-') == Some(NOWHERE))
    }
}

/// A file of the scope.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BlastFile {
    pub id: FileId,
    pub path: String,
    #[serde(rename = "type")]
    pub file_type: FileType,
    /// `written`, `derived`, `nothing` or `impossible`.
    pub method: &'static str,
    /// Reason why it cannot be undone, where it cannot.
    pub reason: Option<String>,
    pub statements: Vec<BlastStatement>,
    /// Objects that the statements touch.
    pub objects: Vec<String>,
    pub rows_written_since: Option<u64>,
    /// Those among them that its undo leaves as they are.
    pub rows_left_alone: Option<u64>,
    /// Rows that others wrote and that its undo would destroy.
    pub lost: Vec<Rows>,
    /// What others have made or changed since, each as a sentence, that its undo would take away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub objects_lost: Vec<String>,
    /// The same that its undo leaves as it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub objects_left_alone: Vec<String>,
    /// Answers of the data to the questions that its undo depends on.
    pub fit: PrecheckResult,
    pub estimated_ms: u64,
}

/// Rows, and what is said of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Rows {
    pub rows: u64,
    /// In words that follow the number: "of t have no value for n, which becomes NOT NULL".
    pub what: String,
}

impl Rows {
    /// `3 rows of t …`.
    pub fn sentence(&self) -> String {
        let noun = if self.rows == 1 { "row" } else { "rows" };
        format!("{} {noun} {}", self.rows, self.what)
    }
}

/// Number of questions that were put to the data, and which it answered against the undo.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PrecheckResult {
    pub asked: u32,
    /// Rows that would stop the undo half-way, one entry for each question that they answer against it.
    pub misfits: Vec<Rows>,
}

impl PrecheckResult {
    /// Questions that the data answered for the undo.
    pub fn holds(&self) -> u32 {
        self.asked - u32::try_from(self.misfits.len()).unwrap_or(self.asked)
    }
}

impl std::iter::Sum for PrecheckResult {
    fn sum<I: Iterator<Item = PrecheckResult>>(files: I) -> PrecheckResult {
        files.fold(PrecheckResult::default(), |mut all, file| {
            all.asked += file.asked;
            all.misfits.extend(file.misfits);
            all
        })
    }
}

/// A statement that would run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BlastStatement {
    /// Of the undo, from 0.
    pub index: u32,
    pub sql: String,
    /// The forward statements that it undoes, from 0; empty where it is not known which.
    pub undoes: Vec<u32>,
}

impl BlastRadius {
    /// Rows that others have written since and that would be lost; `None` where nobody knows.
    pub fn rows_lost(&self) -> Option<u64> {
        Some(self.rows_written_since?.saturating_sub(self.rows_left_alone?))
    }

    /// What others have made or changed since and would go, each as a sentence.
    pub fn objects_lost(&self) -> impl Iterator<Item = &String> {
        self.files.iter().flat_map(|file| &file.objects_lost)
    }

    /// What others have made or changed since and stays, each as a sentence.
    pub fn objects_left_alone(&self) -> impl Iterator<Item = &String> {
        self.files.iter().flat_map(|file| &file.objects_left_alone)
    }

    /// The files that nothing undoes.
    pub fn impossible(&self) -> impl Iterator<Item = &BlastFile> {
        self.files.iter().filter(|f| f.reason.is_some())
    }
}
