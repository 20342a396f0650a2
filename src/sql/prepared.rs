//! Statements that a script prepares from a text that is told: `EXECUTE` is then what that text says, and what it
//! destroys is kept like what any other statement destroys.

use super::expression::{Code, only, parts, values};
use super::keyword::is;
use super::session::Session;
use super::{Analysis, StatementKind, analyse};
use std::collections::{HashMap, HashSet};

/// The statements that are prepared where a script stands.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// Their texts in plain words, by their names in lower case.
    texts: HashMap<String, String>,
    /// Variables that were set last, with nothing behind that which may have set them again: a trigger, a function.
    fresh: HashSet<String>,
}

impl Prepared {
    /// Takes in the next statement of the script. Where that runs a text which is told, gives that text and what it is.
    pub(super) fn told(
        &mut self,
        (sql, kind): (&str, StatementKind),
        session: &Session,
        plain: impl Fn(&str) -> Option<String>,
    ) -> Option<(String, Analysis)> {
        use StatementKind::{Call, Compound, Deallocate, Execute, Prepare, Set, Unknown, Use};
        if !session.dialect().is_mysql_family() {
            return None;
        }
        match kind {
            Set => self.set(&session.codes(sql)),
            Prepare | Deallocate => self.prepare(&session.codes(sql), session, plain),
            Execute => {
                let codes = session.codes(sql);
                let told = self.executed(&codes, session, plain).and_then(|text| statement(text, &codes, session));
                self.fresh.clear();
                if told.is_none() {
                    self.texts.clear();
                }
                return told;
            }
            // What names no schema stands in the one that was chosen when it was prepared.
            Use => self.texts.clear(),
            // A procedure may prepare another text under the same name.
            Call | Compound | Unknown => *self = Prepared::default(),
            _ => self.fresh.clear(),
        }
        None
    }

    fn set(&mut self, codes: &[Code<'_>]) {
        // A function or a subquery in it may set others, and so does a SET that another one is for.
        if codes.iter().any(|(_, text)| *text == "(" || is(text, "STATEMENT")) {
            self.fresh.clear();
        }
        if codes.iter().any(|(_, text)| is(text, "STATEMENT")) {
            return;
        }
        let names = parts(codes.get(1..).unwrap_or_default()).into_iter().filter_map(|assignment| match assignment {
            [(_, "@"), (_, name), (_, "=" | ":="), ..] => Some(bare(name)),
            _ => None,
        });
        self.fresh.extend(names);
    }

    /// `PREPARE name FROM text`, `DROP PREPARE name`, `DEALLOCATE PREPARE name`.
    fn prepare(&mut self, codes: &[Code<'_>], session: &Session, plain: impl Fn(&str) -> Option<String>) {
        let Some(at) = codes.iter().position(|(_, word)| is(word, "PREPARE")) else { return };
        let Some((_, name)) = codes.get(at + 1) else { return };
        self.texts.remove(&bare(name));
        if let Some([(_, from), text @ ..]) = codes.get(at + 2..)
            && is(from, "FROM")
            && let Some(text) = self.text(text, session).and_then(|text| plain(&text))
        {
            self.texts.insert(bare(name), text);
        }
    }

    /// `EXECUTE name`, `EXECUTE IMMEDIATE text`, each with or without `USING`.
    fn executed(
        &self,
        codes: &[Code<'_>],
        session: &Session,
        plain: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let end = using(codes).unwrap_or(codes.len());
        match codes.get(1..end)? {
            [(_, immediate), text @ ..] if is(immediate, "IMMEDIATE") && !text.is_empty() => {
                self.text(text, session).and_then(|text| plain(&text))
            }
            [(_, name)] => self.texts.get(&bare(name)).cloned(),
            _ => None,
        }
    }

    /// The one text that an expression comes to. How a backslash in it was read is not told here.
    fn text(&self, codes: &[Code<'_>], session: &Session) -> Option<String> {
        let is_fresh = |two: &[Code<'_>]| two[0].1 != "@" || self.fresh.contains(&bare(two[1].1));
        let told = codes.windows(2).all(is_fresh).then(|| only(values(codes, session)))?;
        told.filter(|text| !text.contains('\\'))
    }
}

/// What such a text is. One that sets something in its session, or ends a transaction, is not followed.
fn statement(text: String, codes: &[Code<'_>], session: &Session) -> Option<(String, Analysis)> {
    let mut analysis = analyse(&text, session.dialect());
    analysis.flags.bound = using(codes).is_some();
    let is_followed = analysis.kind.is_dml() || analysis.kind.is_ddl();
    is_followed.then_some((text, analysis))
}

fn using(codes: &[Code<'_>]) -> Option<usize> {
    codes.iter().rposition(|(_, word)| is(word, "USING"))
}

fn bare(name: &str) -> String {
    name.trim_matches('`').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, statements};
    use super::*;

    fn kinds(text: &str) -> Vec<StatementKind> {
        let found = statements(text, Dialect::MariaDb).unwrap();
        found.into_iter().filter(|s| s.sql.starts_with("EXECUTE")).map(|s| s.analysis.kind).collect()
    }

    #[test]
    fn what_is_prepared_from_a_text_is_told() {
        use StatementKind::{AlterTable, Delete, DropTable, Execute, Update};
        for (text, expected) in [
            ("PREPARE s FROM 'DELETE FROM t'; EXECUTE s; EXECUTE `S`", &[Delete, Delete][..]),
            ("PREPARE s FROM 'UPDATE t SET a = ''b'' WHERE c = ?'; SET @a = 1; EXECUTE s USING @a", &[Update]),
            ("SET @q = CONCAT('DROP TABLE ', 't'); PREPARE s FROM @q; EXECUTE s", &[DropTable]),
            ("EXECUTE IMMEDIATE 'ALTER TABLE t DROP a'", &[AlterTable]),
            ("PREPARE s FROM 'DELETE FROM t'; DEALLOCATE PREPARE s; EXECUTE s", &[Execute]),
            ("PREPARE s FROM 'DELETE FROM t'; PREPARE s FROM @b; EXECUTE s", &[Execute]),
            ("SET @q = 'DELETE FROM t'; DELETE FROM u; PREPARE s FROM @q; EXECUTE s", &[Execute]),
            ("SET @q = IF(@a, 'DELETE FROM t', 'DELETE FROM u'); PREPARE s FROM @q; EXECUTE s", &[Execute]),
            ("SET @q = 'DELETE FROM t'; SET @x = (SELECT @q := 'x'); PREPARE s FROM @q; EXECUTE s", &[Execute]),
            ("SET @q = 'DO 1'; SET STATEMENT sql_mode = '' FOR SET @q = 'x'; PREPARE s FROM @q; EXECUTE s", &[Execute]),
            ("PREPARE s FROM 'SET sql_mode = ANSI'; EXECUTE s", &[Execute]),
            ("PREPARE s FROM 'DELETE FROM t'; USE other; EXECUTE s", &[Execute]),
            ("PREPARE s FROM 'DELETE FROM t'; CALL p(); EXECUTE s", &[Execute]),
            (r"PREPARE s FROM 'DELETE FROM t WHERE a = \'b\''; EXECUTE s", &[Execute]),
        ] {
            assert_eq!(kinds(text), expected, "{text}");
        }
        let found = statements("PREPARE s FROM 'DELETE FROM t WHERE a = ?'; EXECUTE s USING @b", Dialect::MySql);
        let found = found.unwrap().pop().unwrap();
        assert_eq!((found.sql.as_str(), found.plain()), ("EXECUTE s USING @b", "DELETE FROM t WHERE a = ?"));
        assert!(found.analysis.flags.bound);
    }
}
