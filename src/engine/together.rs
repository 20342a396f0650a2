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

    /// The end of the waiting, which begins with whoever asks first, where so many statements may end soon.
    pub(crate) fn until(&mut self, ending: usize) -> Instant {
        let patience = patience(self.took, ending);
        *self.until.get_or_insert_with(|| Instant::now() + patience)
    }
}

/// Time that is worth waiting: commits come one after the other, and each statement that ends meanwhile may spare one.
fn patience(took: Duration, ending: usize) -> Duration {
    took.saturating_mul(u32::try_from(ending).unwrap_or(u32::MAX)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_for_as_many_commits_as_may_be_spared() {
        let ms = Duration::from_millis;
        assert_eq!([0, 1, 3, 100].map(|ending| patience(ms(2), ending)), [ms(0), ms(2), ms(6), LONGEST]);
    }

    #[test]
    fn the_waiting_begins_with_whoever_asks_first() {
        let mut together = Together { took: Duration::from_millis(2), until: None };
        let until = together.until(3);
        assert_eq!(together.until(1), until);
    }
}
