//! The table of a trigger, as a server writes it once the table was renamed.

use super::analysis::unquote;
use super::lexer::{Lexer, Token, TokenKind};
use super::{Dialect, quote_identifier};

/// A trigger's text with its table as the server itself writes it when the table gets another name: `ON`, the name in
/// quotes and without its schema. So a trigger whose table was renamed, and renamed back, reads as before.
///
/// Source: `Table_triggers_list::change_table_name_in_triggers` of MariaDB 10.11.
pub(crate) fn with_its_table_quoted(text: &str, dialect: Dialect) -> String {
    let Some((on, name, rest)) = place_of_the_table(text, dialect) else { return text.to_owned() };
    match quote_identifier(&name, dialect) {
        Ok(quoted) => format!("{}ON {quoted} {}", &text[..on], &text[rest..]),
        Err(_) => text.to_owned(),
    }
}

/// Byte at which ON stands, the table, and byte at which what follows it begins.
fn place_of_the_table(text: &str, dialect: Dialect) -> Option<(usize, String, usize)> {
    let mut lexer = Lexer::new(text, dialect);
    let mut next = || -> Option<Token> {
        loop {
            let token = lexer.next_token().ok()??;
            if token.is_code() {
                return Some(token);
            }
        }
    };
    let of = |token: Token| &text[token.start..token.end];
    let on = loop {
        let token = next()?;
        if token.kind == TokenKind::Word && of(token).eq_ignore_ascii_case("ON") {
            break token.start;
        }
    };
    let mut name = next()?;
    let mut after = next()?;
    if of(after) == "." {
        name = next()?;
        after = next()?;
    }
    Some((on, unquote(of(name)), after.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_reads_the_same_before_and_after_its_table_was_renamed_and_renamed_back() {
        let after = "CREATE DEFINER=`on`@`localhost` trigger a before insert   ON `t` for each row set new.a=1";
        for table in ["ON   tr.t  ", "on t ", "ON `tr` . `t` ", "oN\nt\n", "ON `t` ", "ON \"t\" "] {
            let before =
                format!("CREATE DEFINER=`on`@`localhost` trigger a before insert   {table}for each row set new.a=1");
            assert_eq!(with_its_table_quoted(&before, Dialect::MariaDb), after, "{before}");
        }
        assert_eq!(with_its_table_quoted("no trigger", Dialect::MySql), "no trigger");
    }
}
