//! What is printed: results on stdout, messages on stderr, text from outside made harmless.

use super::CliError;
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// Prints a JSON document on stdout.
pub(crate) fn json(document: &impl Serialize) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, document).map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}

/// Prints one JSON document on a line of stdout.
pub(crate) fn json_line(document: &impl Serialize) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, document).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Prints text on stdout, ending with a line end.
pub(crate) fn text(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        writeln!(out)?;
    }
    Ok(out.flush()?)
}

/// Says something on stderr. That nobody can read it is no reason to stop a migration.
pub(crate) fn say(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// A warning on stderr.
pub(crate) fn warning(message: &str) {
    say(&format!("{} {}", styled("warning:", Style::Caution), safe(message)));
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
    text.chars().map(harmless).collect()
}

/// The same, keeping its lines.
pub(crate) fn safe_lines(text: &str) -> String {
    text.lines().map(safe).collect::<Vec<_>>().join("\n")
}

fn harmless(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        // The control pictures stand at the same distance.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        c => c,
    }
}

/// Rows as columns of even width: numbers to the right, the rest to the left.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    use unicode_width::UnicodeWidthStr;
    let cells = |i: usize| rows.iter().filter_map(move |r| r.get(i));
    let widths: Vec<usize> =
        (0..head.len()).map(|i| cells(i).map(|c| c.width()).chain([head[i].width()]).max().unwrap_or(0)).collect();
    let right: Vec<bool> = (0..head.len())
        .map(|i| {
            cells(i).next().is_some() && cells(i).all(|c| c.chars().all(|c| c.is_ascii_digit() || "/.% -".contains(c)))
        })
        .collect();
    let line = |row: &[String]| {
        let padded = row.iter().enumerate().map(|(i, cell)| {
            let gap = " ".repeat(widths[i].saturating_sub(cell.width()));
            if right[i] { format!("{gap}{cell}") } else { format!("{cell}{gap}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let head: Vec<String> = head.iter().map(|h| (*h).to_owned()).collect();
    let lines = std::iter::once(line(&head)).chain(rows.iter().map(|r| line(r)));
    lines.collect::<Vec<_>>().join("\n")
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
