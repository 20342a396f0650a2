//! The one hand that writes into a frame.

use super::styled_line::StyledLine;
use crate::console::safe_text::SafeText;
use crate::console::state::options::Theme;
use crate::console::view::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Writes safe text in a theme's styles.
pub struct Canvas<'a> {
    pub buffer: &'a mut Buffer,
    pub theme: Theme,
}

impl Canvas<'_> {
    /// Writes a line into the row `row` of an area (from 0), cut with an ellipsis; rows outside are left out.
    pub fn line(&mut self, area: Rect, row: u16, words: &StyledLine) {
        self.filled(area, row, words, None);
    }

    /// The same with the rest of the row in a role's style: the row under the cursor, a banner.
    pub fn bar(&mut self, area: Rect, row: u16, words: &StyledLine, role: Role) {
        self.filled(area, row, words, Some(role));
    }

    /// Writes a line from the left, cut where the one at the right end begins, which always has its room.
    pub fn sides(&mut self, area: Rect, row: u16, left: &StyledLine, right: &StyledLine) {
        let taken = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
        let gap = u16::from(taken > 0);
        self.line(Rect { width: area.width.saturating_sub(taken + gap), ..area }, row, left);
        self.line(Rect { x: area.right() - taken, width: taken, ..area }, row, right);
    }

    fn filled(&mut self, area: Rect, row: u16, words: &StyledLine, rest: Option<Role>) {
        let area = area.intersection(self.buffer.area);
        if row >= area.height || area.width == 0 {
            return;
        }
        let (y, mut x, end) = (area.y + row, area.x, area.right());
        let mut left = words.width();
        for (text, role) in words.spans() {
            let room = usize::from(end - x);
            let text = if left > room && text.width() >= room { text.cut_short(room) } else { text.clone() };
            left = left.saturating_sub(text.width());
            x = self.write(x, y, end, &text, *role);
        }
        if let Some(role) = rest {
            let style = self.theme.style(role);
            self.buffer.set_style(Rect { x, y, width: end - x, height: 1 }, style);
        }
    }

    /// Writes grapheme by grapheme; returns the column behind the last.
    fn write(&mut self, mut x: u16, y: u16, end: u16, text: &SafeText, role: Role) -> u16 {
        let style = self.theme.style(role);
        for grapheme in text.as_str().graphemes(true) {
            let width = u16::try_from(grapheme.width()).unwrap_or(u16::MAX);
            if width == 0 {
                continue;
            }
            if width > end.saturating_sub(x) {
                break;
            }
            if let Some(cell) = self.buffer.cell_mut((x, y)) {
                cell.set_symbol(grapheme).set_style(style);
            }
            for behind in x + 1..x + width {
                if let Some(cell) = self.buffer.cell_mut((behind, y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
            x += width;
        }
        x
    }

    /// Writes lines below each other, as many as fit.
    pub fn lines<'w>(&mut self, area: Rect, lines: impl IntoIterator<Item = &'w StyledLine>) {
        for (row, words) in (0..area.height).zip(lines) {
            self.line(area, row, words);
        }
    }

    /// A title and a rule behind it, over the full width of the first row; returns the area below.
    pub fn titled(&mut self, area: Rect, title: StyledLine) -> Rect {
        let rule = usize::from(area.width).saturating_sub(title.width() + 4);
        let words = StyledLine::new().faint("─ ").then(title).faint(" ").faint("─".repeat(rule + 1));
        self.line(area, 0, &words);
        below(area, 1)
    }

    /// Makes an area faint, whatever it was: what it shows is old.
    pub fn dim(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        let faint = self.theme.style(Role::Faint);
        for at in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(at) {
                let reversed = cell.modifier & Modifier::REVERSED;
                cell.set_style(Style::reset().patch(faint).add_modifier(reversed));
            }
        }
    }

    /// A rule over the full width of a row, with a title at its left and words at its right.
    pub fn rule(&mut self, area: Rect, row: u16, title: StyledLine, right: &StyledLine) {
        let line = StyledLine::new().faint("─ ").then(title).text(" ");
        let room = usize::from(area.width).saturating_sub(line.width() + right.width());
        let line = line.faint("─".repeat(room)).then(right.clone());
        self.line(area, row, &line);
    }

    /// Wipes an area: what lies under a dialog.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            // A wide character that reaches into the area from the left would swallow its border.
            if let Some(cell) = area.x.checked_sub(1).and_then(|x| self.buffer.cell_mut((x, y)))
                && cell.symbol().width() > 1
            {
                cell.set_symbol(" ");
            }
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }
}

/// The area without its first rows.
pub fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::options::ThemeName;

    fn drawn(words: &StyledLine, width: u16) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buffer = Buffer::empty(area);
        Canvas { buffer: &mut buffer, theme: Theme { name: ThemeName::Default, colour: true } }.line(area, 0, words);
        buffer.content().iter().map(|c| c.symbol()).collect()
    }

    #[test]
    fn a_line_that_does_not_fit_says_so() {
        let words = StyledLine::from_span(Role::Strong, "abc").text("defgh");
        assert_eq!(drawn(&words, 8), "abcdefgh");
        assert_eq!(drawn(&words, 6), "abcde…");
        assert_eq!(drawn(&words, 3), "ab…");
    }

    #[test]
    fn outside_is_left_alone() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        let mut canvas = Canvas { buffer: &mut buffer, theme: Theme { name: ThemeName::Default, colour: true } };
        canvas.line(Rect::new(2, 5, 40, 9), 3, &StyledLine::new().text("x"));
        canvas.clear(Rect::new(3, 0, 90, 90));
        canvas.line(Rect::new(3, 0, 90, 90), 0, &StyledLine::new().text("漢字"));
    }
}
