//! A statement in plain words: as a server that nobody has told anything else would have to be sent it.

use super::Dialect;
use super::analysis::unquote;
use super::lexer::{Lexer, TokenKind};
use super::modes::Modes;

/// The same tokens, for a server with no modes: names between backticks, backslashes in strings doubled. A text that
/// cannot be cut into tokens stays as it is.
pub(super) fn plain(sql: &str, dialect: Dialect, modes: Modes) -> String {
    let mut lexer = Lexer::new(sql, dialect).with_modes(modes);
    let mut plain = String::with_capacity(sql.len() + 16);
    loop {
        match lexer.next_token() {
            Ok(Some(token)) => {
                let text = &sql[token.start..token.end];
                match token.kind {
                    TokenKind::Quoted if !text.starts_with('`') => {
                        plain.push_str(&format!("`{}`", unquote(text).replace('`', "``")));
                    }
                    TokenKind::Text if modes.plain_backslashes => plain.push_str(&text.replace('\\', "\\\\")),
                    _ => plain.push_str(text),
                }
            }
            Ok(None) => return plain,
            Err(_) => return sql.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_strings_mean_the_same_without_a_mode() {
        for (mode, sql, expected) in [
            ("ANSI_QUOTES", "SELECT \"a\"\"b`\", 'x\\'y' FROM \"t\"", "SELECT `a\"b```, 'x\\'y' FROM `t`"),
            ("NO_BACKSLASH_ESCAPES", "VALUES ('C:\\', \"\\\")", "VALUES ('C:\\\\', \"\\\\\")"),
            ("MSSQL", "SELECT [a b] FROM \"t\"", "SELECT `a b` FROM `t`"),
            ("", "SELECT \"a\\\"b\"", "SELECT \"a\\\"b\""),
        ] {
            assert_eq!(plain(sql, Dialect::MariaDb, Modes::from_sql_mode(mode)), expected);
        }
    }
}
