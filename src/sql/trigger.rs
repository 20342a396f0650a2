//! Writes of a trigger of SQLite, by its text.

use super::lexer::{Lexer, TokenKind};
use super::{Analysis, Dialect, How, ObjectName, StatementKind, analyse};

/// A trigger, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// `INSERT`, `UPDATE` or `DELETE`.
    pub event: &'static str,
    /// The tables and views that its body writes; `None` where that cannot be told.
    pub writes: Option<Vec<ObjectName>>,
}

/// Reads the text of a trigger; `None` for something else.
pub fn trigger(sql: &str) -> Option<Trigger> {
    let mut lexer = Lexer::new(sql, Dialect::Sqlite);
    let (mut event, mut named, mut body) = (None, false, None);
    let mut steps = Vec::new();
    // Words that begin something that END closes, within a statement of the body.
    let mut open = 0_u32;
    while let Some(token) = lexer.next_token().ok()? {
        let text = &sql[token.start..token.end];
        if matches!(token.kind, TokenKind::Blank | TokenKind::Comment) {
            continue;
        }
        let is = |word: &str| token.kind == TokenKind::Word && text.eq_ignore_ascii_case(word);
        match body {
            None if is("TRIGGER") => named = true,
            None if event.is_none() && named => {
                event = ["INSERT", "UPDATE", "DELETE"].into_iter().find(|word| is(word));
            }
            None if is("BEGIN") && event.is_some() => body = Some(token.end),
            None => {}
            Some(_) if is("CASE") => open += 1,
            Some(_) if is("END") && open > 0 => open -= 1,
            Some(_) if is("END") => break,
            Some(start) if text == ";" => {
                steps.push(analyse(sql[start..token.start].trim(), Dialect::Sqlite));
                body = Some(token.end);
            }
            Some(_) => {}
        }
    }
    Some(Trigger { event: event?, writes: writes(&steps) })
}

fn writes(steps: &[Analysis]) -> Option<Vec<ObjectName>> {
    let mut written: Vec<ObjectName> = Vec::new();
    for step in steps {
        match step.kind {
            StatementKind::Select => {}
            kind if kind.is_dml() => {
                let touched = step.touches.iter().filter(|touch| touch.how == How::Writes);
                written.extend(touched.map(|touch| touch.object.clone()));
            }
            _ => return None,
        }
    }
    written.sort();
    written.dedup();
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sql: &str) -> (String, Option<Vec<String>>) {
        let trigger = trigger(sql).unwrap();
        let writes = trigger.writes.map(|all| all.iter().map(|object| object.name.clone()).collect());
        (trigger.event.to_owned(), writes)
    }

    #[test]
    fn a_body_tells_what_it_writes() {
        let all = "CREATE TRIGGER delete_x AFTER UPDATE OF a, b ON t WHEN CASE new.a WHEN 1 THEN 1 END BEGIN INSERT INTO \
                   log VALUES (CASE new.a WHEN 1 THEN 'x;' END, old.b); UPDATE t SET b = 1 WHERE a = new.a; SELECT 1; END";
        assert_eq!(names(all), ("UPDATE".into(), Some(vec!["log".into(), "t".into()])));
        let nothing = "CREATE TRIGGER x INSTEAD OF INSERT ON v BEGIN SELECT RAISE(ABORT, 'no; END'); END;";
        assert_eq!(names(nothing), ("INSERT".into(), Some(Vec::new())));
        assert_eq!(trigger("CREATE TABLE t (a)"), None);
    }
}
