//! Times and spans for people.

use crate::model::Millis;
use chrono::Timelike;

/// `12:03:44`, UTC.
pub fn clock(at: Millis) -> String {
    let t = at.to_utc();
    format!("{:02}:{:02}:{:02}", t.hour(), t.minute(), t.second())
}

/// `2026-01-15 10:04:05 UTC`, for what is days away.
pub fn stamp(at: Millis) -> String {
    at.to_utc().format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A clock time, or how long ago it was.
pub fn when(at: Millis, now: Option<Millis>, relative: bool) -> String {
    match now.filter(|_| relative) {
        Some(now) => format!("{:>8}", seconds(now.since(at))),
        None => clock(at),
    }
}

/// `850 ms`, `12 s`, `3m 05s`, `2h 07m`, `3d 04h`.
pub fn span(ms: u64) -> String {
    let s = ms / 1000;
    match s {
        0 => format!("{ms} ms"),
        1..60 => format!("{s} s"),
        60..3600 => format!("{}m {:02}s", s / 60, s % 60),
        3600..86_400 => format!("{}h {:02}m", s / 3600, s / 60 % 60),
        _ => format!("{}d {:02}h", s / 86_400, s / 3600 % 24),
    }
}

/// From one time to another: `18-31 min`, `40-55 s`, `1.5-2.8 h`; one number where they are the same.
pub fn range(low: u64, high: u64) -> String {
    let tenths = |ms: u64| (ms + 180_000) / 360_000;
    let (low, high, unit) = match high {
        0..100_000 => (((low + 500) / 1_000).max(1).to_string(), ((high + 500) / 1_000).max(1).to_string(), "s"),
        100_000..6_000_000 => (((low + 30_000) / 60_000).to_string(), ((high + 30_000) / 60_000).to_string(), "min"),
        _ => {
            let words = |ms| format!("{}.{}", tenths(ms) / 10, tenths(ms) % 10);
            (words(low), words(high), "h")
        }
    };
    if low == high { format!("{low} {unit}") } else { format!("{low}-{high} {unit}") }
}

/// The same where there is little room: `18-31m`.
pub fn short_range(low: u64, high: u64) -> String {
    let range = range(low, high);
    range.split_once(' ').map_or_else(|| range.clone(), |(numbers, unit)| format!("{numbers}{}", &unit[..1]))
}

/// A time that is left, in whole minutes that have begun: `45 s`, `6 min`, `2h 07m`.
pub fn rest(ms: u64) -> String {
    match ms.div_ceil(60_000) {
        0 | 1 => format!("{} s", ms / 1_000),
        minutes @ 2..60 => format!("{minutes} min"),
        minutes => span(minutes * 60_000),
    }
}

/// `1 file`, `2 files`.
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", thousands(u64::try_from(n).unwrap_or(u64::MAX))) }
}

/// `812`, `7.1 k`, `6.8 M`: for what is only known about.
pub fn about(n: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", n / unit, n % unit * 10 / unit);
    match n {
        0..1_000 => n.to_string(),
        1_000..1_000_000 => format!("{} k", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} M", tenths(1_000_000)),
        _ => format!("{} G", tenths(1_000_000_000)),
    }
}

/// `6,803,442`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// The same, without milliseconds: for what is redrawn every second.
pub fn seconds(ms: u64) -> String {
    if ms < 1000 { "0 s".into() } else { span(ms) }
}

/// `14:32` left, or `1:02:03`.
pub fn countdown(ms: u64) -> String {
    let s = ms.div_ceil(1000);
    match s / 3600 {
        0 => format!("{}:{:02}", s / 60, s % 60),
        h => format!("{h}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}

/// A round trip: `0.8 ms`, `12 ms`, `1.2 s`. Rounded, so that it does not flicker.
pub fn round_trip(us: u64) -> String {
    match us {
        0..1_000 => "<1 ms".into(),
        1_000..1_000_000 => format!("{} ms", us / 1000),
        _ => format!("{}.{} s", us / 1_000_000, us / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_for_people() {
        let spans = [0, 850, 12_900, 185_000, 7_620_000, 273_600_000].map(span);
        assert_eq!(spans, ["0 ms", "850 ms", "12 s", "3m 05s", "2h 07m", "3d 04h"]);
        assert_eq!([872_000, 3_723_000, 400].map(countdown), ["14:32", "1:02:03", "0:01"]);
        assert_eq!([300, 12_300, 1_250_000].map(round_trip), ["<1 ms", "12 ms", "1.2 s"]);
        let ranges = [(0, 0), (38_200, 71_000), (1_080_000, 1_860_000), (110_000, 125_000), (5_400_000, 9_900_000)];
        let words = ranges.map(|(low, high)| range(low, high));
        assert_eq!(words, ["1 s", "38-71 s", "18-31 min", "2 min", "1.5-2.8 h"]);
        assert_eq!(clock(Millis(1_768_471_445_000)), "10:04:05");
        assert_eq!([812, 7_140, 6_803_442, 2_000_000_000].map(about), ["812", "7.1 k", "6.8 M", "2.0 G"]);
        assert_eq!([0, 999, 1_000, 6_803_442].map(thousands), ["0", "999", "1,000", "6,803,442"]);
    }
}
