//! Output: results on stdout, messages on stderr, text from outside made harmless.

use super::CliError;
use crate::model::harmless;
use serde::Serialize;
use std::io::{BufWriter, IsTerminal, Write};
use unicode_width::UnicodeWidthStr;

/// Prints a JSON document on stdout, as it is made: a document may be larger than what anybody wants to hold.
pub(crate) fn json(document: &impl Serialize) -> Result<(), CliError> {
    let mut out = Escaping(BufWriter::new(std::io::stdout().lock()));
    serde_json::to_writer_pretty(&mut out, document).map_err(std::io::Error::from)?;
    writeln!(out.0)?;
    Ok(out.flush()?)
}

/// A JSON document as it is printed.
pub(crate) fn json_text(document: &impl Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(document).map_err(std::io::Error::from)?;
    Ok(format!("{}\n", escaped(&text)))
}

/// Writes JSON with everything escaped that a terminal would obey. Its text comes in whole characters.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.write_all(escaped(&String::from_utf8_lossy(text)).as_bytes())?;
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Prints one JSON document on a line of stdout.
pub(crate) fn json_line(document: &impl Serialize) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let text = serde_json::to_string(document).map_err(std::io::Error::from)?;
    writeln!(out, "{}", escaped(&text))?;
    Ok(out.flush()?)
}

/// Prints text on stdout, ending with a line end.
pub(crate) fn text(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    out.write_all(guarded(text, is_colourful(&std::io::stdout())).as_bytes())?;
    if !text.ends_with('\n') {
        writeln!(out)?;
    }
    Ok(out.flush()?)
}

/// The same; nothing at all where there is no text.
pub(crate) fn text_if_any(said: &str) -> Result<(), CliError> {
    if said.is_empty() { Ok(()) } else { text(said) }
}

/// Says something on stderr. That nobody can read it is no reason to stop a migration.
pub(crate) fn say(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{}", guarded(line, is_colourful(&std::io::stderr()))));
}

/// A warning on stderr.
pub(crate) fn warning(message: &str) {
    say(&format!("{} {}", styled("warning:", Style::Caution), safe_lines(message)));
}

/// An error block on stderr.
pub(crate) fn error(error: &CliError) {
    if error.message.is_empty() {
        return;
    }
    say(&format!("{} {}", styled("error:", Style::Wrong), safe_lines(&error.message)));
    for hint in &error.hints {
        say(&format!(" {} {}", styled("hint:", Style::Good), safe_lines(hint)));
    }
}

/// The few colours of plain output, all of the terminal's own sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Good,
    Caution,
    Wrong,
    Faint,
}

/// A word for stderr, coloured on a terminal that wants colour (`NO_COLOR`).
pub(crate) fn styled(word: &str, style: Style) -> String {
    paint(word, style, is_colourful(&std::io::stderr()))
}

/// A word for stdout, coloured likewise.
pub(crate) fn styled_out(word: &str, style: Style) -> String {
    paint(word, style, is_colourful(&std::io::stdout()))
}

fn is_colourful(stream: &impl IsTerminal) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    stream.is_terminal() && !refused && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
}

fn paint(word: &str, style: Style, colour: bool) -> String {
    let code = match style {
        Style::Good => "32",
        Style::Caution => "33",
        Style::Wrong => "31;1",
        Style::Faint => "2",
    };
    if colour { format!("\x1b[{code}m{word}\x1b[0m") } else { word.to_owned() }
}

/// Text from files or the database on one line: control characters, bidi overrides and zero-width characters are shown
/// as what they are, so that no terminal obeys them.
pub(crate) fn safe(text: &str) -> String {
    text.chars().map(on_one_line).collect()
}

/// The same, keeping its lines.
pub(crate) fn safe_lines(text: &str) -> String {
    text.lines().map(safe).collect::<Vec<_>>().join("\n")
}

/// Whitespace stays what it is to the eye: one line.
fn on_one_line(c: char) -> char {
    if matches!(c, '\n' | '\r' | '\t') { ' ' } else { harmless(c) }
}

/// The colours that [`paint`] gives.
const COLOURS: [&str; 5] = ["\x1b[32m", "\x1b[33m", "\x1b[31;1m", "\x1b[2m", "\x1b[0m"];

/// Whatever was put together, as a terminal may be given it: line ends, tabs and our own colours stay.
fn guarded(text: &str, colourful: bool) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let colour = COLOURS.iter().find(|colour| colourful && rest.starts_with(**colour));
        if let Some(colour) = colour {
            safe.push_str(colour);
            rest = &rest[colour.len()..];
            continue;
        }
        safe.push(if matches!(c, '\n' | '\t') { c } else { harmless(c) });
        rest = &rest[c.len_utf8()..];
    }
    safe
}

/// A JSON document with everything escaped that a terminal would obey, or that nobody would see: it means the same.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || harmless(c) == c {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    safe
}

/// Rows as columns of even width: numbers to the right, the rest to the left.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut columns = Columns::new(head);
    columns.fit(rows);
    let head: Vec<String> = head.iter().map(|h| (*h).to_owned()).collect();
    let lines = std::iter::once(columns.line(&head)).chain(rows.iter().map(|row| columns.line(row)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Widths of a table's columns, as far as its rows are known.
pub(crate) struct Columns {
    widths: Vec<usize>,
    right: Vec<bool>,
}

impl Columns {
    /// Columns that are as wide as their heads.
    pub fn new(head: &[&str]) -> Columns {
        Columns { widths: head.iter().map(|head| head.width()).collect(), right: vec![false; head.len()] }
    }

    /// Makes the columns as wide as these rows need.
    pub fn fit(&mut self, rows: &[Vec<String>]) {
        let is_number = |cell: &String| cell.chars().all(|c| c.is_ascii_digit() || "/.% -".contains(c));
        for (i, width) in self.widths.iter_mut().enumerate() {
            let cells = || rows.iter().filter_map(move |row| row.get(i));
            *width = cells().map(|cell| cell.width()).chain([*width]).max().unwrap_or(0);
            self.right[i] = cells().next().is_some() && cells().all(is_number);
        }
    }

    /// A row as a line.
    pub fn line(&self, row: &[String]) -> String {
        let padded = row.iter().enumerate().map(|(i, cell)| {
            let gap = " ".repeat(self.widths[i].saturating_sub(cell.width()));
            if self.right[i] { format!("{gap}{cell}") } else { format!("{cell}{gap}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

/// Milliseconds for people: `12 ms`, `3.4 s`, `2 min 05 s`, `1 h 02 min`.
pub(crate) fn took(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        60_000..3_600_000 => format!("{} min {:02} s", ms / 60_000, ms % 60_000 / 1000),
        _ => format!("{} h {:02} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

/// At most so many characters, the last of them `…` where something is left out.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// `1 file`, `2 files`.
pub(crate) fn count(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// `3.4 MB`, in powers of 1024.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if n < 1024 {
        return count(n, "byte");
    }
    let (mut value, mut unit) = (n as f64 / 1024.0, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_cannot_speak_to_the_terminal() {
        assert_eq!(safe("a\x1b[31mb\u{202e}c\td\n"), "a␛[31mb\u{fffd}c d ");
        assert_eq!(safe_lines("a\nb\x07"), "a\nb␇");
        assert_eq!(guarded("a\x1b[32mb\x1b[0m\x1b[2J\u{9b}2J\n", true), "a\x1b[32mb\x1b[0m␛[2J\u{fffd}2J\n");
        assert_eq!(guarded("\x1b[32mb", false), "␛[32mb");
    }

    #[test]
    fn json_means_the_same_and_cannot_speak_to_the_terminal() {
        let said = "a\x1b\x7f\u{9b}\u{202e}\u{e0101}\u{3164}ä🦌\n";
        let json = serde_json::to_string(said).expect("a string");
        let safe = escaped(&json);
        assert!(safe.chars().all(|c| harmless(c) == c), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).expect("JSON"), said);
        assert!(safe.contains("ä🦌"), "{safe}");
    }

    #[test]
    fn columns_align_and_numbers_stand_right() {
        let rows = vec![vec!["a".into(), "5".into()], vec!["größer".into(), "12".into()]];
        assert_eq!(table(&["name", "n"], &rows), "name     n\na        5\ngrößer  12");
    }

    #[test]
    fn times_are_told_for_people() {
        assert_eq!([took(12), took(3_450), took(125_000)], ["12 ms", "3.4 s", "2 min 05 s"].map(String::from));
    }
}
