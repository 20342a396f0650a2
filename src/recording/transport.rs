//! Orders to a player, and where it stands.

use super::facts::Bookmark;
use crate::model::Millis;
use std::fmt;

/// The speed at which it plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(u8);

impl Default for Speed {
    /// As it was.
    fn default() -> Speed {
        Speed(2)
    }
}

impl Speed {
    const QUARTERS: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
    const NAMES: [&str; 9] = ["0.25x", "0.5x", "1x", "2x", "4x", "8x", "16x", "32x", "64x"];

    /// The speed of that name, with or without its `x`.
    pub fn parse(name: &str) -> Option<Speed> {
        let place = Self::NAMES.iter().position(|known| known.trim_end_matches('x') == name.trim_end_matches('x'))?;
        u8::try_from(place).ok().map(Speed)
    }

    /// All names.
    pub fn names() -> String {
        Self::NAMES.join(", ")
    }

    /// The next one up or down, or the same at the end.
    #[must_use]
    pub fn next(self, faster: bool) -> Speed {
        let last = Self::NAMES.len() as u8 - 1;
        Speed(if faster { (self.0 + 1).min(last) } else { self.0.saturating_sub(1) })
    }

    /// Time that is played in a time of the clock on the wall, in the same unit.
    pub fn played_in(self, elapsed: u64) -> u64 {
        elapsed.saturating_mul(Self::QUARTERS[usize::from(self.0)]) / 4
    }

    /// Time on the wall that it takes to play so much.
    pub fn takes(self, played: u64) -> u64 {
        played.saturating_mul(4) / Self::QUARTERS[usize::from(self.0)]
    }

    /// As a factor.
    pub fn factor(self) -> f64 {
        Self::QUARTERS[usize::from(self.0)] as f64 / 4.0
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[usize::from(self.0)])
    }
}

/// An order to a player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    PlayPause,
    /// The next speed, up or down.
    Speed {
        faster: bool,
    },
    /// One event, and then it stands still.
    Step {
        forward: bool,
    },
    /// The next or the last thing that matters.
    Matter {
        forward: bool,
    },
    /// To the next or the last tenth of the whole.
    Tenth {
        forward: bool,
    },
    /// So many milliseconds of played time, forth or back.
    Skip(i64),
    /// To a recorded moment.
    Seek(Millis),
    /// Puts a note at this moment.
    Mark(String),
    /// On from where a question has stopped it.
    Release,
}

/// Where a player stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Transport {
    /// The recorded moment.
    pub at: Millis,
    /// Time played from the beginning, in milliseconds at 1x.
    pub played: u64,
    pub playing: bool,
    pub speed: Speed,
    /// Recorded milliseconds in each millisecond of the clock on the wall, 0 while it stands still.
    pub rate: f64,
    /// Number of the events that have happened.
    pub event: u64,
    /// The stop at which it waits to be released.
    pub stopped: Option<u64>,
    /// True at the end.
    pub ended: bool,
    pub marks: Vec<Bookmark>,
}

/// The moment of a clock time (`14:32`, `14:32:07`, UTC) between two moments: the first that is not before the beginning.
/// `+90` and `-90` are no clock times.
pub fn moment(clock: &str, begin: Millis, end: Millis) -> Option<Millis> {
    let mut parts = clock.split(':').map(|part| part.parse::<u32>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let day = begin.to_utc().date_naive();
    let time = chrono::NaiveTime::from_hms_opt(hours, minutes, seconds).filter(|_| parts.next().is_none())?;
    let days = (end.since(begin) / 86_400_000 + 1).min(366);
    let at =
        |n| day.checked_add_days(chrono::Days::new(n)).map(|d| Millis(d.and_time(time).and_utc().timestamp_millis()));
    // A minute that has begun before the first event is that minute still.
    let begins = |at: &Millis| at.0 + 59_999 >= begin.0;
    (0..=days).filter_map(at).find(begins).filter(|at| *at <= end)
}
