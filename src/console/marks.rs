//! States by word and symbol: never by colour alone.

use super::theme::Role;
use crate::model::{BatchStatus, Effect, File, FileState, Outcome, Phase};

/// A symbol, a word, and the role that they are drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub sign: &'static str,
    pub word: &'static str,
    pub role: Role,
}

const fn mark(sign: &'static str, word: &'static str, role: Role) -> Mark {
    Mark { sign, word, role }
}

/// The mark of one of the eight states.
pub fn state(state: FileState) -> Mark {
    match state {
        FileState::Idle => mark("·", "idle", Role::Text),
        FileState::Preparing => mark("»", "preparing", Role::Active),
        FileState::ValidatingPre => mark("≟", "validating_pre", Role::Active),
        FileState::Migrating => mark("▶", "migrating", Role::Active),
        FileState::ValidatingPost => mark("≡", "validating_post", Role::Active),
        FileState::Completing => mark("◆", "completing", Role::Active),
        FileState::RollingBack => mark("↺", "rolling_back", Role::Caution),
        FileState::Failed => mark("✗", "failed", Role::Bad),
    }
}

/// The mark of a file: its state, and for an idle one that has run how that ended.
pub fn file(file: &File) -> Mark {
    match (file.state, file.outcome) {
        (FileState::Idle, Some(Outcome::Completed)) => mark("✓", "completed", Role::Good),
        (FileState::Idle, Some(Outcome::RolledBack)) => mark("↶", "rolled_back", Role::Caution),
        (other, _) => state(other),
    }
}

/// The same as far as it can be known: what was under way when its worker went may not be so any more.
pub fn known(file: &File, orphaned: bool) -> Mark {
    let mark = self::file(file);
    let under_way = !matches!(file.state, FileState::Idle | FileState::Failed);
    if orphaned && under_way { Mark { sign: "?", role: Role::Bad, ..mark } } else { mark }
}

/// The mark of a batch's status.
pub fn batch(status: BatchStatus) -> Mark {
    match status {
        BatchStatus::Pending => mark("○", "PENDING", Role::Text),
        BatchStatus::Running => mark("▶", "RUNNING", Role::Active),
        BatchStatus::Completed => mark("✓", "COMPLETED", Role::Good),
        BatchStatus::Failed => mark("✗", "FAILED", Role::Bad),
        BatchStatus::RolledBack => mark("↶", "ROLLED BACK", Role::Caution),
    }
}

/// What became of a statement of a file: the gutter beside its SQL. `orphaned`: the worker that sent it is gone.
pub fn statement(file: &File, index: u32, orphaned: bool) -> Mark {
    if let Some(running) = file.running.as_ref().filter(|r| r.phase == Phase::Forward && r.statement == index) {
        if orphaned {
            return mark("?", "sent, end unknown", Role::Bad);
        }
        let word = if running.blockers.is_empty() { "running" } else { "waits for a lock" };
        return mark("▶", word, Role::Active);
    }
    file.records.get(index as usize).map_or(mark("·", "not run", Role::Faint), |r| effect(r.effect))
}

/// What became of a statement that has ended.
pub fn effect(effect: Effect) -> Mark {
    match effect {
        Effect::Took => mark("✓", "done", Role::Good),
        Effect::None => mark("✗", "failed", Role::Bad),
        Effect::Undone => mark("↶", "undone", Role::Caution),
        Effect::Unknown => mark("?", "in doubt", Role::Bad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_states_look_the_same_without_colour() {
        let signs: BTreeSet<_> = FileState::ALL.map(|s| state(s).sign).into();
        let words: BTreeSet<_> = FileState::ALL.map(|s| state(s).word).into();
        assert_eq!((signs.len(), words.len()), (8, 8));
        for s in FileState::ALL {
            assert_eq!(state(s).word, s.as_str());
        }
    }
}
