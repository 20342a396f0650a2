//! The pictures of the README: the real console on the real demo, drawn as SVG with its own colours.
//!
//! `CARIBOU_WRITE_PICTURES=1 cargo test --test it picture` writes `assets/screenshots/`. Otherwise only the first act
//! is looked at, and that its screen can be drawn.

use crate::support::{Shot, Terminal};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use vt100::{Cell, Color};

/// Time that the acts before the last may take.
const ACTS: Duration = Duration::from_secs(180);
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

#[test]
fn the_console_can_be_drawn_as_a_picture() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_caribou"));
    demo.arg("demo").current_dir(std::env::temp_dir());
    let mut terminal = Terminal::start(&demo, 100, 30);
    let shot = terminal.wait("a batch under way", |shot| shot.shows("RUNNING") && shot.shows("statement 1"));
    let svg = svg(&shot);
    assert!(svg.contains(">waiting on:"), "{svg}");
    assert!(svg.contains(ANSI[2]), "something is green: {svg}");
    assert!(!svg.contains('\x1b'), "{svg}");
    if std::env::var_os("CARIBOU_WRITE_PICTURES").is_some() {
        write_pictures(&mut terminal);
    }
    terminal.keys("\x03");
    terminal.wait_text("Leave the console");
    terminal.keys("y");
    assert!(terminal.wait_exit().success());
}

/// The third act, in the middle of its second file.
fn write_pictures(terminal: &mut Terminal) {
    terminal.wait_for("the third act", ACTS, |shot| shot.shows("batch 3") && shot.shows("STEPPING"));
    for done in ["statements 1/8", "statements 2/8", "statements 3/8", "statements 4/8"] {
        terminal.keys("S");
        terminal.wait_text("Enter presses");
        terminal.keys("y");
        terminal.wait("the step", |shot| shot.shows(done) && shot.shows("effective"));
    }
    let board = terminal.wait("rest", |shot| shot.shows("of 3 statements done"));
    terminal.keys("2jB");
    terminal.wait_text("Enter presses");
    terminal.keys("\x1b");
    terminal.wait_gone("y accepts");
    terminal.keys("\r");
    let files = terminal.wait_text("its newest events");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder for the pictures");
    for (name, shot) in [("board.svg", board), ("files.svg", files)] {
        std::fs::write(folder.join(name), svg(&shot)).expect("a picture can be written");
    }
}

/// A stretch of cells in one line that look the same.
#[derive(Default)]
struct Run {
    column: usize,
    width: usize,
    text: String,
    look: Look,
}

#[derive(Default, Clone, PartialEq)]
struct Look {
    ink: String,
    ground: String,
    bold: bool,
    dim: bool,
    underline: bool,
}

fn svg(shot: &Shot) -> String {
    let screen = shot.screen();
    let (rows, columns) = (usize::from(screen.size().0.get()), usize::from(screen.size().1.get()));
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
         {height}\" font-family=\"Menlo, Consolas, DejaVu Sans Mono, monospace\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{GROUND}\"/>\n"
    );
    for row in 0..rows {
        let cells = (0..columns).filter_map(|column| {
            let cell = screen.cell(u16::try_from(row).ok()?, u16::try_from(column).ok()?)?;
            Some((column, cell))
        });
        for run in runs(cells) {
            draw(&mut svg, row, &run);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn runs<'a>(cells: impl Iterator<Item = (usize, &'a Cell)>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (column, cell) in cells.filter(|(_, cell)| !cell.is_wide_continuation()) {
        let look = look(cell);
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let width = if cell.is_wide() { 2 } else { 1 };
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
    let (mut ink, mut ground) = (colour(cell.fgcolor(), TEXT), colour(cell.bgcolor(), GROUND));
    if cell.inverse() {
        std::mem::swap(&mut ink, &mut ground);
    }
    Look { ink, ground, bold: cell.bold(), dim: cell.dim(), underline: cell.underline() }
}

fn colour(colour: Color, own: &str) -> String {
    match colour {
        Color::Default => own.to_owned(),
        Color::Idx(n) if n < 16 => ANSI[usize::from(n)].to_owned(),
        Color::Idx(n) if n >= 232 => format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (n - 232)),
        Color::Idx(n) => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let n = n - 16;
            format!("#{:02x}{:02x}{:02x}", level(n / 36), level(n / 6 % 6), level(n % 6))
        }
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}

fn draw(svg: &mut String, row: usize, run: &Run) {
    let (x, y, width) = (MARGIN + run.column * CELL.0, MARGIN + row * CELL.1, run.width * CELL.0);
    let Look { ink, ground, bold, dim, underline } = &run.look;
    if ground != GROUND {
        writeln!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{ground}\"/>", CELL.1)
            .expect("a string takes it");
    }
    if run.text.trim().is_empty() {
        return;
    }
    let mut style = String::new();
    for (on, words) in
        [(*bold, " font-weight=\"bold\""), (*dim, " opacity=\"0.6\""), (*underline, " text-decoration=\"underline\"")]
    {
        style.push_str(if on { words } else { "" });
    }
    let text = run.text.trim_end().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let base = y + CELL.1 - 4;
    // Every character has its place, so that the columns stand whatever the reader's font is.
    let places: Vec<String> = (0..run.text.trim_end().chars().count()).map(|n| (x + n * CELL.0).to_string()).collect();
    let places = places.join(" ");
    writeln!(svg, "<text x=\"{places}\" y=\"{base}\" fill=\"{ink}\"{style} xml:space=\"preserve\">{text}</text>")
        .expect("a string takes it");
}
