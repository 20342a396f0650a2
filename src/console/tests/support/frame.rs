//! A drawn frame, read.

use ratatui::buffer::Buffer;

/// A frame as lines of text without the blanks at their ends.
pub fn text(buffer: &Buffer) -> String {
    let mut lines = Vec::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(unicode_width::UnicodeWidthStr::width(symbol)).unwrap_or(1).max(1);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

/// The style of the first cell of a text on the screen.
pub fn style_of(buffer: &Buffer, wanted: &str) -> ratatui::style::Style {
    for y in 0..buffer.area.height {
        let cells: Vec<&str> = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        for x in 0..cells.len() {
            if cells[x..].concat().starts_with(wanted) {
                return buffer[(x as u16, y)].style();
            }
        }
    }
    panic!("{wanted:?} is not on the screen:\n{}", text(buffer));
}
