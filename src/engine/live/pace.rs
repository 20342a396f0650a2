//! The time that a stage still takes, by the pace that was measured.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Time over which the pace is measured.
const WINDOW: Duration = Duration::from_secs(30);
/// Shorter than this says nothing.
const LEAST: Duration = Duration::from_secs(2);

/// How far a stage was at each of the last looks.
#[derive(Debug, Default)]
pub(super) struct Pace {
    stage: String,
    seen: VecDeque<(Instant, f64)>,
}

impl Pace {
    /// Takes in how far a stage is, from 0 to 1; gives the time that it still takes, where that can be told. Another
    /// stage, and one that went back, begins anew. One that has used up its estimate takes nobody knows how long.
    pub(super) fn take(&mut self, stage: &str, done: f64, now: Instant) -> Option<Duration> {
        if self.stage != stage || self.seen.back().is_some_and(|(_, before)| *before > done) {
            self.seen.clear();
            stage.clone_into(&mut self.stage);
        }
        self.seen.push_back((now, done));
        while self.seen.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW) {
            self.seen.pop_front();
        }
        let (at, before) = *self.seen.front()?;
        let (took, made) = (now.duration_since(at), done - before);
        if took < LEAST || made <= 0.0 || done >= 1.0 {
            return None;
        }
        Duration::try_from_secs_f64(took.as_secs_f64() / made * (1.0 - done)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_pace_of_the_last_half_minute() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let mut at = |second, stage, done| pace.take(stage, done, start + Duration::from_secs(second));
        assert_eq!(at(0, "copy", 0.10), None);
        assert_eq!(at(1, "copy", 0.12), None, "a second says nothing");
        assert_eq!(at(5, "copy", 0.20).map(|left| left.as_secs()), Some(40));
        // It has become slower, and what was before is forgotten.
        assert_eq!(at(35, "copy", 0.23).map(|left| left.as_secs()), Some(770));
        assert_eq!(at(66, "copy", 0.23), None, "it stands still");
        assert_eq!(at(70, "sort", 0.50), None, "another stage");
        assert_eq!(at(75, "sort", 0.40), None, "it went back");
        assert_eq!(at(80, "sort", 1.00), None, "the estimate is used up");
    }
}
