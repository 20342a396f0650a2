//! Time as it is played: recorded time, with the pauses shortened in which nothing happened.

use crate::model::Millis;

/// A piece of recorded time and how long it takes to play. Milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    from: Millis,
    recorded: u64,
    /// Played before it.
    before: u64,
    played: u64,
}

/// The way between recorded time and played time, in milliseconds from the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    segments: Vec<Segment>,
    begin: Millis,
    end: Millis,
    total: u64,
    max_gap: Option<u64>,
}

impl Timeline {
    /// The time from the first event to the last, in which no pause lasts longer than `max_gap` milliseconds.
    pub fn new(begin: Millis, end: Millis, gaps: &[(Millis, Millis)], max_gap: Option<u64>) -> Timeline {
        let mut line = Timeline { segments: Vec::new(), begin, end, total: 0, max_gap };
        let mut at = begin;
        for (from, to) in gaps {
            if let Some(longest) = max_gap.filter(|longest| to.since(*from) > *longest) {
                line.push(at, *from, from.since(at));
                line.push(*from, *to, longest);
                at = *to;
            }
        }
        line.push(at, end, end.since(at));
        line
    }

    /// The time of a recording.
    pub fn of(recording: &super::open::Recording, max_gap: Option<u64>) -> Timeline {
        let (begin, end) = recording.span();
        Timeline::new(begin, end, recording.gaps(), max_gap)
    }

    fn push(&mut self, from: Millis, to: Millis, played: u64) {
        let recorded = to.since(from);
        if recorded > 0 {
            self.segments.push(Segment { from, recorded, before: self.total, played });
            self.total += played;
        }
    }

    /// Time of the first event.
    pub fn begin(&self) -> Millis {
        self.begin
    }

    /// Time of the last event.
    pub fn end(&self) -> Millis {
        self.end
    }

    /// Length as it is played at 1x, in milliseconds.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The longest pause, in milliseconds, where pauses are shortened.
    pub fn max_gap(&self) -> Option<u64> {
        self.max_gap
    }

    /// Played time at a recorded moment.
    pub fn played_at(&self, at: Millis) -> u64 {
        let after = self.segments.partition_point(|segment| segment.from <= at);
        let Some(segment) = after.checked_sub(1).and_then(|n| self.segments.get(n)) else { return 0 };
        let into = at.since(segment.from).min(segment.recorded);
        segment.before + scaled(into, segment.played, segment.recorded)
    }

    /// The recorded moment at a played time.
    pub fn recorded_at(&self, played: u64) -> Millis {
        let Some(segment) = self.segment(played) else { return self.begin };
        let into = (played - segment.before).min(segment.played);
        segment.from.plus(scaled(into, segment.recorded, segment.played))
    }

    /// Recorded milliseconds for each that is played.
    pub fn rate_at(&self, played: u64) -> f64 {
        self.segment(played).map_or(1.0, |s| s.recorded as f64 / s.played.max(1) as f64)
    }

    fn segment(&self, played: u64) -> Option<&Segment> {
        let after = self.segments.partition_point(|segment| segment.before <= played);
        self.segments.get(after.checked_sub(1)?)
    }
}

fn scaled(value: u64, to: u64, from: u64) -> u64 {
    let product = u128::from(value) * u128::from(to) / u128::from(from.max(1));
    u64::try_from(product).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_shortened_and_the_clock_runs_through_them() {
        let gaps = [(Millis(1_000), Millis(61_000)), (Millis(61_500), Millis(63_000))];
        let line = Timeline::new(Millis(0), Millis(64_000), &gaps, Some(3_000));
        assert_eq!(line.total(), 7_000);
        assert_eq!([0, 1_000, 2_500, 4_000, 7_000].map(|p| line.recorded_at(p).0), [0, 1_000, 31_000, 61_000, 64_000]);
        assert_eq!(
            [0, 1_000, 31_000, 61_000, 64_000].map(|at| line.played_at(Millis(at))),
            [0, 1_000, 2_500, 4_000, 7_000]
        );
        assert_eq!(line.rate_at(2_500), 20.0);
        let plain = Timeline::new(Millis(0), Millis(64_000), &gaps, None);
        assert_eq!((plain.total(), plain.rate_at(5_000)), (64_000, 1.0));
    }

    #[test]
    fn a_recording_of_one_moment_has_no_length() {
        let line = Timeline::new(Millis(5), Millis(5), &[], Some(1));
        assert_eq!((line.total(), line.recorded_at(0), line.played_at(Millis(9))), (0, Millis(5), 0));
    }
}
