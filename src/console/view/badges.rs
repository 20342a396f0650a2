//! States by word and symbol: never by colour alone.

use super::theme::Role;
use crate::model::{BatchStatus, Effect, File, FileState, Outcome, Phase};

/// A symbol, a word, and the role that they are drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge {
    pub icon: &'static str,
    pub label: &'static str,
    pub role: Role,
}

const fn badge(icon: &'static str, label: &'static str, role: Role) -> Badge {
    Badge { icon, label, role }
}

/// The mark of one of the eight states.
pub fn state(state: FileState) -> Badge {
    match state {
        FileState::Idle => badge("·", "idle", Role::Text),
        FileState::Preparing => badge("»", "preparing", Role::Active),
        FileState::ValidatingPre => badge("≟", "validating_pre", Role::Active),
        FileState::Migrating => badge("▶", "migrating", Role::Active),
        FileState::ValidatingPost => badge("≡", "validating_post", Role::Active),
        FileState::Completing => badge("◆", "completing", Role::Active),
        FileState::RollingBack => badge("↺", "rolling_back", Role::Caution),
        FileState::Failed => badge("✗", "failed", Role::Bad),
    }
}

/// The mark of a file: its state, and for an idle one that has run how that ended.
pub fn file(file: &File) -> Badge {
    match (file.state, file.outcome) {
        (FileState::Idle, Some(Outcome::Completed)) => badge("✓", "completed", Role::Good),
        (FileState::Idle, Some(Outcome::RolledBack)) => badge("↶", "rolled_back", Role::Caution),
        (other, _) => state(other),
    }
}

/// The same as far as it can be known: what was under way when its worker went may not be so any more.
pub fn known(file: &File, orphaned: bool) -> Badge {
    let badge = self::file(file);
    let under_way = !matches!(file.state, FileState::Idle | FileState::Failed);
    if orphaned && under_way { Badge { icon: "?", role: Role::Bad, ..badge } } else { badge }
}

/// The mark of a batch's status.
pub fn batch(status: BatchStatus) -> Badge {
    match status {
        BatchStatus::Pending => badge("○", "PENDING", Role::Text),
        BatchStatus::Running => badge("▶", "RUNNING", Role::Active),
        BatchStatus::Completed => badge("✓", "COMPLETED", Role::Good),
        BatchStatus::Failed => badge("✗", "FAILED", Role::Bad),
        BatchStatus::RolledBack => badge("↶", "ROLLED BACK", Role::Caution),
    }
}

/// Badge of a statement of a file, for the gutter beside its SQL. `orphaned`: the worker that sent it is gone.
pub fn statement(file: &File, index: u32, orphaned: bool) -> Badge {
    if let Some(running) = file.running.as_ref().filter(|r| r.phase == Phase::Forward && r.statement == index) {
        if orphaned {
            return badge("?", "sent, end unknown", Role::Bad);
        }
        let label = if running.blockers.is_empty() { "running" } else { "waits for a lock" };
        return badge("▶", label, Role::Active);
    }
    if file.failure.as_ref().is_some_and(|failure| failure.statement == Some(index)) {
        return badge("✗", "failed", Role::Bad);
    }
    file.records.get(index as usize).map_or(badge("·", "not run", Role::Faint), |r| effect(r.effect))
}

/// Badge of a statement that has ended.
pub fn effect(effect: Effect) -> Badge {
    match effect {
        Effect::Took => badge("✓", "done", Role::Good),
        Effect::None => badge("∅", "no effect", Role::Faint),
        Effect::Undone => badge("↶", "undone", Role::Caution),
        Effect::Unknown => badge("?", "in doubt", Role::Bad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_states_look_the_same_without_colour() {
        let icons: BTreeSet<_> = FileState::ALL.map(|s| state(s).icon).into();
        let labels: BTreeSet<_> = FileState::ALL.map(|s| state(s).label).into();
        assert_eq!((icons.len(), labels.len()), (8, 8));
        for s in FileState::ALL {
            assert_eq!(state(s).label, s.as_str());
        }
    }
}
