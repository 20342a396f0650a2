//! `-- caribou: rows=1..100` before a statement: the number of rows that its author expects it to change.

use super::comments::comments_before;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Number of rows that a statement may change, as the server counts them: of an UPDATE, those that it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowRange {
    /// At least so many.
    pub least: u64,
    /// At most so many; `None` for any number.
    pub most: Option<u64>,
}

/// The values that it may have, for messages.
pub(super) const FORMS: &str = "a number or a range: 0, 12, 1..100, 1.., ..100";

impl RowRange {
    /// True if a statement that changed so many rows did what was expected.
    pub fn holds(self, rows: u64) -> bool {
        rows >= self.least && self.most.is_none_or(|most| rows <= most)
    }
}

impl FromStr for RowRange {
    type Err = ();

    fn from_str(text: &str) -> Result<RowRange, ()> {
        let number = |text: &str| text.replace('_', "").parse::<u64>().map_err(drop);
        let range = match text.split_once("..") {
            None => number(text).map(|n| RowRange { least: n, most: Some(n) })?,
            Some(("", "")) => return Err(()),
            Some((least, most)) => RowRange {
                least: if least.is_empty() { 0 } else { number(least)? },
                most: if most.is_empty() { None } else { Some(number(most)?) },
            },
        };
        if range.most.is_some_and(|most| most < range.least) { Err(()) } else { Ok(range) }
    }
}

impl fmt::Display for RowRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (least, Some(most)) if least == most => write!(f, "{least}"),
            (0, Some(most)) => write!(f, "at most {most}"),
            (least, None) => write!(f, "at least {least}"),
            (least, Some(most)) => write!(f, "{least} to {most}"),
        }
    }
}

/// Reads the expectation in the comments that stand before a statement; the last one counts.
///
/// # Errors
/// The value, where it is none of [`FORMS`].
pub(super) fn expected_rows(before: &str) -> Result<Option<RowRange>, String> {
    let mut found = None;
    for (_, directive) in comments_before(before) {
        for value in directive.split_whitespace().filter_map(|word| word.strip_prefix("rows=")) {
            found = Some(value.parse().map_err(|()| value.to_owned())?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_and_shows() {
        for (text, shown, inside, outside) in [
            ("0", "0", 0, 1),
            ("1_000", "1000", 1000, 999),
            ("1..100", "1 to 100", 100, 101),
            ("3..", "at least 3", u64::MAX, 2),
            ("..7", "at most 7", 0, 8),
        ] {
            let range: RowRange = text.parse().expect(text);
            assert_eq!(range.to_string(), shown);
            assert!(range.holds(inside) && !range.holds(outside), "{text}");
        }
        for text in ["", "..", "9..1", "few", "-1", "1...2"] {
            assert_eq!(text.parse::<RowRange>(), Err(()), "{text}");
        }
    }

    #[test]
    fn it_stands_in_the_comments_before() {
        let range = |text: &str| expected_rows(text).map(|found| found.map(|range| range.to_string()));
        assert_eq!(range("\n-- settles all\n-- caribou: rows=1..5\n"), Ok(Some("1 to 5".to_owned())));
        assert_eq!(range("/* caribou: class=B rows=2 */"), Ok(Some("2".to_owned())));
        assert_eq!(range("-- rows=3\n"), Ok(None));
        assert_eq!(range("-- caribou: rows=some"), Err("some".to_owned()));
    }
}
