//! Columns of fixed width, so that nothing moves when 9 becomes 10; the last takes what is left.

use super::canvas::{Canvas, below};
use super::styled_line::StyledLine;
use crate::console::safe_text::SafeText;
use crate::console::state::filter::Filter;
use crate::console::state::views::ListView;
use crate::console::view::theme::Role;
use ratatui::layout::Rect;

/// A column: its head, its width, on which side its text stands.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    head: &'static str,
    width: usize,
    right: bool,
}

/// A column of text.
pub const fn left(head: &'static str, width: usize) -> Column {
    Column { head, width, right: false }
}

/// A column of numbers.
pub const fn right(head: &'static str, width: usize) -> Column {
    Column { head, width, right: true }
}

/// A cell: its text, and the role that it is drawn in.
pub type Cell = (Role, SafeText);

/// The heads over the rows of [`row`]; three columns are left for cursor and sign.
pub fn head(columns: &[Column]) -> StyledLine {
    let cells = columns.iter().map(|column| (Role::Faint, SafeText::new(column.head))).collect();
    StyledLine::new().text("   ").then(cells_of(columns, cells))
}

/// `0 of 10 match /zzz`: what stands at the right end of the heads while a filter is in force.
pub fn matching(shown: usize, all: usize, filter: &Filter) -> StyledLine {
    match filter.is_empty() {
        true => StyledLine::new(),
        false => StyledLine::from_span(Role::Caution, format!("{shown} of {all} match /{}", filter.0)),
    }
}

/// A row: its sign, and a cell for each column.
pub fn row(columns: &[Column], sign: (Role, &str), cells: Vec<Cell>) -> StyledLine {
    StyledLine::from_span(sign.0, sign.1).text(" ").then(cells_of(columns, cells))
}

fn cells_of(columns: &[Column], cells: Vec<Cell>) -> StyledLine {
    let last = columns.len().saturating_sub(1);
    let mut line = StyledLine::new();
    for (n, (column, (role, text))) in columns.iter().zip(cells).enumerate() {
        let text = match column {
            Column { width: 0, .. } => text,
            Column { right: true, width, .. } => text.pad_start(*width),
            Column { width, .. } => text.pad(*width),
        };
        line = line.span(role, text);
        if n < last {
            line = line.text(" ");
        }
    }
    line
}

/// Draws the rows of a list from its first visible one on, with the cursor in the margin; `make` makes the row of a
/// place. `fold` are the signs at the right end, by place.
pub fn list(
    canvas: &mut Canvas<'_>,
    area: Rect,
    view: &ListView,
    count: usize,
    make: impl Fn(usize) -> (StyledLine, &'static str),
) {
    let width = usize::from(area.width);
    for (row, n) in (0..area.height).zip(view.top..count) {
        let (words, end) = make(n);
        let room = width.saturating_sub(1 + if end.is_empty() { 0 } else { 2 });
        let words = words.cut(room);
        let words = if end.is_empty() { words } else { words.fill_to(room + 1).faint(end) };
        if n == view.cursor {
            canvas.bar(area, row, &StyledLine::new().text("›").then(words).all(Role::Selected), Role::Selected);
        } else {
            canvas.line(area, row, &StyledLine::new().text(" ").then(words));
        }
    }
}

/// A rule with a title, and what stands at its right end; returns the area below.
pub fn rule(canvas: &mut Canvas<'_>, area: Rect, title: StyledLine, end: StyledLine) -> Rect {
    let width = usize::from(area.width);
    let end = if end.width() + title.width() + 8 > width { StyledLine::new() } else { end };
    let tail = if end.width() == 0 { 0 } else { end.width() + 3 };
    let title = title.cut(width.saturating_sub(4));
    let rule = width.saturating_sub(title.width() + 3 + tail);
    let mut words = StyledLine::new().faint("─ ").then(title).faint(" ").faint("─".repeat(rule));
    if tail > 0 {
        words = words.text(" ").then(end).faint(" ─");
    }
    canvas.line(area, 0, &words);
    below(area, 1)
}

/// Facts with their labels, each wrapped beside its label.
pub fn facts(
    rows: impl IntoIterator<Item = (&'static str, StyledLine)>,
    label: usize,
    width: usize,
) -> Vec<StyledLine> {
    let mut lines = Vec::new();
    for (name, text) in rows {
        for (n, line) in text.wrap(width.saturating_sub(label + 1).max(1)).into_iter().enumerate() {
            let name = if n == 0 { name } else { "" };
            lines.push(StyledLine::new().text(" ").faint(SafeText::new(name).pad(label)).then(line));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::options::{Theme, ThemeName};
    use ratatui::buffer::Buffer;

    const COLUMNS: [Column; 3] = [left("name", 5), right("n", 3), left("what", 0)];

    fn texts(draw: impl FnOnce(&mut Canvas<'_>, Rect), width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        draw(&mut Canvas { buffer: &mut buffer, theme: Theme { name: ThemeName::Default, colour: true } }, area);
        let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..height).map(line).collect()
    }

    #[test]
    fn numbers_stand_right_and_heads_stand_over_their_columns() {
        assert_eq!(head(&COLUMNS).to_plain(), "   name    n what");
        let cells = ["a name that is long", "12", "rest"].map(|text| (Role::Text, SafeText::new(text)));
        assert_eq!(row(&COLUMNS, (Role::Good, "✓"), cells.into()).to_plain(), "✓ a na…  12 rest");
    }

    #[test]
    fn a_rule_leaves_out_its_end_before_its_title() {
        let draw = |width| {
            let (title, end) = (StyledLine::new().text("Evidence"), StyledLine::new().text("Enter opens it"));
            texts(|canvas, area| assert_eq!(rule(canvas, area, title, end).height, 0), width, 1).concat()
        };
        assert_eq!(draw(34), "─ Evidence ────── Enter opens it ─");
        assert_eq!(draw(20), "─ Evidence ─────────");
    }

    #[test]
    fn the_row_under_the_cursor_has_a_sign_and_a_folded_one_says_so() {
        let view = ListView { cursor: 1, ..ListView::default() };
        let draw = |canvas: &mut Canvas<'_>, area| {
            list(canvas, area, &view, 2, |n| (StyledLine::new().text(format!("row {n} is long")), ["▸", ""][n]));
        };
        assert_eq!(texts(draw, 12, 2), [" row 0 is… ▸", "›row 1 is l…"]);
    }
}
