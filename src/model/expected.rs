//! Time that a file is expected to take, and how that is known.

use crate::model::{BatchId, Millis};
use serde::{Deserialize, Serialize};

/// Grounds on which a time is expected, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum ExpectedSource {
    /// A rehearsal of the same bytes took so long.
    Rehearsed { at: Millis },
    /// The last run that completed took so long: of the same bytes, or else of the same path.
    LastRun { batch: BatchId },
    /// From the rows of its tables and the kind of its statements.
    Guessed,
}

/// Time that the statements of a file are expected to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Expected {
    /// Milliseconds altogether.
    pub ms: u64,
    #[serde(flatten)]
    pub source: ExpectedSource,
    /// Milliseconds of each statement, in order; empty where only the whole is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<u64>,
}

/// Statements of a file whose times are kept one by one: the journal holds them with every file.
const LISTED: usize = 200;

impl Expected {
    /// The sum of its statements' times.
    pub fn from_statements(source: ExpectedSource, statements: Vec<u64>) -> Expected {
        let ms = statements.iter().fold(0, |sum: u64, ms| sum.saturating_add(*ms));
        let statements = if statements.len() > LISTED { Vec::new() } else { statements };
        Expected { ms, source, statements }
    }

    /// A time of the whole alone.
    pub fn whole(source: ExpectedSource, ms: u64) -> Expected {
        Expected { ms, source, statements: Vec::new() }
    }

    /// Milliseconds of one statement of so many: its own time, or an equal share of the whole.
    pub fn of_statement(&self, statement: u32, of: u32) -> u64 {
        match self.statements.get(statement as usize) {
            Some(ms) => *ms,
            None => self.ms / u64::from(of.max(1)),
        }
    }
}

impl Expected {
    /// The time for people, rounded to what they can plan with: `850 ms`, `12 s`, `4m 18s`, `2h 07m`. The plan, Files and
    /// Graph all say it so; one that is not from a run or a rehearsal has a `~`.
    pub fn words(&self) -> String {
        let guessed = if self.source == ExpectedSource::Guessed { "~" } else { "" };
        let s = (self.ms + 500) / 1_000;
        let minutes = (self.ms + 30_000) / 60_000;
        let time = match (self.ms, s) {
            (0..1_000, _) => format!("{} ms", self.ms),
            (_, 0..60) => format!("{s} s"),
            (_, 60..3_600) => format!("{}m {:02}s", s / 60, s % 60),
            _ => format!("{}h {:02}m", minutes / 60, minutes % 60),
        };
        format!("{guessed}{time}")
    }
}

impl ExpectedSource {
    /// The word behind a time, for people.
    pub fn word(self) -> &'static str {
        match self {
            ExpectedSource::Rehearsed { .. } => "rehearsed",
            ExpectedSource::LastRun { .. } => "as the last run",
            ExpectedSource::Guessed => "guessed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written() {
        let batch = BatchId(7);
        let expected = Expected::from_statements(ExpectedSource::LastRun { batch }, vec![20, 5]);
        let text = serde_json::to_string(&expected).unwrap();
        assert_eq!(text, r#"{"ms":25,"source":"last_run","batch":7,"statements":[20,5]}"#);
        assert_eq!(serde_json::from_str::<Expected>(&text).unwrap(), expected);
        let guessed: Expected = serde_json::from_str(r#"{"ms":90,"source":"guessed"}"#).unwrap();
        assert_eq!(guessed, Expected::whole(ExpectedSource::Guessed, 90));
        assert_eq!([expected.of_statement(0, 2), guessed.of_statement(0, 2)], [20, 45]);
    }

    #[test]
    fn a_time_is_rounded_once_for_everybody() {
        let words = |ms| Expected::whole(ExpectedSource::Rehearsed { at: Millis(0) }, ms).words();
        let told = [400, 1_499, 59_400, 59_600, 258_700, 7_230_000].map(words);
        assert_eq!(told, ["400 ms", "1 s", "59 s", "1m 00s", "4m 19s", "2h 01m"]);
        assert_eq!(Expected::whole(ExpectedSource::Guessed, 2_000).words(), "~2 s");
    }

    #[test]
    fn of_a_long_file_only_the_whole_is_kept() {
        let expected = Expected::from_statements(ExpectedSource::Guessed, vec![2; LISTED + 1]);
        assert_eq!((expected.ms, expected.statements.len()), (402, 0));
        assert_eq!(expected.of_statement(3, 201), 2);
    }
}
