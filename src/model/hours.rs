//! A time of every day, such as a maintenance window: `22:00-04:30`, in UTC.

use super::Millis;
use std::str::FromStr;

const DAY: i64 = 24 * 60;

/// From a minute of the day until before another one; past midnight where that comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    from: i64,
    until: i64,
}

impl Hours {
    /// True if a moment is within.
    pub fn contains(self, at: Millis) -> bool {
        let minute = at.0.div_euclid(60_000).rem_euclid(DAY);
        (minute - self.from).rem_euclid(DAY) < (self.until - self.from).rem_euclid(DAY)
    }
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Hours, String> {
        let minute = |part: &str| {
            let (hour, minute) = part.split_once(':').filter(|(h, m)| h.len() <= 2 && m.len() == 2)?;
            let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(i64::from(hour) * 60 + i64::from(minute))
        };
        let both = text.split_once('-').and_then(|(from, until)| Some((minute(from)?, minute(until)?)));
        match both {
            Some((from, until)) if from != until => Ok(Hours { from, until }),
            _ => Err("two times of the day in UTC, as in 22:00-04:30".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64, minute: i64) -> Millis {
        Millis((20_000 * DAY + hour * 60 + minute) * 60_000 + 59_999)
    }

    #[test]
    fn from_a_minute_until_before_another_also_past_midnight() {
        let day: Hours = "02:00-04:30".parse().unwrap();
        let night: Hours = "22:00-4:30".parse().unwrap();
        for (hour, minute, in_day, in_night) in
            [(1, 59, false, true), (2, 0, true, true), (4, 29, true, true), (4, 30, false, false), (22, 0, false, true)]
        {
            assert_eq!(day.contains(at(hour, minute)), in_day, "{hour}:{minute}");
            assert_eq!(night.contains(at(hour, minute)), in_night, "{hour}:{minute}");
        }
    }

    #[test]
    fn what_is_no_time_of_the_day_is_refused() {
        for text in [
            "",
            "02:00",
            "2-4",
            "24:00-01:00",
            "02:60-03:00",
            "02:00-02:00",
            "02:00 - 04:00",
            "02:0-04:00",
            "-1:00-2:00",
        ] {
            assert!(text.parse::<Hours>().is_err(), "{text:?}");
        }
    }
}
