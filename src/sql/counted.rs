//! Whose rows SQLite counts: its `changes()` after a statement is that of the last INSERT, UPDATE or DELETE, which need not
//! have been that statement.

use super::lexer::{Lexer, TokenKind};
use super::{Dialect, keyword};

/// What `changes()` says after a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Its own rows.
    Itself,
    /// What was counted before it: it changes no rows.
    Nothing,
    /// Either, and only `total_changes()` tells.
    Unclear,
}

const DML: &[&str] = &["INSERT", "REPLACE", "UPDATE", "DELETE"];
const NO_DML: &[&str] = &[
    "ALTER",
    "ANALYZE",
    "ATTACH",
    "BEGIN",
    "COMMIT",
    "CREATE",
    "DETACH",
    "DROP",
    "END",
    "EXPLAIN",
    "PRAGMA",
    "REINDEX",
    "RELEASE",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "VACUUM",
    "VALUES",
];

/// Tells it by the first word of a statement.
pub fn counted(sql: &str) -> Counted {
    let mut lexer = Lexer::new(sql, Dialect::Sqlite);
    while let Ok(Some(token)) = lexer.next_token() {
        let word = &sql[token.start..token.end];
        match token.kind {
            TokenKind::Blank | TokenKind::Comment => {}
            _ if word == ";" => {}
            _ if keyword::one_of(word, DML) => return Counted::Itself,
            _ if keyword::one_of(word, NO_DML) => return Counted::Nothing,
            _ => return Counted::Unclear,
        }
    }
    Counted::Unclear
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_tells() {
        for (sql, wanted) in [
            ("INSERT INTO t VALUES (1)", Counted::Itself),
            (" ; /* a */ -- b\n replace into t values (1)", Counted::Itself),
            ("CREATE TABLE t AS SELECT 1", Counted::Nothing),
            ("EXPLAIN INSERT INTO t VALUES (1)", Counted::Nothing),
            ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", Counted::Unclear),
            ("-- nothing", Counted::Unclear),
        ] {
            assert_eq!(counted(sql), wanted, "{sql}");
        }
    }
}
