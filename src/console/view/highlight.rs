//! SQL in colours, as far as it is looked at.

use super::theme::Role;
use super::widgets::styled_line::StyledLine;
use crate::console::state::listing::Listing;
use crate::sql::Dialect;

/// So many lines of a listing from one on, highlighted.
pub fn highlighted(listing: &Listing, from: usize, count: usize) -> Vec<StyledLine> {
    let Some(part) = listing.part(from, count) else { return Vec::new() };
    let mut lines = vec![StyledLine::new()];
    for (token, role) in Tokens::new(part.text, listing.dialect()) {
        for (n, text) in token.split('\n').enumerate() {
            if n > 0 {
                lines.push(StyledLine::new());
            }
            if let Some(line) = lines.last_mut().filter(|_| !text.is_empty()) {
                *line = std::mem::take(line).span(role, text);
            }
        }
    }
    lines.into_iter().skip(part.before).take(part.count).collect()
}

/// A statement of a listing on one line, without its comments and its closing semicolon, as far as so many columns need.
pub fn on_one_line(listing: &Listing, statement: u32, columns: usize) -> Option<StyledLine> {
    let lines = listing.lines_of(statement)?;
    let (first, count) = (*lines.start(), lines.count());
    let mut whole = StyledLine::new();
    let (mut width, mut blank, mut semicolon) = (0, false, false);
    for line in highlighted(listing, first, count.min(columns)) {
        for (text, role) in line.spans() {
            if *role == Role::Comment || text.as_str().trim().is_empty() {
                blank = true;
                continue;
            }
            // The last one is not shown.
            if std::mem::replace(&mut semicolon, text.as_str() == ";") {
                (whole, width) = (whole.text(";"), width + 1);
            }
            if semicolon {
                continue;
            }
            if std::mem::take(&mut blank) && width > 0 {
                (whole, width) = (whole.text(" "), width + 1);
            }
            width += text.width();
            whole = whole.span(*role, text);
        }
        if width > columns {
            break;
        }
        blank = true;
    }
    (width > 0).then_some(whole)
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
    use crate::console::safe_text::SafeText;

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
                let lines = highlighted(&listing, from, count);
                assert_eq!(lines.len(), count.min(listing.len() - from), "{from}+{count}");
                for (n, line) in lines.iter().enumerate() {
                    assert_eq!(line.to_plain(), SafeText::new(listing.raw(from + n)).as_str(), "{from}+{count}");
                }
            }
        }
    }

    #[test]
    fn a_comment_keeps_its_role_on_its_second_line() {
        let listing = Listing::new(SQL, Dialect::MariaDb);
        let line = &highlighted(&listing, 3, 1)[0];
        assert_eq!(line.spans()[0].1, Role::Comment);
        assert!(line.spans().iter().any(|(t, r)| t.as_str() == "DEFAULT" && *r == Role::Keyword));
        assert!(line.spans().iter().any(|(_, r)| *r == Role::Literal));
    }

    #[test]
    fn a_statement_on_one_line_has_no_comments_and_no_end() {
        let listing = Listing::new(SQL, Dialect::MariaDb);
        let line = |n, columns| on_one_line(&listing, n, columns).map(|line| line.to_plain());
        let create = "CREATE TABLE `t` ( id INT, name VARCHAR(20) DEFAULT 'it''s; x' )";
        assert_eq!(line(0, 200).as_deref(), Some(create));
        assert_eq!(line(1, 200).as_deref(), Some("INSERT INTO t VALUES (1, \"a\\\"b\")"));
        assert_eq!(line(2, 200), None);
        assert!(line(0, 20).unwrap().starts_with("CREATE TABLE `t`"), "what is not seen is not made");
    }

    #[test]
    fn odd_texts_are_shown_too() {
        for text in ["", "\n", "'never closed", "/* never", "a\r\nb", "é", "\n\n\nx"] {
            let listing = Listing::new(text, Dialect::Sqlite);
            assert_eq!(highlighted(&listing, 0, 99).len(), listing.len(), "{text:?}");
            for n in 0..listing.len() {
                listing.statement_on(n);
            }
        }
    }
}
