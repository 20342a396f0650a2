//! A file's SQL with its statements found, highlighted as far as it is looked at.

use super::safe_text::SafeText;
use super::theme::Role;
use super::widgets::words::Words;
use crate::sql::{Dialect, PieceKind, split};

/// Longest text that is shown, in bytes; the rest is left out, and said to be.
const LONGEST: usize = 4 << 20;
/// How far before the visible part highlighting begins at most, in bytes.
const LOOK_BACK: usize = 64 << 10;

/// A statement's place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// Byte where the piece begins, blanks and comments before it included.
    start: usize,
    /// Lines of its first and last token, from 0.
    first: usize,
    last: usize,
}

/// A text with its lines and statements.
#[derive(Debug, Clone)]
pub struct Listing {
    text: String,
    /// Byte where each line begins.
    lines: Vec<usize>,
    statements: Vec<Place>,
    /// Byte where each piece begins, statement or not: where highlighting can start.
    pieces: Vec<usize>,
    /// What keeps it from being shown whole or with its statements.
    pub remark: Option<SafeText>,
    dialect: Dialect,
}

impl Listing {
    /// Reads a text.
    pub fn new(text: &str, dialect: Dialect) -> Listing {
        let mut end = text.len().min(LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let cut = end < text.len();
        let shown = &text[..end];
        let mut listing = Listing {
            text: shown.to_owned(),
            lines: std::iter::once(0).chain(shown.match_indices('\n').map(|(i, _)| i + 1)).collect(),
            statements: Vec::new(),
            pieces: Vec::new(),
            remark: cut.then(|| SafeText::of(format!("only the first {} MB are shown", LONGEST >> 20))),
            dialect,
        };
        if shown.ends_with('\n') || shown.is_empty() {
            listing.lines.pop();
        }
        listing.find_statements(text);
        listing
    }

    fn find_statements(&mut self, whole: &str) {
        let pieces = match split(whole, self.dialect) {
            Ok(pieces) => pieces,
            Err(error) => {
                self.remark = Some(SafeText::of(error.to_string()));
                return;
            }
        };
        let mut at = 0;
        for piece in pieces {
            if at >= self.text.len() {
                break;
            }
            self.pieces.push(at);
            if matches!(piece.kind, PieceKind::Statement(_)) {
                let first = (piece.line as usize).saturating_sub(1);
                let last = self.line_at(at + piece.text.trim_end().len().saturating_sub(1));
                self.statements.push(Place { start: at, first, last: last.max(first) });
            }
            at += piece.text.len();
        }
    }

    fn line_at(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The statement (from 0) that has a part on a line, and whether it begins there.
    pub fn statement_on(&self, line: usize) -> Option<(u32, bool)> {
        let n = self.statements.partition_point(|p| p.first <= line).checked_sub(1)?;
        let place = self.statements[n];
        (line <= place.last).then(|| (u32::try_from(n).unwrap_or(u32::MAX), place.first == line))
    }

    /// The line where a statement begins.
    pub fn first_line(&self, statement: u32) -> Option<usize> {
        self.statements.get(statement as usize).map(|p| p.first)
    }

    /// The text of a statement, for copying.
    pub fn statement_text(&self, statement: u32) -> Option<&str> {
        let place = self.statements.get(statement as usize)?;
        let from = self.lines.get(place.first).copied().unwrap_or(place.start);
        let to = self.lines.get(place.last + 1).copied().unwrap_or(self.text.len());
        self.text.get(from..to).map(str::trim)
    }

    /// A line as it stands, without its end.
    pub fn raw(&self, line: usize) -> &str {
        let Some(from) = self.lines.get(line) else { return "" };
        let to = self.lines.get(line + 1).copied().unwrap_or(self.text.len());
        self.text[*from..to].trim_end_matches(['\n', '\r'])
    }

    /// So many lines from one on, highlighted.
    pub fn highlighted(&self, from: usize, count: usize) -> Vec<Words> {
        let Some(start) = self.lines.get(from).copied() else { return Vec::new() };
        let end = self.lines.get(from + count).copied().unwrap_or(self.text.len());
        let piece = self.pieces.partition_point(|p| *p <= start).checked_sub(1).map_or(0, |n| self.pieces[n]);
        let mut begin = piece.max(start.saturating_sub(LOOK_BACK));
        while !self.text.is_char_boundary(begin) {
            begin += 1;
        }
        let mut lines = vec![Words::new()];
        for (token, role) in Tokens::new(&self.text[begin..end], self.dialect) {
            for (n, part) in token.split('\n').enumerate() {
                if n > 0 {
                    lines.push(Words::new());
                }
                if let Some(line) = lines.last_mut().filter(|_| !part.is_empty()) {
                    *line = std::mem::take(line).say(role, part);
                }
            }
        }
        let before = self.text[begin..start].matches('\n').count();
        lines.into_iter().skip(before).take(count.min(self.len() - from)).collect()
    }
}

/// The tokens of a text, as far as colours need them.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str, dialect: Dialect) -> Tokens<'a> {
        Tokens { text, at: 0, dialect }
    }

    /// Bytes of the token that begins the rest, and its role.
    fn measure(&self, rest: &str) -> (usize, Role) {
        let first = rest.chars().next().unwrap_or(' ');
        let mysql = self.dialect.is_mysql_family();
        let to_line_end = || rest.find('\n').unwrap_or(rest.len());
        match first {
            '-' if rest.starts_with("--") => (to_line_end(), Role::Comment),
            '#' if mysql => (to_line_end(), Role::Comment),
            '/' if rest.starts_with("/*") => (rest[2..].find("*/").map_or(rest.len(), |i| i + 4), Role::Comment),
            '\'' => (quoted(rest, '\'', mysql), Role::Literal),
            '"' => (quoted(rest, '"', mysql), if mysql { Role::Literal } else { Role::Text }),
            '`' => (quoted(rest, '`', false), Role::Text),
            c if c.is_ascii_digit() => (run(rest, |c| c.is_ascii_alphanumeric() || c == '.'), Role::Literal),
            c if is_word(c) => {
                let length = run(rest, |c| is_word(c) || c.is_ascii_digit() || c == '$');
                (length, if is_keyword(&rest[..length]) { Role::Keyword } else { Role::Text })
            }
            '\n' => (1, Role::Text),
            c if c.is_whitespace() => (run(rest, |c| c.is_whitespace() && c != '\n'), Role::Text),
            c => (c.len_utf8(), Role::Text),
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (&'a str, Role);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|r| !r.is_empty())?;
        let (length, role) = self.measure(rest);
        self.at += length.max(1);
        Some((&rest[..length], role))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '@'
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// Bytes up to and with the closing quote.
fn quoted(text: &str, quote: char, backslashes: bool) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if backslashes => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_keyword(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    KEYWORDS.binary_search(&upper.as_str()).is_ok()
}

/// In alphabetical order.
const KEYWORDS: &[&str] = &[
    "ADD",
    "AFTER",
    "ALGORITHM",
    "ALL",
    "ALTER",
    "ANALYZE",
    "AND",
    "AS",
    "ASC",
    "AUTO_INCREMENT",
    "BEGIN",
    "BETWEEN",
    "BIGINT",
    "BINARY",
    "BLOB",
    "BOOLEAN",
    "BY",
    "CALL",
    "CASCADE",
    "CASE",
    "CHANGE",
    "CHAR",
    "CHARACTER",
    "CHARSET",
    "CHECK",
    "COLLATE",
    "COLUMN",
    "COMMENT",
    "COMMIT",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "DATABASE",
    "DATE",
    "DATETIME",
    "DECIMAL",
    "DECLARE",
    "DEFAULT",
    "DELETE",
    "DELIMITER",
    "DESC",
    "DISTINCT",
    "DO",
    "DOUBLE",
    "DROP",
    "DUPLICATE",
    "EACH",
    "ELSE",
    "END",
    "ENGINE",
    "ENUM",
    "EXISTS",
    "FALSE",
    "FIRST",
    "FLOAT",
    "FOR",
    "FOREIGN",
    "FROM",
    "FULLTEXT",
    "FUNCTION",
    "GRANT",
    "GROUP",
    "HAVING",
    "IF",
    "IGNORE",
    "IN",
    "INDEX",
    "INNER",
    "INSERT",
    "INT",
    "INTEGER",
    "INTO",
    "IS",
    "JOIN",
    "JSON",
    "KEY",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LOCK",
    "LOOP",
    "MEDIUMTEXT",
    "MODIFY",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "PARTITION",
    "PRIMARY",
    "PROCEDURE",
    "REFERENCES",
    "RENAME",
    "REPLACE",
    "RETURN",
    "RIGHT",
    "ROLLBACK",
    "ROW",
    "SELECT",
    "SET",
    "SMALLINT",
    "START",
    "TABLE",
    "TEMPORARY",
    "TEXT",
    "THEN",
    "TIMESTAMP",
    "TINYINT",
    "TO",
    "TRANSACTION",
    "TRIGGER",
    "TRUE",
    "TRUNCATE",
    "UNION",
    "UNIQUE",
    "UNLOCK",
    "UNSIGNED",
    "UPDATE",
    "USE",
    "USING",
    "VALUES",
    "VARCHAR",
    "VIEW",
    "WHEN",
    "WHERE",
    "WHILE",
    "WITH",
];

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "-- a table\nCREATE TABLE `t` (\n  id INT, /* two\n  lines */ name VARCHAR(20) DEFAULT 'it''s; x'\n);\n\nINSERT INTO t VALUES (1, \"a\\\"b\");\n";

    #[test]
    fn keywords_are_in_order() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn highlighting_loses_no_text_wherever_it_starts() {
        let listing = Listing::new(SQL, Dialect::MariaDb);
        assert_eq!(listing.len(), 7);
        for from in 0..listing.len() {
            for count in 0..9 {
                let lines = listing.highlighted(from, count);
                assert_eq!(lines.len(), count.min(listing.len() - from), "{from}+{count}");
                for (n, line) in lines.iter().enumerate() {
                    assert_eq!(line.to_plain(), SafeText::of(listing.raw(from + n)).as_str(), "{from}+{count}");
                }
            }
        }
    }

    #[test]
    fn a_comment_keeps_its_role_on_its_second_line() {
        let listing = Listing::new(SQL, Dialect::MariaDb);
        let line = &listing.highlighted(3, 1)[0];
        assert_eq!(line.pieces()[0].1, Role::Comment);
        assert!(line.pieces().iter().any(|(t, r)| t.as_str() == "DEFAULT" && *r == Role::Keyword));
        assert!(line.pieces().iter().any(|(_, r)| *r == Role::Literal));
    }

    #[test]
    fn odd_texts_are_shown_too() {
        for text in ["", "\n", "'never closed", "/* never", "a\r\nb", "é", "\n\n\nx"] {
            let listing = Listing::new(text, Dialect::Sqlite);
            assert_eq!(listing.highlighted(0, 99).len(), listing.len(), "{text:?}");
            for n in 0..listing.len() {
                listing.statement_on(n);
            }
        }
    }
}
