//! Text that no terminal can be misled by: the only text that is drawn or copied (`docs/design/console.md`).

use crate::model::harmless;
use std::fmt;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Longest text kept, in characters; what is beyond it is cut, and shown to be.
const LONGEST: usize = 4096;
/// Columns of a tab stop.
const TAB: usize = 4;

/// One line of text without control characters, direction marks or invisible characters.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct SafeText(String);

impl SafeText {
    /// Makes any text safe, on one line: line ends become blanks.
    pub fn new(text: impl AsRef<str>) -> SafeText {
        let mut safe = String::with_capacity(text.as_ref().len().min(LONGEST));
        let mut column = 0;
        for (n, c) in text.as_ref().chars().enumerate() {
            if n == LONGEST {
                safe.push('…');
                break;
            }
            match c {
                '\t' => {
                    let blanks = TAB - column % TAB;
                    safe.extend(std::iter::repeat_n(' ', blanks));
                    column += blanks;
                    continue;
                }
                '\n' => safe.push(' '),
                '\r' => continue,
                c => safe.push(harmless(c)),
            }
            column += 1;
        }
        SafeText(safe)
    }

    /// A text of several lines for the clipboard: whole, with its tabs and line ends, and as harmless.
    pub fn for_copy(text: &str) -> String {
        text.chars().map(|c| if matches!(c, '\t' | '\n') { c } else { harmless(c) }).collect()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Columns that it takes.
    pub fn width(&self) -> usize {
        self.0.width()
    }

    /// True if there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The beginning that fits, with an ellipsis where something is missing.
    pub fn cut(&self, width: usize) -> SafeText {
        if self.width() <= width {
            return self.clone();
        }
        let Some(room) = width.checked_sub(1) else { return SafeText::default() };
        let mut cut = self.head(room);
        cut.0.push('…');
        cut
    }

    /// So many columns of the beginning at most, with an ellipsis in any case: more follows that does not fit.
    pub fn cut_short(&self, width: usize) -> SafeText {
        let Some(room) = width.checked_sub(1) else { return SafeText::default() };
        let mut cut = self.head(room);
        cut.0.push('…');
        cut
    }

    /// The end that fits, with an ellipsis before it: for paths, whose end tells them apart.
    pub fn cut_start(&self, width: usize) -> SafeText {
        if self.width() <= width {
            return self.clone();
        }
        let Some(room) = width.checked_sub(1) else { return SafeText::default() };
        let mut kept = Vec::new();
        let mut used = 0;
        for grapheme in self.0.graphemes(true).rev() {
            used += grapheme.width();
            if used > room {
                break;
            }
            kept.push(grapheme);
        }
        let mut cut = String::from("…");
        cut.extend(kept.into_iter().rev());
        SafeText(cut)
    }

    /// As much of the beginning as fits into so many columns.
    pub fn head(&self, width: usize) -> SafeText {
        let mut used = 0;
        let fits = |g: &&str| {
            used += g.width();
            used <= width
        };
        SafeText(self.0.graphemes(true).take_while(fits).collect())
    }

    /// Without the first columns: what a view scrolled to the right shows.
    pub fn skip(&self, columns: usize) -> SafeText {
        let mut passed = 0;
        let hidden = |g: &&str| {
            let before = passed;
            passed += g.width();
            before < columns
        };
        SafeText(self.0.graphemes(true).skip_while(hidden).collect())
    }

    /// Cut or filled with blanks on the right to exactly so many columns.
    pub fn pad(&self, width: usize) -> SafeText {
        let mut padded = self.cut(width);
        padded.0.extend(std::iter::repeat_n(' ', width.saturating_sub(padded.width())));
        padded
    }

    /// Cut or filled with blanks on the left: for numbers.
    pub fn pad_start(&self, width: usize) -> SafeText {
        let cut = self.cut(width);
        SafeText(format!("{}{}", " ".repeat(width.saturating_sub(cut.width())), cut.0))
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for SafeText {
    fn from(text: &str) -> SafeText {
        SafeText::new(text)
    }
}

impl From<String> for SafeText {
    fn from(text: String) -> SafeText {
        SafeText::new(text)
    }
}

impl From<&SafeText> for SafeText {
    fn from(text: &SafeText) -> SafeText {
        text.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_text_is_shown_and_not_obeyed() {
        let cases = [
            ("\x1b[31mred\x07", "␛[31mred␇"),
            ("a\u{202e}txt.exe", "a\u{fffd}txt.exe"),
            ("zero\u{200b}width\u{feff}", "zero\u{fffd}width\u{fffd}"),
            ("a\tb", "a   b"),
            ("one\r\ntwo", "one two"),
            ("\u{9b}2J", "\u{fffd}2J"),
            ("größe 漢字", "größe 漢字"),
            ("a\u{3164}b\u{2800}c\u{fe0f}d\u{e0101}", "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}"),
        ];
        for (raw, shown) in cases {
            assert_eq!(SafeText::new(raw).as_str(), shown);
        }
    }

    #[test]
    fn long_text_is_capped() {
        let long = SafeText::new("x".repeat(1_000_000));
        assert_eq!(long.width(), LONGEST + 1);
        assert!(long.as_str().ends_with('…'));
    }

    #[test]
    fn cutting_counts_columns_and_says_so() {
        let wide = SafeText::new("漢字漢字");
        assert_eq!(wide.cut(5).as_str(), "漢字…");
        assert_eq!(wide.cut(4).as_str(), "漢…");
        assert_eq!(wide.cut(0).as_str(), "");
        assert_eq!(wide.pad(10).width(), 10);
        assert_eq!(SafeText::new("migrations/0001_a.sql").cut_start(11).as_str(), "…0001_a.sql");
        assert_eq!(SafeText::new("12").pad_start(5).as_str(), "   12");
        assert_eq!(SafeText::new("abcdef").skip(2).as_str(), "cdef");
    }

    proptest! {
        #[test]
        fn nothing_that_moves_the_cursor_survives(text in any::<String>(), width in 0usize..40) {
            let safe = SafeText::new(&text);
            prop_assert!(safe.as_str().chars().all(|c| !c.is_control()));
            prop_assert!(safe.cut(width).width() <= width);
            prop_assert!(safe.cut_start(width).width() <= width);
            prop_assert_eq!(safe.pad(width).width(), width);
        }
    }
}
