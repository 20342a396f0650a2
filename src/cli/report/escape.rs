//! Text from outside as Markdown may hold it: it formats nothing, ends no table, opens no tag and links nowhere, and no
//! terminal obeys it.

use super::super::output::safe;
use crate::model::harmless;

/// Characters that mean something to Markdown or HTML wherever they stand.
const SPECIAL: &str = "\\`*_{}[]<>#|!~&$";

/// Plain text on one line, in a paragraph, a list or a cell of a table.
pub(super) fn text(outside: &str) -> String {
    let line = safe(outside);
    let line = line.trim();
    let mut escaped = String::with_capacity(line.len());
    for (at, c) in line.char_indices() {
        let begins = at == 0 && matches!(c, '-' | '+' | '=');
        let numbers = matches!(c, '.' | ')') && at > 0 && line[..at].bytes().all(|b| b.is_ascii_digit());
        let links = (c == ':' && line[at..].starts_with("://"))
            || (c == '.' && line[..at].to_ascii_lowercase().ends_with("www"));
        if SPECIAL.contains(c) || begins || numbers || links {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A text of several lines as a fenced block, as it stands.
pub(super) fn block(language: &str, outside: &str) -> String {
    let lines: Vec<String> = outside.lines().map(shown).collect();
    let fence = "`".repeat(longest_run(outside).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

/// A line with its tabs, and nothing that a terminal would obey.
fn shown(line: &str) -> String {
    line.chars().map(|c| if c == '\t' { c } else { harmless(c) }).collect()
}

/// Length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A table: the head is ours, the cells are escaped already.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head.to_vec());
    text.push_str(&format!("|{}\n", "---|".repeat(head.len())));
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

/// A section; nothing where it has no content.
pub(super) fn section(title: &str, content: String) -> String {
    if content.is_empty() { content } else { format!("## {title}\n\n{content}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_formats_nothing() {
        let cases = [
            ("a|b", r"a\|b"),
            ("`rm`", r"\`rm\`"),
            ("<script>&amp;", r"\<script\>\&amp;"),
            ("[x](http://evil)", r"\[x\](http\://evil)"),
            ("see www.evil.example", r"see www\.evil.example"),
            ("- item", r"\- item"),
            ("12. item", r"12\. item"),
            ("1.5 s", r"1\.5 s"),
            ("0001_users.sql", r"0001\_users.sql"),
            ("a\n# b", r"a \# b"),
            ("  indented", "indented"),
            ("\x1b[31mred\u{202e}", "␛\\[31mred\u{fffd}"),
        ];
        for (outside, wanted) in cases {
            assert_eq!(text(outside), wanted, "{outside:?}");
        }
    }

    #[test]
    fn a_block_is_not_ended_from_inside() {
        assert_eq!(block("diff", "a\n```\n<b>"), "````diff\na\n```\n<b>\n````\n");
        assert_eq!(block("", "x\x1b[2Jy\tz"), "```\nx␛[2Jy\tz\n```\n");
    }

    #[test]
    fn a_table_has_a_head() {
        let rows = [vec!["1".to_owned(), "2".to_owned()]];
        assert_eq!(table(&["a", "b"], &rows), "| a | b |\n|---|---|\n| 1 | 2 |\n");
    }
}
