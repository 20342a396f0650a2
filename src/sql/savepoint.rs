//! Savepoints of a script.

use super::Dialect;
use super::lexer::{Lexer, TokenKind};

/// The savepoint that a statement is about, in lower case: its name comes last, and case does not count.
pub fn savepoint_name(sql: &str, dialect: Dialect) -> Option<String> {
    let mut lexer = Lexer::new(sql, dialect);
    let mut last = None;
    while let Some(token) = lexer.next_token().ok()? {
        if !matches!(token.kind, TokenKind::Blank | TokenKind::Comment | TokenKind::Symbol) {
            last = Some(&sql[token.start..token.end]);
        }
    }
    last.map(|name| name.trim_matches(['`', '"', '[', ']']).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_comes_last() {
        for sql in ["SAVEPOINT a", "RELEASE a", "ROLLBACK WORK TO SAVEPOINT `A` -- b", "RELEASE SAVEPOINT \"a\" ;"] {
            assert_eq!(savepoint_name(sql, Dialect::Sqlite).as_deref(), Some("a"), "{sql}");
        }
    }
}
