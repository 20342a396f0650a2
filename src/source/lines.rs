//! The lines of a text, with their numbers, and where statements end in it.

use crate::sql::{Dialect, SegmentKind, split};

/// A line: its number from 1, and its text with what ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub number: usize,
    pub text: &'a str,
}

impl<'a> Line<'a> {
    /// The words of a line that is a comment of `--` from its first sign on.
    pub fn comment(&self) -> Option<&'a str> {
        self.text.strip_prefix("--").map(str::trim)
    }

    /// The line's end alone, which keeps the lines behind it on their numbers.
    pub fn end(&self) -> &'a str {
        &self.text[self.text.trim_end_matches(['\r', '\n']).len()..]
    }

    /// The number for a remark.
    pub fn number(&self) -> u32 {
        u32::try_from(self.number).unwrap_or(u32::MAX)
    }
}

/// The lines of a text.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    (1..).zip(text.split_inclusive('\n')).map(|(number, text)| Line { number, text })
}

/// True if a tool that ends statements where a line does ends one here: the last word before a comment has a semicolon
/// at its end.
pub(super) fn ends_statement(line: &str) -> bool {
    let code = line.split_whitespace().take_while(|word| !word.starts_with("--"));
    code.last().is_some_and(|word| word.ends_with(';'))
}

/// The places where a tool ends a statement and the server's client does not, of the places where the tool does.
pub(super) fn torn(text: &str, ends: &[(usize, u32)], dialect: Dialect) -> Vec<u32> {
    // A text that cannot be split is refused by the plan.
    let segments = split(text, dialect).unwrap_or_default();
    let statements = segments.iter().filter_map(|segment| match segment.kind {
        SegmentKind::Statement(sql) => {
            let at = sql.as_ptr() as usize - text.as_ptr() as usize;
            Some((at, at + sql.len()))
        }
        _ => None,
    });
    let statements: Vec<(usize, usize)> = statements.collect();
    let is_within = |at: usize| {
        let after = statements.partition_point(|(from, _)| *from < at);
        after > 0 && at < statements[after - 1].1
    };
    ends.iter().filter(|(at, _)| is_within(*at)).map(|(_, line)| *line).collect()
}

/// True if there is a statement, or an order to a client, in a text; also in one that cannot be split.
pub(super) fn holds_statement(text: &str, dialect: Dialect) -> bool {
    split(text, dialect).map_or(true, |segments| segments.iter().any(|one| one.kind != SegmentKind::Trivia))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_with_its_line() {
        for line in ["SELECT 1;", "SELECT 1; -- one", "  ;\r\n", "END; --x"] {
            assert!(ends_statement(line), "{line}");
        }
        for line in ["SELECT 1", "-- a;", "SELECT ';' x", "", "SELECT 1; /* one */"] {
            assert!(!ends_statement(line), "{line}");
        }
    }

    #[test]
    fn a_statement_may_be_torn() {
        let text = "SELECT 'a;\nb';\nSELECT 2;\n";
        assert_eq!(torn(text, &[(10, 1), (14, 2), (24, 3)], Dialect::MySql), [1]);
    }
}
