//! A plan in the form in which it becomes a batch: handed to the engine, or to another worker as a command.

use crate::model::{
    Checksum, DependencyType, Epoch, Expected, FieldsHash, FileId, FileType, Locks, PlannedFinding, Policy,
    UndoCoverage,
};
use serde::{Deserialize, Serialize};

/// The texts of a file, kept by checksum so that undo and console never need the checkout again (`docs/design/undo.md`,
/// Retention).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceText {
    /// SHA-256 over the three texts; the key in `migration_sources`.
    pub checksum: Checksum,
    pub path: String,
    /// The migration itself.
    pub up: String,
    pub down: Option<String>,
    pub verify: Option<String>,
}

impl SourceText {
    /// The key of three texts in `migration_sources`.
    pub fn key(up: &str, down: Option<&str>, verify: Option<&str>) -> Checksum {
        let mut hash = FieldsHash::default();
        [Some(up), down, verify].into_iter().for_each(|text| hash.field(text));
        Checksum(hash.finish(""))
    }

    /// True if these are the texts that the key is of. A key that is no SHA-256 was not made from the texts: no plan has
    /// one.
    pub fn is_intact(&self) -> bool {
        !self.checksum.is_sha256() || self.checksum == Self::key(&self.up, self.down.as_deref(), self.verify.as_deref())
    }
}

/// File that a planned file depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// A file of the same submission, by its place in [`Submission::files`].
    Planned(usize),
    /// A file of an earlier batch.
    Earlier(FileId),
}

/// A dependency of a planned file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    pub on: On,
    pub path: String,
    pub kind: DependencyType,
    pub description: String,
}

/// A file of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedFile {
    pub path: String,
    pub file_type: FileType,
    pub hash: Checksum,
    pub canonical: Checksum,
    pub source: Checksum,
    pub epoch_from: Epoch,
    pub epoch_to: Epoch,
    /// From 1; 0 where none is known (a batch of version 4.0.25).
    pub wave: u32,
    /// The completed run that this one repeats; a file that has completed otherwise is none that a plan may hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<FileId>,
    pub statements: u32,
    pub undo_statements: Option<u32>,
    /// Its statements counted by what undoes them.
    #[serde(default)]
    pub coverage: UndoCoverage,
    pub requires: Vec<Requirement>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locks: Locks,
    /// Time that it is expected to take, where anything is known of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Box<Expected>>,
    /// Findings of the plan that the checks before it take up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<PlannedFinding>,
}

/// A whole plan, its files in the order in which they start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    pub name: String,
    pub epoch_from: Epoch,
    pub epoch_to: Epoch,
    pub plan: Checksum,
    pub policy: Policy,
    pub files: Vec<PlannedFile>,
    /// The newest file that the plan knew of; `None` when the planner did not look. See
    /// [`World::has_moved_on`](crate::model::World::has_moved_on).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<FileId>,
    /// Findings of the plan on files that do not run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<PlannedFinding>,
    /// The files' texts, once each.
    pub texts: Vec<SourceText>,
}

/// Reason why a plan is refused that was made before another one became a batch; whoever planned plans again.
pub const STALE_PLAN: &str = "another batch was begun since this was planned; plan again";

#[cfg(test)]
mod tests {
    use crate::model::testing::{Ledger, submission};
    use crate::model::*;

    #[test]
    fn a_plan_that_does_not_know_the_newest_files_is_refused() {
        let plan = |after| Box::new(Submission { after, ..submission(&[(FileType::Doctrine, 1, &[])]) });
        let mut ledger = Ledger::default();
        let mut ask = |id, after| {
            ledger.give(Input::Commanded(Command {
                id: CommandId(id),
                batch: BatchId::SYSTEM,
                operator: "ana@%".into(),
                verb: Verb::Run,
                reason: None,
                expects: Expectation::default(),
                submission: Some(plan(after)),
            }));
            ledger.events.iter().filter(|e| matches!(e.kind, EventKind::BatchCreated { .. })).count()
        };
        assert_eq!(ask(1, Some(FileId(0))), 1);
        assert_eq!(ask(2, Some(FileId(0))), 1, "the same plan once more would run its files twice");
        assert_eq!(ask(3, Some(FileId(1))), 2);
        let said = ledger.events.iter().find_map(|e| match &e.kind {
            EventKind::CommandRefused { reason, .. } => Some(reason.clone()),
            _ => None,
        });
        assert_eq!(said.as_deref(), Some(STALE_PLAN));
    }
}
