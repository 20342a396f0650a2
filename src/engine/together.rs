//! Statements that are sent together: where several files are under way, one commit serves those whose statements end at
//! about the same time.

use std::time::{Duration, Instant};

/// Time that a statement which is ready waits at the most.
const LONGEST: Duration = Duration::from_millis(10);

/// Patience of what is ready to be sent.
#[derive(Debug, Default)]
pub(crate) struct Together {
    /// Time that the last commit took: what is won if another one is spared.
    took: Duration,
    /// End of the waiting, while something waits.
    until: Option<Instant>,
}

impl Together {
    /// A commit has ended that began then.
    pub(crate) fn committed(&mut self, began: Instant) {
        *self = Together { took: began.elapsed(), until: None };
    }

    /// The end of the waiting, which begins with whoever asks first, where so many statements may end soon: commits come
    /// one after the other, and each of these may spare one.
    pub(crate) fn until(&mut self, ending: usize) -> Instant {
        let spared = u32::try_from(ending).unwrap_or(u32::MAX);
        let patience = self.took.saturating_mul(spared).min(LONGEST);
        *self.until.get_or_insert_with(|| Instant::now() + patience)
    }
}
