//! Times at which alerts are raised, and rise.

use super::error::ConfigError;
use super::prolonged::Prolonged;
use super::settings::Settings;
use crate::model::AlertPolicy;
use std::time::Duration;

/// The alerts of a batch, as configured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AlertTiming {
    pub prolonged: Prolonged,
    /// No batch is prolonged before.
    pub least: Duration,
    pub rises: Duration,
    pub ack_expires: Duration,
    pub milestones: bool,
}

impl AlertTiming {
    pub(super) fn read(settings: &Settings) -> Result<AlertTiming, ConfigError> {
        let missing = |name: &str| ConfigError::new(format!("{name} has no value that can be read"));
        let time = |name: &str| settings.time(name).ok_or_else(|| missing(name));
        let prolonged = settings.text("alerts.prolonged").and_then(Prolonged::read);
        Ok(AlertTiming {
            prolonged: prolonged.ok_or_else(|| missing("alerts.prolonged"))?,
            least: time("alerts.prolonged_least")?,
            rises: time("alerts.escalate_after")?,
            ack_expires: time("alerts.ack_expires")?,
            milestones: settings.text("alerts.milestones") == Some("true"),
        })
    }

    /// Gives the policy of a batch that is estimated to take so many milliseconds.
    pub fn policy(&self, estimate: Option<u64>) -> AlertPolicy {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let prolonged = match self.prolonged {
            Prolonged::After(time) => ms(time),
            Prolonged::Times(times) => {
                let times = Duration::from_millis(estimate.unwrap_or_default()).mul_f64(times);
                ms(times.max(self.least))
            }
        };
        AlertPolicy { prolonged, rises: ms(self.rises), ack_expires: ms(self.ack_expires), milestones: self.milestones }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_prolonged_after_a_time_or_a_multiple_of_the_estimate() {
        let timing = |prolonged| AlertTiming {
            prolonged,
            least: Duration::from_secs(600),
            rises: Duration::from_secs(1),
            ack_expires: Duration::from_secs(1),
            milestones: false,
        };
        let after = |text: &str, estimate| timing(Prolonged::read(text).unwrap()).policy(estimate).prolonged;
        assert_eq!(after("3x", Some(1_000_000)), 3_000_000);
        assert_eq!(after("3x", Some(1_000)), 600_000, "a short batch has time");
        assert_eq!(after("3x", None), 600_000, "as has one of which nothing is known");
        assert_eq!(after("30s", Some(1_000_000)), 30_000, "what is said outright counts");
        assert_eq!(Prolonged::read("0.9x"), None);
    }
}
