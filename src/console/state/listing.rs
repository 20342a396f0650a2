//! A file's SQL with its lines and statements found.

use crate::console::safe_text::SafeText;
use crate::sql::{Dialect, SegmentKind, split};

/// Longest text that is shown, in bytes; the rest is left out, and said to be.
const LONGEST: usize = 4 << 20;
/// Greatest distance before the visible part at which highlighting begins, in bytes.
const LOOK_BACK: usize = 64 << 10;

/// A statement's place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// Byte where the piece begins, blanks and comments before it included.
    start: usize,
    /// Lines of its first and last token, from 0.
    first: usize,
    last: usize,
}

/// A text with its lines and statements.
#[derive(Debug, Clone)]
pub struct Listing {
    text: String,
    /// Byte where each line begins.
    lines: Vec<usize>,
    statements: Vec<Place>,
    /// Byte where each piece begins, statement or not: where highlighting can start.
    pieces: Vec<usize>,
    /// Obstacle that keeps it from being shown whole or with its statements.
    pub remark: Option<SafeText>,
    dialect: Dialect,
}

impl Listing {
    /// Reads a text.
    pub fn new(text: &str, dialect: Dialect) -> Listing {
        let mut end = text.len().min(LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let cut = end < text.len();
        let shown = &text[..end];
        let mut listing = Listing {
            text: shown.to_owned(),
            lines: std::iter::once(0).chain(shown.match_indices('\n').map(|(i, _)| i + 1)).collect(),
            statements: Vec::new(),
            pieces: Vec::new(),
            remark: cut.then(|| SafeText::new(format!("only the first {} MB are shown", LONGEST >> 20))),
            dialect,
        };
        if shown.ends_with('\n') || shown.is_empty() {
            listing.lines.pop();
        }
        listing.find_statements(text);
        listing
    }

    fn find_statements(&mut self, whole: &str) {
        let pieces = match split(whole, self.dialect) {
            Ok(pieces) => pieces,
            Err(error) => {
                self.remark = Some(SafeText::new(error.to_string()));
                return;
            }
        };
        let mut at = 0;
        for piece in pieces {
            if at >= self.text.len() {
                break;
            }
            self.pieces.push(at);
            if matches!(piece.kind, SegmentKind::Statement(_)) {
                let first = (piece.line as usize).saturating_sub(1);
                let last = self.line_at(at + piece.text.trim_end().len().saturating_sub(1));
                self.statements.push(Place { start: at, first, last: last.max(first) });
            }
            at += piece.text.len();
        }
    }

    fn line_at(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// Number of lines that there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The statement (from 0) that has a part on a line, and whether it begins there.
    pub fn statement_on(&self, line: usize) -> Option<(u32, bool)> {
        let n = self.statements.partition_point(|p| p.first <= line).checked_sub(1)?;
        let place = self.statements[n];
        (line <= place.last).then(|| (u32::try_from(n).unwrap_or(u32::MAX), place.first == line))
    }

    /// The line where a statement begins.
    pub fn first_line(&self, statement: u32) -> Option<usize> {
        self.statements.get(statement as usize).map(|p| p.first)
    }

    /// The lines that a statement has a part on.
    pub fn lines_of(&self, statement: u32) -> Option<std::ops::RangeInclusive<usize>> {
        self.statements.get(statement as usize).map(|p| p.first..=p.last)
    }

    /// The text of a statement, for copying.
    pub fn statement_text(&self, statement: u32) -> Option<&str> {
        let place = self.statements.get(statement as usize)?;
        let from = self.lines.get(place.first).copied().unwrap_or(place.start);
        let to = self.lines.get(place.last + 1).copied().unwrap_or(self.text.len());
        self.text.get(from..to).map(str::trim)
    }

    /// A line as it stands, without its end.
    pub fn raw(&self, line: usize) -> &str {
        let Some(from) = self.lines.get(line) else { return "" };
        let to = self.lines.get(line + 1).copied().unwrap_or(self.text.len());
        self.text[*from..to].trim_end_matches(['\n', '\r'])
    }

    /// A part of the text: the bytes of so many lines from one on, and where reading has to begin for it. `None` behind
    /// the end.
    pub fn part(&self, from: usize, count: usize) -> Option<Part<'_>> {
        let start = self.lines.get(from).copied()?;
        let end = self.lines.get(from + count).copied().unwrap_or(self.text.len());
        let piece = self.pieces.partition_point(|p| *p <= start).checked_sub(1).map_or(0, |n| self.pieces[n]);
        let mut begin = piece.max(start.saturating_sub(LOOK_BACK));
        while !self.text.is_char_boundary(begin) {
            begin += 1;
        }
        let before = self.text[begin..start].matches('\n').count();
        Some(Part { text: &self.text[begin..end], before, count: count.min(self.len() - from) })
    }

    /// The dialect in which it is read.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
}

/// Lines of a listing, with what has to be read before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// From a place where a token begins to the end of the lines.
    pub text: &'a str,
    /// Lines before those that are wanted.
    pub before: usize,
    /// Lines that are wanted.
    pub count: usize,
}
