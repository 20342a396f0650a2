//! The names in a trigger's text: the server writes some of them anew, and so does an undo.

use super::analysis::unquote;
use super::lexer::{Lexer, Token, TokenKind};
use super::{Dialect, quote_identifier};

/// A trigger's text with its own name and that of its table in quotes and without their schema. So one whose table was
/// renamed, and renamed back, reads as before; and so does one that was dropped by its full name and made again. Where
/// both are, the trigger's schema tells.
///
/// Source: `Table_triggers_list::change_table_name_in_triggers` of MariaDB 10.11.
pub(crate) fn with_its_names_quoted(text: &str, dialect: Dialect) -> String {
    let Some([(start, name, end), (on, table, rest)]) = places_of_names(text, dialect) else { return text.to_owned() };
    match (quote_identifier(&name, dialect), quote_identifier(&table, dialect)) {
        (Ok(name), Ok(table)) => {
            format!("{}{name}{}ON {table} {}", &text[..start], &text[end..on], &text[rest..])
        }
        _ => text.to_owned(),
    }
}

/// Where a name begins, the name, and where what follows it begins.
type Place = (usize, String, usize);

/// The places of the trigger's name and of its table, with the ON before that.
fn places_of_names(text: &str, dialect: Dialect) -> Option<[Place; 2]> {
    let mut lexer = Lexer::new(text, dialect);
    let code = std::iter::from_fn(|| lexer.next_token().ok().flatten()).filter(|token| token.is_code());
    let mut code = code.map(|token| (token, &text[token.start..token.end]));
    let is = |(token, word): &(Token, &str), wanted: &str| {
        token.kind == TokenKind::Word && word.eq_ignore_ascii_case(wanted)
    };
    code.find(|one| is(one, "TRIGGER"))?;
    let mut name = code.next()?;
    if is(&name, "IF") {
        name = code.nth(2)?;
    }
    let start = name.0.start;
    let mut after = code.next()?;
    if after.1 == "." {
        name = code.next()?;
        after = code.next()?;
    }
    let own = (start, unquote(name.1), name.0.end);
    let on = if is(&after, "ON") { after } else { code.find(|one| is(one, "ON"))? };
    let mut table = code.next()?;
    let mut rest = code.next()?;
    if rest.1 == "." {
        table = code.next()?;
        rest = code.next()?;
    }
    Some([own, (on.0.start, unquote(table.1), rest.0.start)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_reads_the_same_before_and_after_its_table_was_renamed_and_renamed_back() {
        let after = "CREATE DEFINER=`on`@`localhost` trigger `a` before insert   ON `t` for each row set new.a=1";
        for table in ["ON   tr.t  ", "on t ", "ON `tr` . `t` ", "oN\nt\n", "ON `t` ", "ON \"t\" "] {
            for name in ["a", "`a`", "tr.a", "`tr` . a", "\"a\""] {
                let before = format!(
                    "CREATE DEFINER=`on`@`localhost` trigger {name} before insert   {table}for each row set new.a=1"
                );
                assert_eq!(with_its_names_quoted(&before, Dialect::MariaDb), after, "{before}");
            }
        }
        let other = "CREATE TRIGGER IF NOT EXISTS b BEFORE INSERT ON t FOR EACH ROW SET @on = 1";
        assert_eq!(
            with_its_names_quoted(other, Dialect::MariaDb),
            other.replace(" b ", " `b` ").replace("ON t", "ON `t`")
        );
        assert_eq!(with_its_names_quoted("no trigger", Dialect::MySql), "no trigger");
    }
}
