//! Bars with an axis. The bars are ratatui's; what is written beside them is safe text.

use super::canvas::Canvas;
use super::styled_line::StyledLine;
use crate::console::safe_text::SafeText;
use crate::console::view::theme::Role;
use ratatui::layout::{Direction, Rect};
use ratatui::widgets::{Bar, BarChart, BarGroup, Sparkline, Widget};

/// Columns before the axis: the scale.
const SCALE: usize = 7;

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartBar {
    pub value: u64,
    /// Text below the axis.
    pub label: SafeText,
    /// Sign below the label.
    pub sign: &'static str,
    pub role: Role,
}

/// Number of bars that fit, with labels of so many columns.
pub fn room(width: u16, label: usize) -> usize {
    usize::from(width).saturating_sub(SCALE + 2) / (label + 1)
}

/// Draws bars beside each other, the scale at the left, labels and signs below. `scale` makes the words of a value.
pub fn vertical(canvas: &mut Canvas<'_>, area: Rect, bars: &[ChartBar], scale: impl Fn(u64) -> String) {
    let label = bars.iter().map(|bar| bar.label.width()).max().unwrap_or(1);
    let (rows, most) = (area.height.saturating_sub(2), bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1));
    if rows == 0 {
        return;
    }
    let axis = |text: String, sign: &str| {
        StyledLine::new().faint(SafeText::new(text).pad_start(SCALE)).faint(format!(" {sign}"))
    };
    // Half of the scale is written where it says anything.
    let half = Some(scale(most / 2)).filter(|half| rows >= 5 && *half != scale(0) && *half != scale(most));
    for row in 0..rows {
        let line = match (row, &half) {
            (0, _) => axis(scale(most), "┤"),
            (row, Some(half)) if row == rows / 2 => axis(half.clone(), "┤"),
            _ => axis(String::new(), "│"),
        };
        canvas.line(area, row, &line);
    }
    let mut names = axis("0".to_owned(), "┼");
    let mut signs = StyledLine::new().text(" ".repeat(SCALE + 2));
    for bar in bars {
        names = names.faint("─".repeat(label + 1 - bar.label.width())).text(&bar.label);
        signs = signs.text(" ".repeat(label)).span(bar.role, if bar.sign.is_empty() { " " } else { bar.sign });
    }
    canvas.line(area, rows, &names.faint("─"));
    canvas.line(area, rows + 1, &signs);
    let left = u16::try_from(SCALE + 2 + label).unwrap_or(u16::MAX).min(area.width);
    let body = Rect { x: area.x + left, width: area.width - left, height: rows, ..area };
    draw(canvas, body, bars, most, Direction::Vertical, u16::try_from(label).unwrap_or(1));
}

fn draw(canvas: &mut Canvas<'_>, area: Rect, bars: &[ChartBar], most: u64, direction: Direction, gap: u16) {
    let area = area.intersection(canvas.buffer.area);
    let theme = canvas.theme;
    let bar = |bar: &ChartBar| Bar::new(bar.value).text_value("").style(theme.style(bar.role));
    let bars: Vec<Bar<'_>> = bars.iter().map(bar).collect();
    let chart = BarChart::default().data(BarGroup::new(bars)).bar_width(1).bar_gap(gap).max(most).direction(direction);
    chart.render(area, canvas.buffer);
}

/// A curve over the whole area, as high as its largest value; a faint point where nobody looked.
pub fn curve(canvas: &mut Canvas<'_>, area: Rect, values: &[Option<u64>]) {
    let area = area.intersection(canvas.buffer.area);
    let theme = canvas.theme;
    let line = Sparkline::default()
        .data(values.iter().copied())
        .style(theme.style(Role::Active))
        .absent_value_style(theme.style(Role::Faint))
        .absent_value_symbol("·");
    // Of what nobody has seen only the lowest row says so.
    line.render(area, canvas.buffer);
    for y in area.y..area.bottom().saturating_sub(1) {
        for x in area.x..area.right() {
            if canvas.buffer[(x, y)].symbol() == "·" {
                canvas.buffer[(x, y)].set_symbol(" ");
            }
        }
    }
}

/// Draws bars below each other, each with its label and its value.
pub fn horizontal(canvas: &mut Canvas<'_>, area: Rect, bars: &[ChartBar]) {
    let label = bars.iter().map(|bar| bar.label.width()).max().unwrap_or(0).min(usize::from(area.width) / 2);
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    for (row, bar) in (0..area.height).zip(bars) {
        let number = SafeText::new(bar.value.to_string()).pad_start(6);
        canvas.line(area, row, &StyledLine::new().text(" ").text(bar.label.pad(label)).text(number));
    }
    let left = u16::try_from(label + 9).unwrap_or(u16::MAX).min(area.width);
    let rows = u16::try_from(bars.len()).unwrap_or(u16::MAX).min(area.height);
    let body = Rect { x: area.x + left, width: (area.width - left).saturating_sub(2), height: rows, ..area };
    draw(canvas, body, &bars[..usize::from(rows)], most, Direction::Horizontal, 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::options::{Theme, ThemeName};
    use ratatui::buffer::Buffer;

    fn drawn(height: u16, make: impl FnOnce(&mut Canvas<'_>, Rect)) -> Vec<String> {
        let area = Rect::new(0, 0, 24, height);
        let mut buffer = Buffer::empty(area);
        make(&mut Canvas { buffer: &mut buffer, theme: Theme { name: ThemeName::Default, colour: true } }, area);
        let line = |y| (0..area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        (0..height).map(line).collect()
    }

    fn bar(value: u64, label: &str, sign: &'static str) -> ChartBar {
        ChartBar { value, label: label.into(), sign, role: Role::Text }
    }

    #[test]
    fn bars_stand_over_their_labels_and_the_highest_reaches_the_scale() {
        let bars = [bar(10, "27", ""), bar(5, "28", "✗"), bar(0, "29", "")];
        let told = drawn(4, |canvas, area| vertical(canvas, area, &bars, |value| format!("{value} m")));
        assert_eq!(told, ["   10 m ┤  █", "        │  █  █", "      0 ┼─27─28─29─", "              ✗"]);
        assert_eq!(room(24, 2), 5);
    }

    #[test]
    fn horizontal_bars_stand_on_one_scale() {
        let bars = [bar(4, "constraint", ""), bar(2, "disk", "")];
        let told = drawn(2, |canvas, area| horizontal(canvas, area, &bars));
        assert_eq!(told, [" constraint     4  ███", " disk           2  █"]);
    }
}
