//! A line of text in pieces, each with its role.

use crate::console::safe_text::SafeText;
use crate::console::view::theme::Role;

/// The longest word that is a label, where two blanks stand behind it.
const LABEL: usize = 12;

/// Pieces of one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StyledLine(Vec<(SafeText, Role)>);

#[cfg(test)]
thread_local! {
    /// Pieces that this thread has made: the work of a frame, counted.
    pub static PIECES: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

impl StyledLine {
    /// An empty line.
    pub fn new() -> StyledLine {
        StyledLine::default()
    }

    /// A line of one piece.
    pub fn from_span(role: Role, text: impl Into<SafeText>) -> StyledLine {
        StyledLine::new().span(role, text)
    }

    /// The same with a piece more.
    #[must_use]
    pub fn span(mut self, role: Role, text: impl Into<SafeText>) -> StyledLine {
        #[cfg(test)]
        PIECES.set(PIECES.get() + 1);
        self.0.push((text.into(), role));
        self
    }

    /// The same with ordinary text.
    #[must_use]
    pub fn text(self, text: impl Into<SafeText>) -> StyledLine {
        self.span(Role::Text, text)
    }

    /// The same with faint text.
    #[must_use]
    pub fn faint(self, text: impl Into<SafeText>) -> StyledLine {
        self.span(Role::Faint, text)
    }

    /// The same with another line behind it.
    #[must_use]
    pub fn then(mut self, other: StyledLine) -> StyledLine {
        self.0.extend(other.0);
        self
    }

    /// The same with blanks up to a column, at least one.
    #[must_use]
    pub fn fill_to(self, column: usize) -> StyledLine {
        let blanks = column.saturating_sub(self.width()).max(1);
        self.text(" ".repeat(blanks))
    }

    /// The same with another line that ends at a column; behind it, one blank between, where it does not fit.
    #[must_use]
    pub fn ending_at(self, column: usize, other: StyledLine) -> StyledLine {
        if other.width() == 0 {
            return self;
        }
        let begin = column.saturating_sub(other.width());
        self.fill_to(begin).then(other)
    }

    /// The same, cut to so many columns with an ellipsis, or filled up to them with blanks.
    #[must_use]
    pub fn pad(self, columns: usize) -> StyledLine {
        let line = self.cut(columns);
        let blanks = columns.saturating_sub(line.width());
        line.text(" ".repeat(blanks))
    }

    /// The beginning that fits, with an ellipsis where something is missing.
    #[must_use]
    pub fn cut(self, width: usize) -> StyledLine {
        if self.width() <= width {
            return self;
        }
        let mut room = width;
        let mut line = StyledLine::new();
        for (text, role) in self.0 {
            if text.width() >= room {
                // What follows is missing too, so that the ellipsis stands also where this piece would just fit.
                return if room > 0 { line.span(role, text.cut_short(room)) } else { line };
            }
            room -= text.width();
            line.0.push((text, role));
        }
        line
    }

    /// All in one role: the row under the cursor.
    #[must_use]
    pub fn all(mut self, role: Role) -> StyledLine {
        for piece in &mut self.0 {
            piece.1 = role;
        }
        self
    }

    /// Columns that it takes.
    pub fn width(&self) -> usize {
        self.0.iter().map(|(t, _)| t.width()).sum()
    }

    /// The pieces.
    pub fn spans(&self) -> &[(SafeText, Role)] {
        &self.0
    }

    /// The text alone, for copying.
    pub fn to_plain(&self) -> String {
        self.0.iter().map(|(t, _)| t.as_str()).collect()
    }

    /// Without the first columns.
    #[must_use]
    pub fn skip(self, columns: usize) -> StyledLine {
        let mut left = columns;
        let skipped = self.0.into_iter().filter_map(|(text, role)| {
            let width = text.width();
            let here = left.min(width);
            left -= here;
            (here < width).then(|| (text.skip(here), role))
        });
        StyledLine(skipped.collect())
    }

    /// Broken into lines of at most so many columns, after a blank where there is one. What goes on stands below the text
    /// behind a label (`HITS   everybody`), or a little to the right of where an indented line began.
    pub fn wrap(self, width: usize) -> Vec<StyledLine> {
        let width = width.max(1);
        let indent = self.hanging(width);
        let mut lines = vec![StyledLine::new()];
        let (mut whole, mut room) = (width, width);
        for (mut text, role) in self.0 {
            while text.width() > room {
                let head = break_at(&text, room, room == whole);
                text = text.skip(head.width());
                if let Some(line) = lines.last_mut().filter(|_| !head.is_empty()) {
                    line.0.push((head, role));
                }
                lines.push(if indent > 0 { StyledLine::new().text(" ".repeat(indent)) } else { StyledLine::new() });
                whole = width - indent;
                room = whole;
            }
            room -= text.width();
            if let Some(line) = lines.last_mut().filter(|_| !text.is_empty()) {
                line.0.push((text, role));
            }
        }
        lines
    }

    /// Columns by which the rest of a line is indented: those of its label, where two blanks stand behind it; else a few
    /// more than its own.
    fn hanging(&self, width: usize) -> usize {
        let text = SafeText::new(self.to_plain());
        let text = text.as_str();
        let blanks = text.len() - text.trim_start_matches(' ').len();
        let label = text[blanks..].split(' ').next().unwrap_or_default();
        let behind = text[blanks + label.len()..].chars().take_while(|c| *c == ' ').count();
        let indent = match behind {
            2.. if label.len() < LABEL => blanks + SafeText::new(label).width() + behind,
            _ if blanks > 0 => blanks + 2,
            _ => 0,
        };
        indent.min(width / 2)
    }
}

/// The part of a text that goes on a line with so much room: up to its last blank, or nothing where the whole next line
/// serves it better, or as much as fits.
fn break_at(text: &SafeText, room: usize, whole_line: bool) -> SafeText {
    let head = text.head(room);
    match head.as_str().rfind(' ') {
        Some(blank) => SafeText::new(&head.as_str()[..=blank]),
        None if !whole_line => SafeText::default(),
        // A character wider than the line goes on it all the same, or nothing would ever be drawn.
        None if head.is_empty() => text.head(2),
        None => head,
    }
}

/// Joins pieces of different weight with a separator, leaving out the lightest until the line fits. The heaviest
/// always stays.
pub fn fit(mut pieces: Vec<(u8, StyledLine)>, separator: &str, width: usize) -> StyledLine {
    pieces.retain(|(_, words)| words.width() > 0);
    let length = |pieces: &[(u8, StyledLine)]| {
        pieces.iter().map(|(_, w)| w.width()).sum::<usize>()
            + SafeText::new(separator).width() * pieces.len().saturating_sub(1)
    };
    while pieces.len() > 1 && length(&pieces) > width {
        let lightest = pieces.iter().map(|(weight, _)| *weight).min().unwrap_or_default();
        if let Some(place) = pieces.iter().rposition(|(weight, _)| *weight == lightest) {
            pieces.remove(place);
        }
    }
    let mut line = StyledLine::new();
    for (n, (_, words)) in pieces.into_iter().enumerate() {
        if n > 0 {
            line = line.faint(separator);
        }
        line = line.then(words);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lightest_go_first() {
        let pieces = |width| {
            let all = [(9, "PRODUCTION"), (1, "also watching: bob"), (5, "LIVE")];
            fit(all.map(|(w, t)| (w, StyledLine::new().text(t))).into(), " · ", width).to_plain()
        };
        assert_eq!(pieces(80), "PRODUCTION · also watching: bob · LIVE");
        assert_eq!(pieces(30), "PRODUCTION · LIVE");
        assert_eq!(pieces(5), "PRODUCTION");
    }

    #[test]
    fn both_ends_have_their_column() {
        let line = StyledLine::new().text("left").ending_at(12, StyledLine::from_span(Role::Key, "right"));
        assert_eq!(line.to_plain(), "left   right");
        assert_eq!(StyledLine::new().text("left").ending_at(6, line).to_plain(), "left left   right");
        let cut = |n| StyledLine::from_span(Role::Bad, "abc").text("def").pad(n).to_plain();
        assert_eq!([cut(8), cut(6), cut(5), cut(2)], ["abcdef  ", "abcdef", "abcd…", "a…"]);
    }

    #[test]
    fn wrapping_loses_nothing() {
        let line = StyledLine::from_span(Role::Strong, "SELECT ").text("漢字漢字").text(" FROM t");
        let whole = line.to_plain();
        for width in 2..20 {
            let lines = line.clone().wrap(width);
            assert!(lines.iter().all(|l| l.width() <= width), "{width}");
            assert_eq!(lines.iter().map(StyledLine::to_plain).collect::<String>(), whole);
        }
    }

    #[test]
    fn skipping_keeps_roles() {
        let line = StyledLine::from_span(Role::Strong, "abc").span(Role::Bad, "def").skip(4);
        assert_eq!(line.spans(), [(SafeText::new("ef"), Role::Bad)]);
    }
}
