//! Triggers as text: when one runs, and what its body writes.

use super::keyword::is;
use super::lexer::{Lexer, TokenKind};
use super::{Dialect, How, ObjectKind, ObjectName, analyse};

/// Words with which a statement begins that changes rows.
const WRITING: &[&str] = &["INSERT", "REPLACE", "UPDATE", "DELETE"];
/// Words with which one begins of which the text does not tell what it does.
const OPAQUE: &[&str] = &["CALL", "LOAD", "EXECUTE", "PREPARE", "ALTER", "CREATE", "DROP", "TRUNCATE", "RENAME"];

/// The tables whose rows a body writes, as it names them; `None` where that cannot be told. What functions write that it
/// calls is not seen, as in every statement.
pub fn body_writes(body: &str, dialect: Dialect) -> Option<Vec<ObjectName>> {
    let mut lexer = Lexer::new(body, dialect);
    let mut code = Vec::new();
    while let Some(token) = lexer.next_token().ok()? {
        if token.is_code() {
            code.push(token);
        }
    }
    let text = |at: usize| code.get(at).map_or("", |token| &body[token.start..token.end]);
    let is_word = |at: usize| code.get(at).is_some_and(|token| token.kind == TokenKind::Word);
    let one_of = |at: usize, words: &[&str]| is_word(at) && words.iter().any(|word| is(text(at), word));
    let mut tables: Vec<ObjectName> = Vec::new();
    let mut at = 0;
    while at < code.len() {
        // `NEW.update`, `INSERT(a, 1, 2, b)`, `SELECT … FOR UPDATE`.
        let is_name = at > 0 && text(at - 1) == ".";
        let begins = !is_name && text(at + 1) != "(" && !(at > 0 && one_of(at - 1, &["FOR", "ON"]));
        if begins && one_of(at, OPAQUE) && (at == 0 || !one_of(at - 1, &["SHOW"])) {
            return None;
        }
        if !(begins && one_of(at, WRITING)) {
            at += 1;
            continue;
        }
        let end = (at..code.len()).find(|at| text(*at) == ";").unwrap_or(code.len());
        let until = if end < code.len() { code[end].start } else { body.len() };
        let analysis = analyse(&body[code[at].start..until], dialect);
        if !analysis.kind.is_dml() || analysis.flags.partial {
            return None;
        }
        let written = analysis.touches.iter().filter(|touch| touch.how == How::Writes);
        let written = written.filter(|touch| touch.object.kind == ObjectKind::Table);
        tables.extend(written.map(|touch| touch.object.clone()));
        at = end + 1;
    }
    tables.sort();
    tables.dedup();
    Some(tables)
}

/// A trigger, as the statement says that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerBody {
    /// `INSERT`, `UPDATE` or `DELETE`.
    pub event: String,
    /// It runs before the row is written.
    pub before: bool,
    /// Text that runs for each row.
    pub body: String,
}

/// Reads a CREATE TRIGGER of MySQL or MariaDB.
pub fn trigger_of(sql: &str, dialect: Dialect) -> Option<TriggerBody> {
    let mut lexer = Lexer::new(sql, dialect);
    let mut words = Vec::new();
    while let Some(token) = lexer.next_token().ok()? {
        if !token.is_code() {
            continue;
        }
        let word = &sql[token.start..token.end];
        let each = words.last().is_some_and(|last: &String| last == "EACH");
        if token.kind == TokenKind::Word && each && is(word, "ROW") {
            let timing = words.iter().position(|word| word == "BEFORE" || word == "AFTER")?;
            let event = words.get(timing + 1)?.clone();
            return Some(TriggerBody { event, before: words[timing] == "BEFORE", body: sql[token.end..].to_owned() });
        }
        words.push(word.to_ascii_uppercase());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(body: &str) -> Option<Vec<String>> {
        Some(body_writes(body, Dialect::MariaDb)?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_a_body_writes_is_read_from_its_statements() {
        assert_eq!(written("SET NEW.a = REPLACE(NEW.b, 'INSERT', 'x')"), Some(vec![]));
        assert_eq!(written("INSERT INTO log VALUES (NEW.id)"), Some(vec!["log".into()]));
        assert_eq!(
            written("BEGIN IF NEW.n > 1 THEN UPDATE a SET n = 1; ELSE DELETE FROM s.b WHERE id = OLD.id; END IF; END"),
            Some(vec!["a".into(), "s.b".into()])
        );
        assert_eq!(written("BEGIN SELECT n INTO @n FROM t FOR UPDATE; SET @u = NEW.update; END"), Some(vec![]));
    }

    #[test]
    fn a_trigger_is_read_from_the_statement_that_makes_it() {
        let sql = "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW FOLLOWS y SET NEW.a = 1";
        let trigger = trigger_of(sql, Dialect::MySql).unwrap();
        assert_eq!((trigger.event.as_str(), trigger.before), ("UPDATE", true));
        assert_eq!(body_writes(&trigger.body, Dialect::MySql), Some(vec![]));
    }

    #[test]
    fn what_cannot_be_told_is_not_guessed() {
        assert_eq!(written("CALL p(NEW.id)"), None);
        assert_eq!(written("BEGIN IF 1 THEN CALL p(); END IF; END"), None);
    }
}
