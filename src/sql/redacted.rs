//! SQL without its literals and comments: for texts that leave the house.

use super::Dialect;
use super::lexer::{Lexer, TokenKind};
use std::collections::BTreeSet;

/// A text without what was taken out of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Redacted {
    /// `'?'` for each string, `?` for each number, nothing for a comment but its ends of line.
    pub text: String,
    /// Contents of the strings and the numbers, as they were written.
    pub literals: BTreeSet<String>,
    /// The words and names.
    pub names: BTreeSet<String>,
}

/// Takes literals and comments out. What cannot be read, from there on, is one literal.
pub(crate) fn redacted(text: &str, dialect: Dialect) -> Redacted {
    let mut out = Redacted::default();
    let mut lexer = Lexer::new(text, dialect);
    loop {
        let from = lexer.position();
        let Ok(token) = lexer.next_token() else {
            out.literals.insert(text[from..].to_owned());
            out.text.push('?');
            return out;
        };
        let Some(token) = token else { return out };
        let written = &text[token.start..token.end];
        match token.kind {
            TokenKind::Text => {
                let quotes: &[char] = &['\'', '"', '$'];
                out.literals.insert(
                    written
                        .trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '_')
                        .trim_matches(quotes)
                        .to_owned(),
                );
                out.text.push_str("'?'");
            }
            TokenKind::Number => {
                out.literals.insert(written.to_owned());
                out.text.push('?');
            }
            TokenKind::Comment | TokenKind::Conditional => out.text.push_str(&comment(written)),
            TokenKind::Word | TokenKind::Quoted => {
                out.names.insert(written.trim_matches(&['`', '"', '[', ']'][..]).to_owned());
                out.text.push_str(written);
            }
            TokenKind::Blank
            | TokenKind::ExecOpen
            | TokenKind::ExecClose
            | TokenKind::Symbol
            | TokenKind::Delimiter => out.text.push_str(written),
        }
    }
}

/// A comment that says nothing, with as many lines.
fn comment(written: &str) -> String {
    let lines = "\n".repeat(written.matches('\n').count());
    if written.starts_with("/*") { format!("/*{lines}*/") } else { format!("--{lines}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_numbers_and_comments_go_and_names_stay() {
        let sql =
            "-- for ana\nINSERT INTO `users` (mail, n) VALUES ('k.berg@example', 4711); /* x\ny */ SELECT _utf8'ü' ;";
        let out = redacted(sql, Dialect::MySql);
        assert_eq!(out.text, "--\nINSERT INTO `users` (mail, n) VALUES ('?', ?); /*\n*/ SELECT _utf8'?' ;");
        assert!(
            out.literals.contains("k.berg@example") && out.literals.contains("4711") && out.names.contains("users")
        );
    }

    #[test]
    fn what_cannot_be_read_goes_whole() {
        let out = redacted("SELECT 'never closed, 17", Dialect::Sqlite);
        assert_eq!(out.text, "SELECT ?");
    }
}
