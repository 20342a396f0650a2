//! Comparison of a probe before and after: pure.
//!
//! A probe counts as slower when the median after is more than `max_ratio` times the median before, *and* is beyond the
//! noise of the runs before: above the slowest of them, above their median by more than five times their median absolute
//! deviation, and above it by half a millisecond, below which a client cannot tell. Medians and the absolute deviation
//! are not moved by a few runs that something else disturbed.

use crate::model::{MeasuredProbe, ProbeFailureKind};

/// Median absolute deviations that still count as noise.
const DEVIATIONS: u64 = 5;
/// Microseconds that a client cannot tell apart.
const UNTOLD: u64 = 500;
/// Runs without which nothing is compared.
pub(super) const FEWEST: usize = 3;

/// Result of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Comparison {
    /// Not slower, by this ratio.
    Kept { ratio: f64 },
    /// Slower, by this ratio; `at_least` where it did not end.
    Slower { ratio: f64, at_least: bool },
    /// It ran before, and the server refuses it now.
    Refused(String),
    /// Nothing can be said, and why.
    Untold(String),
}

/// Runs in figures, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) median: u64,
    /// Median of the distances from the median.
    pub(super) deviation: u64,
    pub(super) slowest: u64,
    pub(super) runs: usize,
}

impl Figures {
    /// The figures of runs; `None` for none.
    pub(super) fn of(measured: &MeasuredProbe) -> Option<Figures> {
        let (median, deviation) = (measured.median_us()?, measured.deviation_us()?);
        let slowest = measured.us.iter().copied().max()?;
        Some(Figures { median, deviation, slowest, runs: measured.us.len() })
    }

    /// The time up to which a median is within the noise.
    fn noise(&self) -> u64 {
        self.slowest.max(self.median + DEVIATIONS * self.deviation).max(self.median + UNTOLD)
    }
}

/// Compares a probe after with itself before. `limit` is the time, in microseconds, at which a run is ended.
pub(super) fn compare(before: &MeasuredProbe, after: &MeasuredProbe, limit: u64) -> Comparison {
    let was = match Figures::of(before) {
        _ if let Some(failure) = &before.failed => {
            return Comparison::Untold(format!("it could not be measured before: {}", failure.message));
        }
        Some(was) if was.runs >= FEWEST => was,
        _ => return Comparison::Untold("it was not measured before".to_owned()),
    };
    let ratio = |now: u64| now as f64 / was.median.max(1) as f64;
    let is_slower = |now: u64| ratio(now) > before.probe.max_ratio && now > was.noise();
    match (&after.failed, Figures::of(after)) {
        (Some(failure), _) => match failure.kind {
            ProbeFailureKind::Refused => Comparison::Refused(failure.message.clone()),
            ProbeFailureKind::TooSlow if is_slower(limit) => Comparison::Slower { ratio: ratio(limit), at_least: true },
            _ => Comparison::Untold(format!("it could not be measured after: {}", failure.message)),
        },
        (None, Some(now)) if now.runs >= FEWEST => match is_slower(now.median) {
            true => Comparison::Slower { ratio: ratio(now.median), at_least: false },
            false => Comparison::Kept { ratio: ratio(now.median) },
        },
        (None, _) => Comparison::Untold("it was not measured after".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Probe, ProbeFailure};

    const LIMIT: u64 = 10_000_000;

    fn ran(us: &[u64]) -> MeasuredProbe {
        let probe = Probe { name: "p".into(), sql: "SELECT 1".into(), tables: Vec::new(), max_ratio: 1.5, runs: 7 };
        MeasuredProbe { us: us.to_vec(), ..MeasuredProbe::new(probe) }
    }

    fn failed(kind: ProbeFailureKind) -> MeasuredProbe {
        MeasuredProbe { failed: Some(ProbeFailure { kind, message: "why".into() }), ..ran(&[]) }
    }

    fn is_slower(before: &[u64], after: &[u64]) -> bool {
        matches!(compare(&ran(before), &ran(after), LIMIT), Comparison::Slower { .. })
    }

    #[test]
    fn figures_are_those_of_the_runs() {
        let figures = Figures::of(&ran(&[10, 30, 20, 1000, 40])).unwrap();
        assert_eq!(figures, Figures { median: 30, deviation: 10, slowest: 1000, runs: 5 });
        assert_eq!(Figures::of(&ran(&[10, 20])).unwrap().median, 15);
        assert_eq!(Figures::of(&ran(&[])), None);
    }

    #[test]
    fn slower_needs_the_ratio_and_more_than_the_noise() {
        let quiet = [10_000, 10_100, 9_900, 10_050, 10_000];
        assert!(is_slower(&quiet, &[30_000, 31_000, 29_000]), "three times");
        assert!(!is_slower(&quiet, &[14_000, 14_100, 14_200]), "below the ratio");
        assert!(!is_slower(&quiet, &[10_000, 90_000, 10_000, 10_000, 80_000]), "two disturbed runs");
        let noisy = [10_000, 40_000, 12_000, 35_000, 11_000];
        assert!(!is_slower(&noisy, &[30_000, 31_000, 29_000]), "as slow as it was at times");
        assert!(is_slower(&noisy, &[300_000, 310_000, 290_000]), "beyond the noise");
        assert!(!is_slower(&[100, 110, 105], &[400, 410, 405]), "less than a client can tell");
        assert!(is_slower(&[100, 110, 105], &[40_000, 41_000, 40_500]), "a quick query that is quick no more");
        assert!(!is_slower(&quiet, &[1_000, 1_000, 1_000]), "quicker");
    }

    #[test]
    fn what_does_not_end_is_slower_and_what_is_refused_is_told() {
        let quick = ran(&[100, 110, 105]);
        assert_eq!(
            compare(&quick, &failed(ProbeFailureKind::TooSlow), LIMIT),
            Comparison::Slower { ratio: LIMIT as f64 / 105.0, at_least: true }
        );
        assert_eq!(compare(&quick, &failed(ProbeFailureKind::Refused), LIMIT), Comparison::Refused("why".to_owned()));
        for (before, after) in [
            (quick.clone(), failed(ProbeFailureKind::Other)),
            (failed(ProbeFailureKind::Refused), quick.clone()),
            (quick.clone(), ran(&[1, 2])),
            (ran(&[1, 2]), quick),
        ] {
            assert!(matches!(compare(&before, &after, LIMIT), Comparison::Untold(_)), "{before:?} {after:?}");
        }
    }
}
