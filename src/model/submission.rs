//! A plan in the form in which it becomes a batch: handed to the engine, or to another worker as a command.

use super::*;
use serde::{Deserialize, Serialize};

/// The texts of a file, kept by checksum so that undo and console never need the checkout again (`3-rollback`).
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

/// What a planned file depends on.
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
    pub statements: u32,
    pub undo_statements: Option<u32>,
    /// What undoes its statements.
    #[serde(default)]
    pub coverage: UndoCoverage,
    pub requires: Vec<Requirement>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locks: Locks,
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
    /// The newest file that the plan knew of; `None` when the planner did not look. See [`World::has_moved_on`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<FileId>,
    /// The files' texts, once each.
    pub texts: Vec<SourceText>,
}

/// Why a plan is refused that was made before another one became a batch; whoever planned plans again.
pub const STALE_PLAN: &str = "another batch was begun since this was planned; plan again";

impl World {
    /// Whether a plan no longer fits: files were added since it was made, so that some might run twice; something is being
    /// taken back; or the system has gone to a higher epoch. A plan that did not look is taken as it is.
    pub fn has_moved_on(&self, plan: &Submission) -> bool {
        let Some(seen) = plan.after else { return false };
        let is_taken_back = self.batches.values().any(|b| b.compensates.is_some() && !b.status.is_final());
        FileId(self.ids.file) > seen || is_taken_back || plan.epoch_from < self.highest_epoch()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{Ledger, submission};
    use super::*;

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
