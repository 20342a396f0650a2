//! How busy the server is, as people see it.

use crate::database::{DbError, LoadCounters, Session, load_counters};
use crate::engine::throttle::Lags;
use crate::model::{Load, Millis};
use std::time::Instant;

/// Looks at the load, and what the one before counted.
#[derive(Debug, Default)]
pub(super) struct LoadMeter {
    before: Option<(Instant, u64)>,
}

impl LoadMeter {
    /// Looks at the counters; `None` where no server is. It fails only when the session is gone.
    pub(super) async fn look(
        &mut self,
        session: &mut dyn Session,
        at: Millis,
        lags: &Lags,
    ) -> Result<Option<Load>, DbError> {
        let counters = load_counters(session).await?;
        Ok(counters.map(|counters| self.load(&counters, (at, Instant::now()), lags)))
    }

    fn load(&mut self, counters: &LoadCounters, (at, now): (Millis, Instant), lags: &Lags) -> Load {
        let before = std::mem::replace(&mut self.before, counters.rows_written.map(|rows| (now, rows)));
        let per_second = before.zip(counters.rows_written).and_then(|((then, before), rows)| {
            let ms = u64::try_from(now.duration_since(then).as_millis()).ok().filter(|ms| *ms > 0)?;
            // A counter that went back began anew.
            Some(rows.checked_sub(before)?.saturating_mul(1000) / ms)
        });
        let (lag, lag_unknown) = slowest(lags);
        Load {
            at,
            threads_running: counters.threads_running,
            connections: counters.connections,
            rows_written_per_s: per_second,
            replica_lag_ms: lag,
            unknown: counters.threads_running.is_none().then(|| "the server does not tell its status".to_owned()),
            lag_unknown,
        }
    }
}

/// The lag of the slowest replica, or why it is not known.
fn slowest(lags: &Lags) -> (Option<u64>, Option<String>) {
    let Some(lags) = lags.as_ref().filter(|lags| !lags.is_empty()) else {
        return (None, Some("no replica is watched: throttle.replicas and throttle.max_lag name none".to_owned()));
    };
    match lags.iter().find(|(_, lag)| lag.is_none()) {
        Some((replica, _)) => (None, Some(format!("the replica {replica} does not say how far it is behind"))),
        None => (lags.iter().filter_map(|(_, lag)| *lag).max(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn rows_written_are_counted_between_two_looks() {
        let (mut meter, start) = (LoadMeter::default(), Instant::now());
        let mut at = |second: u64, rows| {
            let counters = LoadCounters { threads_running: Some(2), connections: Some(9), rows_written: rows };
            meter.load(&counters, (Millis(0), start + Duration::from_secs(second)), &None).rows_written_per_s
        };
        assert_eq!(at(0, Some(1_000)), None);
        assert_eq!(at(5, Some(36_500)), Some(7_100));
        assert_eq!(at(10, Some(10)), None, "the server began anew");
        assert_eq!(at(15, None), None);
    }

    #[test]
    fn the_lag_is_that_of_the_slowest_and_unknown_where_one_does_not_say() {
        let lags =
            |lags: &[(&str, Option<u64>)]| Some(lags.iter().map(|(name, lag)| ((*name).to_owned(), *lag)).collect());
        assert_eq!(slowest(&lags(&[("db2:3306", Some(800)), ("db3:3306", Some(0))])), (Some(800), None));
        let (lag, why) = slowest(&lags(&[("db2:3306", Some(800)), ("db3:3306", None)]));
        assert!(lag.is_none() && why.is_some_and(|why| why.contains("db3:3306")));
        assert!(slowest(&lags(&[])).1.is_some_and(|why| why.contains("throttle.replicas")));
    }
}
