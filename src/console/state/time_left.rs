//! A time that is left: a range, and how it is known.

use crate::console::times;
use crate::model::ExpectedSource;

/// Way in which a time is known, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Known {
    /// By the server's own progress, or as what this batch has taken so far.
    #[default]
    Measured,
    /// By the server's progress in one of several stages: what the others take is not known.
    Stages,
    Rehearsed,
    LastRun,
    Guessed,
}

impl Known {
    pub(super) fn from_source(source: ExpectedSource) -> Known {
        match source {
            ExpectedSource::Rehearsed { .. } => Known::Rehearsed,
            ExpectedSource::LastRun { .. } => Known::LastRun,
            ExpectedSource::Guessed => Known::Guessed,
        }
    }

    /// Percent by which it may be wrong, either way.
    fn spread(self) -> u64 {
        match self {
            Known::Measured | Known::Stages => 10,
            Known::Rehearsed | Known::LastRun => 30,
            Known::Guessed => 70,
        }
    }

    /// The trust in it.
    pub fn trust(self) -> &'static str {
        match self {
            Known::Measured => "good",
            Known::Stages | Known::Rehearsed | Known::LastRun => "fair",
            Known::Guessed => "low",
        }
    }

    /// The word behind a time.
    pub fn word(self) -> &'static str {
        match self {
            Known::Measured => "measured",
            Known::Stages => "measured, with stages to come",
            Known::Rehearsed => "rehearsed",
            Known::LastRun => "as the last run",
            Known::Guessed => "guessed",
        }
    }
}

/// Time that is left, in milliseconds: between `low` and `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Left {
    pub low: u64,
    pub middle: u64,
    pub high: u64,
    /// How the largest part of it is known.
    pub known: Known,
    /// Milliseconds of that part.
    largest: u64,
}

impl Left {
    /// A part that takes so long.
    pub fn part(ms: u64, known: Known) -> Left {
        let spread = ms.saturating_mul(known.spread()) / 100;
        Left { low: ms - spread, middle: ms, high: ms.saturating_add(spread), known, largest: ms }
    }

    /// A part that takes between two times, as the server's progress tells.
    pub(super) fn measured(low: u64, high: u64) -> Left {
        if low == high {
            return Left::part(low, Known::Measured);
        }
        let middle = low.midpoint(high);
        Left { low, middle, high, known: Known::Stages, largest: middle }
    }

    /// The time of one statement, the same on every screen: `6 min` is measured, `7-23 min` has stages to come, `~6 min`
    /// was rehearsed or guessed.
    pub fn words(self) -> String {
        match self.known {
            Known::Measured => times::rest(self.middle),
            Known::Stages => times::range(self.low, self.high),
            _ => format!("~{}", times::rest(self.middle)),
        }
    }

    /// What is left of a part that has gone on for so long; `None` where it takes longer than it may.
    pub(super) fn begun(ms: u64, known: Known, elapsed: u64) -> Option<Left> {
        let whole = Left::part(ms, known);
        let high = whole.high.max(ms.saturating_add(GRACE)).checked_sub(elapsed).filter(|left| *left > 0)?;
        let (low, middle) = (whole.low.saturating_sub(elapsed), ms.saturating_sub(elapsed));
        Some(Left { low, middle, high, known, largest: middle })
    }

    /// This and then that.
    pub fn then(self, next: Left) -> Left {
        let (known, largest) = match next.largest > self.largest {
            true => (next.known, next.largest),
            false => (self.known, self.largest),
        };
        Left {
            low: self.low.saturating_add(next.low),
            middle: self.middle.saturating_add(next.middle),
            high: self.high.saturating_add(next.high),
            known,
            largest,
        }
    }
}

/// Milliseconds by which a short statement may be late before that is worth a word.
const GRACE: u64 = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_as_wide_as_the_time_is_uncertain() {
        let range = |left: Left| (left.low, left.middle, left.high);
        assert_eq!(range(Left::part(1_000, Known::Measured)), (900, 1_000, 1_100));
        assert_eq!(range(Left::part(1_000, Known::LastRun)), (700, 1_000, 1_300));
        let both = Left::part(1_000, Known::Guessed).then(Left::part(2_000, Known::Rehearsed));
        assert_eq!((range(both), both.known.trust()), ((1_700, 3_000, 4_300), "fair"));
        assert_eq!(both.then(Left::part(100, Known::Measured)).known, Known::Rehearsed, "the largest part counts");
    }

    #[test]
    fn a_time_says_how_it_is_known() {
        let words = [
            Left::measured(350_000, 350_000),
            Left::measured(420_000, 1_324_000),
            Left::part(45_000, Known::Rehearsed),
            Left::part(7_620_000, Known::Guessed),
        ];
        assert_eq!(words.map(Left::words), ["6 min", "7-22 min", "~45 s", "~2h 07m"]);
    }

    #[test]
    fn what_has_begun_has_its_rest_and_none_once_it_is_late() {
        let rest = |elapsed| Left::begun(100_000, Known::Rehearsed, elapsed).map(|l| (l.low, l.middle, l.high));
        assert_eq!(rest(60_000), Some((10_000, 40_000, 70_000)));
        assert_eq!(rest(110_000), Some((0, 0, 20_000)));
        assert_eq!(rest(130_000), None);
        assert_eq!(Left::begun(5, Known::Guessed, 1_000).map(|l| l.high), Some(1_005), "a short one may be late");
    }
}
