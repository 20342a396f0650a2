//! Times as the eight tables keep them, and as the journal does. No clock is read here.

use chrono::{DateTime, Datelike, TimeZone, Timelike, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z, on the database's clock unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// The moment as a calendar time, or the epoch when it is out of chrono's range.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// Milliseconds from `earlier` to `self`, never negative.
    pub fn since(self, earlier: Millis) -> u64 {
        self.0.saturating_sub(earlier.0).max(0).unsigned_abs()
    }

    /// So many milliseconds later.
    pub fn plus(self, ms: u64) -> Millis {
        Millis(self.0.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)))
    }

    /// RFC 3339 in UTC with milliseconds, the form of every JSON document.
    pub fn to_rfc3339(self) -> String {
        self.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    }
}

/// UTC as `YYYYMMDDHHMMSS`; 0 means "not yet" (`docs/design/schema.md`, Journal and projections).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ymdhis(pub i64);

impl From<Millis> for Ymdhis {
    fn from(at: Millis) -> Self {
        let t = at.to_utc();
        let date = i64::from(t.year()) * 10_000 + i64::from(t.month()) * 100 + i64::from(t.day());
        let time = i64::from(t.hour()) * 10_000 + i64::from(t.minute()) * 100 + i64::from(t.second());
        Ymdhis(date * 1_000_000 + time)
    }
}

impl Ymdhis {
    /// The moment, or `None` for "not yet" and for digits that are no date.
    pub fn to_millis(self) -> Option<Millis> {
        let (date, time) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let part = |n: i64| u32::try_from(n).ok();
        Utc.with_ymd_and_hms(
            i32::try_from(date / 10_000).ok()?,
            part(date / 100 % 100)?,
            part(date % 100)?,
            part(time / 10_000)?,
            part(time / 100 % 100)?,
            part(time % 100)?,
        )
        .single()
        .map(|t| Millis(t.timestamp_millis()))
    }
}

impl fmt::Display for Ymdhis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `500ms`, `30s`, `5m`, `2h`, `7d`; a bare number is seconds. `None` when it is none of these, zero, or over a year.
pub fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 6] =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1000)];
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..)?;
    let factor = UNITS.iter().find(|(name, _)| *name == unit)?.1;
    let ms = digits.trim().parse::<u64>().ok()?.checked_mul(factor)?;
    (ms > 0 && ms <= 366 * 24 * 3_600_000).then(|| Duration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let at = Millis(1_768_471_445_000);
        assert_eq!(Ymdhis::from(at), Ymdhis(20_260_115_100_405));
        assert_eq!(Ymdhis::from(at).to_millis(), Some(at));
        assert_eq!(at.to_rfc3339(), "2026-01-15T10:04:05.000Z");
    }

    #[test]
    fn zero_is_not_yet() {
        assert_eq!(Ymdhis(0).to_millis(), None);
    }
}
