//! Settings of the schema that every batch has to keep to: a client can only be stricter.

use super::{DataLoss, Lapse, OnCrash, Policy, Windows};

/// The least that holds; `None`: nothing was said, and the client's word counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Floor {
    /// The windows of class B, C and D, in milliseconds: the longer is the stricter, since there is more time to decide.
    pub windows: [Option<u64>; 3],
    pub on_lapse: Option<Lapse>,
    pub data_loss: Option<DataLoss>,
    pub on_crash: Option<OnCrash>,
    /// In milliseconds: the shorter is the stricter.
    pub max_undo: Option<u64>,
    pub four_eyes: bool,
}

impl Floor {
    /// The same with the defaults where nothing was said.
    pub fn or_defaults(self) -> Floor {
        let Policy { windows, data_loss, after_crash, .. } = Policy::default();
        let or = |said: [Option<u64>; 3], default: [u64; 3]| std::array::from_fn(|n| said[n].or(Some(default[n])));
        Floor {
            windows: or(self.windows, [windows.b, windows.c, windows.d]),
            on_lapse: self.on_lapse.or(Some(windows.on_lapse)),
            data_loss: self.data_loss.or(Some(data_loss)),
            on_crash: self.on_crash.or(Some(after_crash.then)),
            max_undo: self.max_undo.or(Some(after_crash.max_undo)),
            four_eyes: self.four_eyes,
        }
    }
}

/// Rank of strictness: a rollback that nobody wanted is the least, a person who has to look the most.
fn strictness(lapse: Lapse) -> u8 {
    match lapse {
        Lapse::Rollback => 0,
        Lapse::Keep => 1,
        Lapse::Escalate => 2,
    }
}

impl Policy {
    /// Makes it at least as strict as the floor.
    pub fn keep_to(&mut self, floor: &Floor) {
        let Windows { b, c, d, on_lapse } = &mut self.windows;
        for (window, least) in [b, c, d].into_iter().zip(floor.windows) {
            *window = least.map_or(*window, |least| least.max(*window));
        }
        if let Some(least) = floor.on_lapse.filter(|least| strictness(*least) > strictness(*on_lapse)) {
            *on_lapse = least;
        }
        if floor.data_loss == Some(DataLoss::Hold) {
            self.data_loss = DataLoss::Hold;
        }
        if floor.on_crash == Some(OnCrash::Hold) {
            self.after_crash.then = OnCrash::Hold;
        }
        if let Some(most) = floor.max_undo {
            self.after_crash.max_undo = self.after_crash.max_undo.min(most);
        }
        // No client chooses it for itself, in neither direction.
        self.four_eyes = floor.four_eyes;
    }
}

#[cfg(test)]
mod tests {
    use super::super::AfterCrash;
    use super::*;

    fn loose() -> Policy {
        Policy {
            windows: Windows { b: 1, c: 1, d: u64::MAX, on_lapse: Lapse::Rollback },
            data_loss: DataLoss::Proceed,
            after_crash: AfterCrash { then: OnCrash::Rollback, max_undo: u64::MAX },
            ..Policy::default()
        }
    }

    #[test]
    fn a_client_is_never_looser_than_the_settings() {
        let mut policy = loose();
        policy.keep_to(&Floor::default().or_defaults());
        let defaults = Policy::default();
        assert_eq!((policy.windows.b, policy.windows.c), (defaults.windows.b, defaults.windows.c));
        assert_eq!((policy.windows.d, policy.windows.on_lapse), (u64::MAX, Lapse::Keep));
        assert_eq!((policy.data_loss, policy.after_crash), (DataLoss::Hold, defaults.after_crash));
        let mut policy = loose();
        policy.keep_to(&Floor::default());
        assert_eq!(policy, loose(), "nothing was said");
        let floor = Floor { windows: [Some(5), None, None], on_lapse: Some(Lapse::Escalate), ..Floor::default() };
        policy.keep_to(&floor);
        assert_eq!((policy.windows.b, policy.windows.c, policy.windows.on_lapse), (5, 1, Lapse::Escalate));
    }

    #[test]
    fn a_client_may_be_stricter() {
        let strict = Policy {
            windows: Windows { b: u64::MAX, c: u64::MAX, d: u64::MAX, on_lapse: Lapse::Escalate },
            after_crash: AfterCrash { then: OnCrash::Hold, max_undo: 1 },
            ..Policy::default()
        };
        let mut kept = strict.clone();
        kept.keep_to(&Floor { on_lapse: Some(Lapse::Rollback), ..Floor::default().or_defaults() });
        assert_eq!(kept, strict);
    }
}
