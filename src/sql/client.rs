//! Orders to the command-line clients, which stand in files between statements.
//!
//! Sources: `mysql --help` and `find_command()` in the client's `mysql.cc`; the sqlite3 shell's
//! dot commands. None of these words begins a statement of SQL.

use super::keyword::{is, one_of};
use super::{ClientCommand, Dialect};

/// Commands of the `mysql` and `mariadb` clients, that a file can hold and that we cannot run.
const WITH_ARGUMENT: &[&str] = &["SOURCE", "CONNECT", "SYSTEM", "TEE", "PAGER", "PROMPT", "CHARSET"];
/// These take no argument, and count only when nothing else stands on their line.
const ALONE: &[&str] = &[
    "EXIT",
    "QUIT",
    "GO",
    "EGO",
    "NOTEE",
    "NOPAGER",
    "WARNINGS",
    "NOWARNING",
    "REHASH",
    "STATUS",
    "CLEAR",
    "EDIT",
    "PRINT",
];

/// A client command at the beginning of `rest`, which begins a statement: how many bytes it takes
/// and what it says. `delimiter` is the one in force. Looks no further than the command reaches,
/// so that a file on one line stays linear.
pub(super) fn client_command(rest: &str, dialect: Dialect, delimiter: &str) -> Option<(usize, ClientCommand)> {
    if !dialect.is_mysql_family() {
        return dot_command(rest);
    }
    if rest.starts_with("\\.") || rest.starts_with("\\!") {
        return Some(backslash_command(first_line(rest), delimiter));
    }
    let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (word, behind) = rest.split_at(length);
    let separated = behind.is_empty() || behind.starts_with(|c: char| c.is_ascii_whitespace());
    if is(word, "DELIMITER") && separated {
        let line = first_line(rest);
        let text = first_argument(&line[word.len()..]).to_owned();
        return Some((line.len(), ClientCommand::Delimiter(text)));
    }
    let alone = one_of(word, ALONE);
    let with_argument = separated && one_of(word, WITH_ARGUMENT);
    if !(alone || with_argument) {
        return None;
    }
    let command = until(rest, delimiter);
    let ended = rest[command.len()..].starts_with(delimiter);
    let taken = command.len() + if ended { delimiter.len() } else { 0 };
    let written = command.trim_end();
    let argument = written.get(word.len()..)?.trim();
    match (alone, argument) {
        (true, "") => Some((taken, ClientCommand::Other(written.to_owned()))),
        (true, _) | (false, "") => None,
        (false, file) if is(word, "SOURCE") => Some((taken, ClientCommand::Source(file.to_owned()))),
        (false, _) => Some((taken, ClientCommand::Other(written.to_owned()))),
    }
}

/// `\. file`, `\! command`: to the end of the line.
fn backslash_command(line: &str, delimiter: &str) -> (usize, ClientCommand) {
    let command = match line.strip_prefix("\\.") {
        Some(file) => ClientCommand::Source(until(file, delimiter).trim().to_owned()),
        None => ClientCommand::Other(line.trim_end().to_owned()),
    };
    (line.len(), command)
}

/// `.read file`, `.mode csv`: no statement begins with a point.
fn dot_command(rest: &str) -> Option<(usize, ClientCommand)> {
    let command = rest.strip_prefix('.')?;
    if !command.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let line = first_line(rest);
    let command = &line[1..];
    let (word, argument) = command.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((command, ""));
    let meant = if word == "read" {
        ClientCommand::Source(argument.trim().to_owned())
    } else {
        ClientCommand::Other(line.trim_end().to_owned())
    };
    Some((line.len(), meant))
}

fn first_line(rest: &str) -> &str {
    &rest[..rest.find('\n').unwrap_or(rest.len())]
}

/// Cuts the text off before the delimiter or the end of the line.
fn until<'a>(rest: &'a str, delimiter: &str) -> &'a str {
    let mut ends = rest.char_indices().filter(|&(at, c)| c == '\n' || rest[at..].starts_with(delimiter));
    ends.next().map_or(rest, |(at, _)| &rest[..at])
}

/// The first word, out of its quotes if it has some.
fn first_argument(argument: &str) -> &str {
    let argument = argument.trim_start();
    if let Some(quote @ ('\'' | '"' | '`')) = argument.chars().next() {
        let inner = &argument[1..];
        return &inner[..inner.find(quote).unwrap_or(inner.len())];
    }
    let end = argument.find(|c: char| c.is_ascii_whitespace());
    &argument[..end.unwrap_or(argument.len())]
}
