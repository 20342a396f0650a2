//! Qualifiers: what stands before a point.

use super::Dialect;
use super::lexer::{Lexer, TokenKind};

/// Every name in a text that a point follows, quotes taken off: schemas, and tables and aliases before their columns. In
/// text that cannot be cut into tokens, those up to there.
pub fn qualifiers(sql: &str, dialect: Dialect) -> Vec<String> {
    let mut lexer = Lexer::new(sql, dialect);
    let mut found = Vec::new();
    let mut last: Option<&str> = None;
    while let Ok(Some(token)) = lexer.next_token() {
        let text = &sql[token.start..token.end];
        match token.kind {
            TokenKind::Blank | TokenKind::Comment | TokenKind::Conditional => {}
            TokenKind::Symbol if text == "." => found.extend(last.take().map(bare)),
            TokenKind::Word | TokenKind::Quoted | TokenKind::Text => last = Some(text),
            _ => last = None,
        }
    }
    found
}

/// Every word of a text, quotes taken off: its names are among them. In text that cannot be cut into tokens, those up to
/// there.
pub fn identifiers(sql: &str, dialect: Dialect) -> Vec<String> {
    let mut lexer = Lexer::new(sql, dialect);
    let mut found = Vec::new();
    while let Ok(Some(token)) = lexer.next_token() {
        if matches!(token.kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Text) {
            found.push(bare(&sql[token.start..token.end]));
        }
    }
    found
}

fn bare(text: &str) -> String {
    let Some(quote @ ('`' | '"' | '\'' | '[')) = text.chars().next() else { return text.to_owned() };
    let close = if quote == '[' { ']' } else { quote };
    let inside = text.get(1..text.len() - 1).unwrap_or_default();
    inside.replace(&format!("{close}{close}"), &close.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_before_points_are_found_and_strings_are_not_looked_into() {
        let found =
            qualifiers("SELECT `a``b` . c, x.y, 'core.t' /* core.z */ FROM Core.t WHERE 1.5 > 2", Dialect::MySql);
        assert_eq!(found, ["a`b", "x", "Core"]);
    }
}
