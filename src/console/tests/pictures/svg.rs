//! A frame as SVG, with the colours of a dark terminal.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// A cell's width and height, and the room around the screen, in pixels.
const CELL: (usize, usize) = (8, 17);
const MARGIN: usize = 10;
/// The terminal's own colours.
const TEXT: &str = "#d4d7dd";
const GROUND: &str = "#14171c";
/// The sixteen colours of a terminal.
const ANSI: [&str; 16] = [
    "#2a2e36", "#e06c75", "#8cc265", "#d9a64a", "#5a9fe8", "#c678dd", "#42b3c2", "#c8ccd4", "#6b7280", "#ff7b86",
    "#a5e075", "#f0c05a", "#7ab8ff", "#de8fef", "#5cd0de", "#ffffff",
];

/// Cells of one row that look the same.
#[derive(Default)]
struct Run {
    column: usize,
    width: usize,
    text: String,
    look: Look,
}

#[derive(Default, Clone, PartialEq)]
struct Look {
    ink: &'static str,
    ground: &'static str,
    modifier: Modifier,
}

/// Draws a frame.
pub fn svg(buffer: &Buffer) -> String {
    let (rows, columns) = (usize::from(buffer.area.height), usize::from(buffer.area.width));
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
         {height}\" font-family=\"Menlo, Consolas, DejaVu Sans Mono, monospace\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{GROUND}\"/>\n"
    );
    for y in 0..buffer.area.height {
        for run in runs((0..buffer.area.width).map(|x| &buffer[(x, y)])) {
            draw(&mut svg, usize::from(y), &run);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn runs<'a>(cells: impl Iterator<Item = &'a Cell>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    // Columns that a wide character before them covers.
    let mut covered = 0;
    for (column, cell) in cells.enumerate() {
        if covered > 0 {
            covered -= 1;
            continue;
        }
        let (look, text) = (look(cell), cell.symbol());
        let width = text.width().max(1);
        covered = width - 1;
        // A wide character stands alone: places are counted in characters.
        match runs.last_mut().filter(|run| run.look == look && width == 1 && run.width == run.text.chars().count()) {
            Some(run) => {
                run.text.push_str(text);
                run.width += width;
            }
            None => runs.push(Run { column, width, text: text.to_owned(), look }),
        }
    }
    runs
}

fn look(cell: &Cell) -> Look {
    let (mut ink, mut ground) = (colour(cell.fg, TEXT), colour(cell.bg, GROUND));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut ground);
    }
    Look { ink, ground, modifier: cell.modifier - Modifier::REVERSED }
}

/// A colour of the themes: they have the sixteen and no others.
fn colour(colour: Color, own: &'static str) -> &'static str {
    use Color::*;
    let order = [
        Black,
        Red,
        Green,
        Yellow,
        Blue,
        Magenta,
        Cyan,
        Gray,
        DarkGray,
        LightRed,
        LightGreen,
        LightYellow,
        LightBlue,
        LightMagenta,
        LightCyan,
        White,
    ];
    order.iter().position(|c| *c == colour).map_or(own, |n| ANSI[n])
}

fn draw(svg: &mut String, row: usize, run: &Run) {
    let (x, y, width) = (MARGIN + run.column * CELL.0, MARGIN + row * CELL.1, run.width * CELL.0);
    let Look { ink, ground, modifier } = &run.look;
    if *ground != GROUND {
        writeln!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{ground}\"/>", CELL.1)
            .expect("a string takes it");
    }
    let text = run.text.trim_end();
    if text.is_empty() {
        return;
    }
    let mut style = String::new();
    for (modified, words) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::DIM, " opacity=\"0.6\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        style.push_str(if modifier.contains(modified) { words } else { "" });
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let base = y + CELL.1 - 4;
    // Every character has its place, so that the columns stand whatever the reader's font is.
    let places: Vec<String> = (0..text.chars().count()).map(|n| (x + n * CELL.0).to_string()).collect();
    let places = places.join(" ");
    writeln!(svg, "<text x=\"{places}\" y=\"{base}\" fill=\"{ink}\"{style} xml:space=\"preserve\">{escaped}</text>")
        .expect("a string takes it");
}

#[test]
fn a_frame_keeps_its_text_its_colours_and_its_columns() {
    use ratatui::layout::Rect;
    use ratatui::style::Style;
    let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
    buffer.set_string(0, 0, "a < 漢 b", Style::new().fg(Color::LightRed).add_modifier(Modifier::BOLD));
    buffer.set_string(1, 1, "on", Style::new().fg(Color::Magenta).add_modifier(Modifier::REVERSED));
    let svg = svg(&buffer);
    assert!(svg.contains("<text x=\"10 18 26\" y=\"23\" fill=\"#ff7b86\" font-weight=\"bold\""), "{svg}");
    // What follows a wide character stands two columns further.
    assert!(svg.contains(">a &lt;<") && svg.contains("<text x=\"42\"") && svg.contains("<text x=\"58 66\""), "{svg}");
    assert!(svg.contains("<rect x=\"18\" y=\"27\" width=\"16\" height=\"17\" fill=\"#c678dd\"/>"), "{svg}");
    assert!(svg.contains(&format!("fill=\"{GROUND}\" xml:space")), "{svg}");
}
