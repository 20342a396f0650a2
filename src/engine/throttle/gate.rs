//! The gate: it closes at one threshold and opens at a lower one, so that it does not flap between.

use super::settings::{Limit, Pressure, Reading, ThrottleSettings};

/// State of the gate: by which of the two it is closed.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    by_threads: bool,
    by_lag: bool,
}

impl Gate {
    /// Takes in one look. What could not be asked of the server itself leaves things as they are; a replica that does not
    /// say how far it is behind may be far behind.
    pub(crate) fn look(&mut self, settings: &ThrottleSettings, reading: &Reading) -> Pressure {
        let mut why = Vec::new();
        if let Some((limit, running)) = settings.threads_running.zip(reading.threads_running) {
            self.by_threads = running > bar(limit, self.by_threads);
            if self.by_threads {
                let Limit { most, resume } = limit;
                why.push(format!(
                    "{running} statements run on the server, more than throttle.max_threads_running = {most}; it goes on at \
                     {resume}"
                ));
            }
        }
        if let Some(limit) = settings.lag {
            let bar = bar(limit, self.by_lag);
            let behind = reading.lag.iter().filter(|(_, lag)| lag.is_none_or(|lag| lag > bar));
            let said: Vec<String> = behind.map(|(name, lag)| said(name, *lag, limit)).collect();
            self.by_lag = !said.is_empty();
            why.extend(said);
        }
        if why.is_empty() { Pressure::Free } else { Pressure::High(why.join("; ")) }
    }
}

fn bar(limit: Limit, is_closed: bool) -> u64 {
    if is_closed { limit.resume } else { limit.most }
}

fn said(name: &str, lag: Option<u64>, limit: Limit) -> String {
    let seconds = |ms: u64| ms as f64 / 1000.0;
    match lag {
        Some(lag) => format!(
            "the replica {name} is {} s behind, more than throttle.max_lag = {} s; it goes on at {} s",
            seconds(lag),
            seconds(limit.most),
            seconds(limit.resume)
        ),
        None => format!("the replica {name} does not say how far it is behind: see whether it replicates"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ThrottleSettings {
        ThrottleSettings {
            threads_running: Some(Limit { most: 10, resume: 5 }),
            lag: Some(Limit { most: 3000, resume: 1000 }),
            ..ThrottleSettings::default()
        }
    }

    fn closed(gate: &mut Gate, threads: Option<u64>, lag: Option<u64>) -> bool {
        let reading = Reading { threads_running: threads, lag: vec![("db2:3306".to_owned(), lag)] };
        gate.look(&settings(), &reading) != Pressure::Free
    }

    #[test]
    fn it_closes_above_one_threshold_and_opens_at_the_lower_one() {
        let mut gate = Gate::default();
        let looks = [(10, false), (11, true), (9, true), (6, true), (5, false), (9, false), (10, false), (12, true)];
        for (threads, expected) in looks {
            assert_eq!(closed(&mut gate, Some(threads), Some(0)), expected, "{threads}");
        }
        // What is not known changes nothing.
        assert!(!closed(&mut Gate::default(), None, Some(0)));
    }

    #[test]
    fn a_replica_that_says_nothing_holds_it_closed() {
        let mut gate = Gate::default();
        for (lag, expected) in
            [(Some(3000), false), (Some(3001), true), (Some(1001), true), (None, true), (Some(1000), false)]
        {
            assert_eq!(closed(&mut gate, Some(1), lag), expected, "{lag:?}");
        }
        let reading = Reading { threads_running: Some(1), lag: vec![("db2:3306".to_owned(), Some(4000))] };
        let said = "the replica db2:3306 is 4 s behind, more than throttle.max_lag = 3 s; it goes on at 1 s";
        assert_eq!(gate.look(&settings(), &reading), Pressure::High(said.to_owned()));
    }
}
