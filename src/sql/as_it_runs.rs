//! The texts of `PREPARE` and `EXECUTE` that a script puts together as it runs: what the session is to be asked for, so
//! that they are known before they run.

use super::expression::Code;
use super::keyword::is;
use super::lexer::TokenKind;
use super::prepared::{What, named, what};
use super::session::Session;
use super::{Dialect, Globals};

/// Effect of a statement on what is prepared in its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Preparing {
    /// It prepares what this expression comes to, under a name; no expression where asking for it would do more than
    /// that, or nothing is prepared any more.
    Name { name: String, from: Option<String> },
    /// It runs what was prepared under a name.
    RunsName(String),
    /// It runs what this expression comes to, where it can be asked for.
    Runs(Option<String>),
}

/// Functions that a server has of its own, and that do nothing but give a value which is the same a moment later.
const PLAIN: [&str; 24] = [
    "CAST",
    "COALESCE",
    "CONCAT",
    "CONCAT_WS",
    "CONVERT",
    "DATABASE",
    "IF",
    "IFNULL",
    "LCASE",
    "LEFT",
    "LOWER",
    "LTRIM",
    "NULLIF",
    "QUOTE",
    "REPEAT",
    "REPLACE",
    "RIGHT",
    "RTRIM",
    "SCHEMA",
    "SUBSTR",
    "SUBSTRING",
    "TRIM",
    "UCASE",
    "UPPER",
];
/// Words beside them, and what stands between.
const BETWEEN: [&str; 24] = [
    "(", ")", ",", "@", "=", "<", ">", "<=", ">=", "<>", "!=", "+", "-", "AND", "AS", "CASE", "CHAR", "ELSE", "END",
    "IS", "NOT", "NULL", "THEN", "WHEN",
];

/// What a statement of a script prepares or runs; `None` for one that does neither.
pub(crate) fn preparing(sql: &str, dialect: Dialect) -> Option<Preparing> {
    let speaks = |word: &str| sql.len() >= word.len() && sql.to_ascii_uppercase().contains(word);
    if !dialect.is_mysql_family() || !(speaks("PREPARE") || speaks("EXECUTE")) {
        return None;
    }
    let codes = Session::new(dialect, Globals::default()).codes(sql);
    let asked = |codes: &[Code<'_>]| can_ask(codes).then(|| source(sql, codes)).flatten();
    let (_, first) = codes.first()?;
    if is(first, "EXECUTE") {
        return Some(match what(&codes)? {
            What::Name(name) => Preparing::RunsName(name),
            What::Text(text) => Preparing::Runs(asked(text)),
        });
    }
    let verbs = ["PREPARE", "DEALLOCATE", "DROP"];
    verbs.iter().any(|verb| is(first, verb)).then_some(())?;
    let (name, from) = named(&codes)?;
    Some(Preparing::Name { name, from: from.and_then(asked) })
}

/// True if an expression may be asked for without any other effect. How a backslash is read depends on the mode.
fn can_ask(codes: &[Code<'_>]) -> bool {
    let before = |at: usize| at.checked_sub(1).and_then(|at| codes.get(at)).is_some_and(|(_, text)| *text == "@");
    let is_plain = |(at, (kind, text)): (usize, &Code<'_>)| match kind {
        TokenKind::Text => !text.contains('\\'),
        TokenKind::Number => true,
        _ if before(at) => true,
        _ => PLAIN.iter().chain(&BETWEEN).any(|plain| is(text, plain)),
    };
    !codes.is_empty() && codes.iter().enumerate().all(is_plain)
}

fn source(sql: &str, codes: &[Code<'_>]) -> Option<String> {
    let ((_, first), (_, last)) = (codes.first()?, codes.last()?);
    let at = |text: &str| text.as_ptr() as usize - sql.as_ptr() as usize;
    sql.get(at(first)..at(last) + last.len()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_session_is_asked_for_does_nothing_else() {
        let found = |sql: &str| preparing(sql, Dialect::MariaDb);
        let name = |name: &str, from: Option<&str>| {
            Some(Preparing::Name { name: name.to_owned(), from: from.map(str::to_owned) })
        };
        assert_eq!(found("PREPARE s FROM @q"), name("s", Some("@q")));
        assert_eq!(found("/*!50003 PREPARE `S` FROM @q */"), name("s", Some("@q")));
        assert_eq!(
            found("PREPARE s FROM CONCAT('DROP TABLE ', @t) -- x"),
            name("s", Some("CONCAT('DROP TABLE ', @t)"))
        );
        assert_eq!(found("PREPARE s FROM f(@q)"), name("s", None));
        assert_eq!(found("PREPARE s FROM (@a := 'DO 1')"), name("s", None));
        assert_eq!(found("PREPARE s FROM (SELECT q FROM texts)"), name("s", None));
        assert_eq!(found("DEALLOCATE PREPARE s"), name("s", None));
        assert_eq!(found("EXECUTE s USING @a"), Some(Preparing::RunsName("s".to_owned())));
        assert_eq!(found("EXECUTE IMMEDIATE @q USING 1"), Some(Preparing::Runs(Some("@q".to_owned()))));
        assert_eq!(found("EXECUTE IMMEDIATE shop.f()"), Some(Preparing::Runs(None)));
        assert_eq!(found("DROP TABLE prepare"), None);
        assert_eq!(found("UPDATE t SET a = 'EXECUTE'"), None);
    }
}
