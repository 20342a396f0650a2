//! The transition table, once, as data (`docs/design/lifecycle.md`, The eight states). The code, the tests, the console's
//! diagram and the documentation are all derived from it.

use super::state::FileState::{self, *};
use serde::{Deserialize, Serialize};

/// Reason why a file moves: the column "when" of the table, as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The batch has started and the file's turn has come.
    Turn,
    /// Dependencies, checksum, locks and undo plan are in order.
    Prepared,
    /// A dependency, the checksum or the epoch is wrong; nothing was touched.
    NotReady,
    /// Every blocking check passed.
    ChecksPassed,
    /// A blocking check failed; nothing was touched.
    CheckFailed,
    /// The last statement is done.
    StatementsDone,
    /// A statement failed or timed out for good.
    StatementFailed,
    /// An operator aborted.
    Aborted,
    /// A restart found it here.
    Restarted,
    /// A class A finding after the file ran.
    ClassA,
    /// The batch is rolled back as a whole while the file is under way.
    WithBatch,
    /// Another tool has applied it before: it is taken over, and nothing is run.
    Adopted,
    /// Recorded as completed.
    Recorded,
    /// A rollback was approved or ordered.
    RollbackOrdered,
    /// Undone and verified.
    Undone,
    /// The undo failed, does not exist, or the verification differs.
    UndoFailed,
    /// An operator retries.
    Retried,
    /// A person has mended things by hand and says how the file stands.
    Settled,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    pub from: FileState,
    pub to: FileState,
    pub causes: &'static [Cause],
    /// The sentence shown to people.
    pub when: &'static str,
}

/// Every allowed transition. What is not here is refused.
pub const TRANSITIONS: &[Transition] = &[
    row(Idle, Preparing, &[Cause::Turn], "the batch has started and the file's turn has come"),
    row(Preparing, ValidatingPre, &[Cause::Prepared], "dependencies, checksum, locks and undo plan are in order"),
    row(
        Preparing,
        Failed,
        &[Cause::NotReady],
        "a dependency, the checksum or the epoch is wrong; nothing to roll back",
    ),
    row(ValidatingPre, Migrating, &[Cause::ChecksPassed], "every blocking check passed"),
    row(ValidatingPre, Failed, &[Cause::CheckFailed], "a blocking check failed; nothing to roll back"),
    row(Migrating, ValidatingPost, &[Cause::StatementsDone], "the last statement is done"),
    row(
        Migrating,
        RollingBack,
        &[Cause::StatementFailed, Cause::Aborted, Cause::Restarted, Cause::WithBatch],
        "a statement failed, an operator aborted, a restart found it here, or the whole batch is rolled back",
    ),
    row(
        ValidatingPost,
        Completing,
        &[Cause::ChecksPassed],
        "the checks passed; a class B, C or D finding does not stop the file",
    ),
    row(
        ValidatingPost,
        RollingBack,
        &[Cause::ClassA, Cause::Aborted, Cause::WithBatch],
        "a class A finding, or the whole batch is rolled back",
    ),
    row(
        Idle,
        Completing,
        &[Cause::Adopted],
        "another tool has applied it before; it is taken over, and nothing is run",
    ),
    row(Completing, Idle, &[Cause::Recorded], "recorded as completed"),
    row(Idle, RollingBack, &[Cause::RollbackOrdered], "a rollback was approved or ordered"),
    row(RollingBack, Idle, &[Cause::Undone], "undone and verified"),
    row(
        RollingBack,
        Failed,
        &[Cause::UndoFailed],
        "the undo failed, does not exist, or verification differs; a person is needed",
    ),
    row(Failed, RollingBack, &[Cause::RollbackOrdered], "an operator orders the undo again"),
    row(Failed, Idle, &[Cause::Retried, Cause::Settled], "an operator retries, or settles it after mending by hand"),
    row(
        Preparing,
        Idle,
        &[Cause::Restarted, Cause::Aborted, Cause::WithBatch],
        "a restart, an abort or a failure of the batch found it here; nothing was touched",
    ),
    row(
        ValidatingPre,
        Idle,
        &[Cause::Restarted, Cause::Aborted, Cause::WithBatch],
        "a restart, an abort or a failure of the batch found it here; nothing was touched",
    ),
];

const fn row(from: FileState, to: FileState, causes: &'static [Cause], when: &'static str) -> Transition {
    Transition { from, to, causes, when }
}

/// A pair of states that the table does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a file cannot go from {from} to {to}")]
pub struct IllegalTransition {
    pub from: FileState,
    pub to: FileState,
}

/// The table's row for a pair of states.
///
/// # Errors
/// [`IllegalTransition`], naming both, for every pair that is not in [`TRANSITIONS`].
pub fn check_transition(from: FileState, to: FileState) -> Result<&'static Transition, IllegalTransition> {
    TRANSITIONS.iter().find(|t| t.from == from && t.to == to).ok_or(IllegalTransition { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of `docs/design/lifecycle.md`, written out a second time by number, so that neither changes alone.
    const ALLOWED: &[(i64, i64)] = &[
        (1, 2),
        (2, 3),
        (2, 8),
        (3, 4),
        (3, 8),
        (4, 5),
        (4, 7),
        (5, 6),
        (5, 7),
        (6, 1),
        (1, 6),
        (1, 7),
        (7, 1),
        (7, 8),
        (8, 7),
        (8, 1),
        (2, 1),
        (3, 1),
    ];

    #[test]
    fn every_pair_of_states() {
        let mut allowed = 0;
        for from in FileState::ALL {
            for to in FileState::ALL {
                let expected = ALLOWED.contains(&(from.id(), to.id()));
                match check_transition(from, to) {
                    Ok(t) => {
                        assert!(expected, "{from} -> {to} must be refused");
                        assert!(!t.causes.is_empty() && !t.when.is_empty());
                        allowed += 1;
                    }
                    Err(e) => {
                        assert!(!expected, "{from} -> {to} must be allowed");
                        let text = e.to_string();
                        assert!(text.contains(from.as_str()) && text.contains(to.as_str()), "{text}");
                    }
                }
            }
        }
        assert_eq!(allowed, TRANSITIONS.len(), "no pair stands twice");
    }

    #[test]
    fn ids_are_those_of_version_4_0_25() {
        for (n, state) in (1..).zip(FileState::ALL) {
            assert_eq!(state.id(), n);
            assert_eq!(FileState::from_id(n), Some(state));
        }
        assert_eq!(FileState::from_id(9), None);
    }
}
