//! Statements that a script prepares from a text that is told: `EXECUTE` is then what that text says, and what it
//! destroys is kept like what any other statement destroys. Where the texts are told between which a condition chooses, it
//! is one of them.

use super::expression::{Code, Values, parts, values};
use super::keyword::is;
use super::lexer::{Lexer, TokenKind};
use super::session::Session;
use super::{Analysis, Dialect, StatementKind, analyse};
use std::collections::{HashMap, HashSet};

/// The statements that are prepared where a script stands.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// Their texts in plain words, by their names in lower case: one, or those of which it is one.
    texts: HashMap<String, Values>,
    /// Variables that were set last, with nothing behind that which may have set them again: a trigger, a function.
    fresh: HashSet<String>,
}

impl Prepared {
    /// Takes in the next statement of the script. Where that runs a text which is told, gives that text and what it is;
    /// several where it runs one of them.
    pub(super) fn told(
        &mut self,
        (sql, kind): (&str, StatementKind),
        session: &Session,
        plain: impl Fn(&str) -> Option<String>,
    ) -> Vec<(String, Analysis)> {
        use StatementKind::{Call, Compound, Deallocate, Execute, Prepare, Set, Unknown, Use};
        if !session.dialect().is_mysql_family() {
            return Vec::new();
        }
        match kind {
            Set => self.set(&session.codes(sql)),
            Prepare | Deallocate => self.prepare(&session.codes(sql), session, plain),
            Execute => {
                let codes = session.codes(sql);
                let texts = self.executed(&codes, session, plain).unwrap_or_default();
                let told = runs(texts, &codes, session.dialect());
                self.fresh.clear();
                if told.is_empty() {
                    self.texts.clear();
                }
                return told;
            }
            // What names no schema stands in the one that was chosen when it was prepared.
            Use => self.texts.clear(),
            // A procedure may prepare another text under the same name.
            Call | Compound | Unknown => *self = Prepared::default(),
            StatementKind::Select => self.select(&session.codes(sql)),
            _ => self.fresh.clear(),
        }
        Vec::new()
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

    /// `SELECT expression INTO @variable`: what it selects is followed as by the session.
    fn select(&mut self, codes: &[Code<'_>]) {
        self.fresh.clear();
        if let Some(at) = codes.iter().position(|(_, text)| is(text, "INTO"))
            && let [(_, "@"), (_, name)] = &codes[at + 1..]
        {
            self.fresh.insert(bare(name));
        }
    }

    /// `PREPARE name FROM text`, `DROP PREPARE name`, `DEALLOCATE PREPARE name`.
    fn prepare(&mut self, codes: &[Code<'_>], session: &Session, plain: impl Fn(&str) -> Option<String>) {
        let Some((name, from)) = named(codes) else { return };
        self.texts.remove(&name);
        if let Some(texts) = from.and_then(|from| self.texts_of(from, session, plain)) {
            self.texts.insert(name, texts);
        }
    }

    /// `EXECUTE name`, `EXECUTE IMMEDIATE text`, each with or without `USING`.
    fn executed(
        &self,
        codes: &[Code<'_>],
        session: &Session,
        plain: impl Fn(&str) -> Option<String>,
    ) -> Option<Values> {
        match what(codes)? {
            What::Text(text) => self.texts_of(text, session, plain),
            What::Name(name) => self.texts.get(&name).cloned(),
        }
    }

    /// The texts to one of which an expression comes. How a backslash in one was read is not told here.
    fn texts_of(
        &self,
        codes: &[Code<'_>],
        session: &Session,
        plain: impl Fn(&str) -> Option<String>,
    ) -> Option<Values> {
        let is_fresh = |two: &[Code<'_>]| two[0].1 != "@" || self.fresh.contains(&bare(two[1].1));
        let told = codes.windows(2).all(is_fresh).then(|| values(codes, session))??;
        told.iter().map(|text| plain(text).filter(|_| !text.contains('\\'))).collect()
    }
}

/// What an `EXECUTE` runs.
pub(super) enum What<'c, 'a> {
    /// What was prepared under a name.
    Name(String),
    /// What an expression comes to.
    Text(&'c [Code<'a>]),
}

pub(super) fn what<'c, 'a>(codes: &'c [Code<'a>]) -> Option<What<'c, 'a>> {
    match codes.get(1..using(codes).unwrap_or(codes.len()))? {
        [(_, immediate), text @ ..] if is(immediate, "IMMEDIATE") && !text.is_empty() => Some(What::Text(text)),
        [(_, name)] => Some(What::Name(bare(name))),
        _ => None,
    }
}

/// Name of what is prepared or dropped, and what it is prepared from.
pub(super) fn named<'c, 'a>(codes: &'c [Code<'a>]) -> Option<(String, Option<&'c [Code<'a>]>)> {
    let at = codes.iter().position(|(_, word)| is(word, "PREPARE"))?;
    let (_, name) = codes.get(at + 1)?;
    let from = match codes.get(at + 2..) {
        Some([(_, from), text @ ..]) if is(from, "FROM") => Some(text),
        _ => None,
    };
    Some((bare(name), from))
}

/// What these texts are, for an `EXECUTE`: nothing where one of them sets something in its session, or ends a transaction.
pub(super) fn runs(texts: Values, codes: &[Code<'_>], dialect: Dialect) -> Vec<(String, Analysis)> {
    let bound = using(codes).is_some();
    let one = |text: String| {
        let mut analysis = analyse(&text, dialect);
        // Of values alone it does no more than a SELECT of them: what stands for nothing, where a condition chooses.
        if analysis.kind == StatementKind::Do && !text.contains('(') {
            analysis.kind = StatementKind::Select;
        }
        analysis.flags.bound = bound;
        is_followed(&text, &analysis, dialect).then_some((text, analysis))
    };
    texts.into_iter().map(one).collect::<Option<_>>().unwrap_or_default()
}

fn is_followed(text: &str, analysis: &Analysis, dialect: Dialect) -> bool {
    use StatementKind::{Do, Select, Show};
    let mut lexer = Lexer::new(text, dialect);
    let mut tokens = std::iter::from_fn(|| lexer.next_token().ok().flatten());
    let kind = analysis.kind;
    let only_reads = matches!(kind, Do | Select | Show);
    kind.is_dml()
        || kind.is_ddl()
        || (only_reads && !tokens.any(|t| t.kind == TokenKind::Symbol && &text[t.start..t.end] == "@"))
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
        let chosen =
            "SET @q = (SELECT IF((SELECT COUNT(*) FROM u) > 0, 'DO 0', 'DROP TABLE t')); PREPARE s FROM @q; EXECUTE s";
        let found = statements(chosen, Dialect::MySql).unwrap().pop().unwrap();
        let between: Vec<StatementKind> = found.alternatives.iter().map(|one| one.analysis.kind).collect();
        assert_eq!(between, [StatementKind::Select, DropTable]);
        let found = statements("PREPARE s FROM 'DELETE FROM t WHERE a = ?'; EXECUTE s USING @b", Dialect::MySql);
        let found = found.unwrap().pop().unwrap();
        assert_eq!((found.sql.as_str(), found.plain()), ("EXECUTE s USING @b", "DELETE FROM t WHERE a = ?"));
        assert!(found.analysis.flags.bound);
    }
}
