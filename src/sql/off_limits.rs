//! What a statement of a file may not take, whatever account it runs as: the session of a file is also the engine's, which
//! puts transactions around its statements and holds a lock in it by which a successor finds it.
//!
//! Programs are not looked into where they are made: their bodies run another time.

use super::analysis::unquote;
use super::keyword::{is, one_of};
use super::lexer::{Lexer, TokenKind};
use super::{Dialect, Language, StatementKind, analyse};
use std::fmt;

/// The beginning of the names of the engine's own session locks, in lower case.
pub const OWN_LOCKS: &str = "caribou.";

/// What a statement takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OffLimits {
    /// `XA`: a transaction that no other can stand beside.
    TwoPhase,
    /// `RELEASE_ALL_LOCKS()`, which counts the engine's lock and gives it up.
    AllLocks,
    /// A lock of the engine's, by name.
    OwnLock(String),
}

impl OffLimits {
    /// What to do instead.
    pub fn remedy(&self) -> &'static str {
        match self {
            OffLimits::TwoPhase => "write START TRANSACTION and COMMIT instead",
            OffLimits::AllLocks => "name the file's own locks instead, RELEASE_LOCK('name')",
            OffLimits::OwnLock(_) => "give the file's lock another name",
        }
    }
}

impl fmt::Display for OffLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OffLimits::TwoPhase => f.write_str(
                "an XA transaction cannot stand in a file: no other transaction can stand around its statements, to prove what \
                 ran, and nothing undoes what it has prepared",
            ),
            OffLimits::AllLocks => {
                f.write_str("RELEASE_ALL_LOCKS() would also give up the lock by which a successor finds this session")
            }
            OffLimits::OwnLock(name) => write!(f, "{name:?} is a name of the orchestrator's own locks"),
        }
    }
}

/// Every statement of a script that takes what it may not: its line, and that. A script that cannot be split runs nowhere.
pub fn off_limits(script: &str, language: impl Into<Language>) -> Vec<(u32, OffLimits)> {
    let language = language.into();
    let dialect = language.dialect;
    // Most scripts do not, and most texts are long: a look for the bare letters is cheap.
    let upper = script.to_ascii_uppercase();
    let speaks = |word: &str| upper.contains(word);
    if !dialect.is_mysql_family() || !(speaks("XA") || speaks("RELEASE_ALL_LOCKS") || speaks("_LOCK")) {
        return Vec::new();
    }
    let statements = super::statements(script, language).unwrap_or_default();
    let taken = |text: &str, kind: StatementKind| taken_by(text, kind, dialect);
    statements
        .iter()
        .filter_map(|statement| {
            let own = || taken(&statement.sql, analyse(&statement.sql, dialect).kind);
            let told = || statement.as_it_may_run().iter().find_map(|one| taken(one.plain(), one.analysis.kind));
            Some((statement.line, told().or_else(own)?))
        })
        .collect()
}

/// What a text takes that is about to be executed.
pub fn off_limits_to(text: &str, dialect: Dialect) -> Option<OffLimits> {
    if dialect.is_mysql_family() { taken_by(text, analyse(text, dialect).kind, dialect) } else { None }
}

/// True if a statement may leave the session without a lock that it had, in a way that its text does not show.
pub fn may_release(text: &str, kind: StatementKind) -> bool {
    kind.is_opaque() || text.to_ascii_uppercase().contains("RELEASE_LOCK")
}

fn taken_by(text: &str, kind: StatementKind, dialect: Dialect) -> Option<OffLimits> {
    use StatementKind::{Compound, Execute, Prepare, Xa};
    if is_program(kind) {
        return None;
    }
    let codes = codes(text, dialect);
    let word = |at: usize| codes.get(at).map_or("", |(_, text)| *text);
    if kind == Xa && !is(word(1), "RECOVER") {
        return Some(OffLimits::TwoPhase);
    }
    (0..codes.len()).find_map(|at| match codes[at].0 {
        TokenKind::Text if matches!(kind, Prepare | Execute) => off_limits_to(&unquote(word(at)), dialect),
        TokenKind::Word if kind == Compound && is(word(at), "XA") => {
            let begins = at > 0 && one_of(word(at - 1), &BEFORE_A_STATEMENT);
            (begins && one_of(word(at + 1), &XA_VERBS)).then_some(OffLimits::TwoPhase)
        }
        TokenKind::Word if word(at + 1) == "(" && (at == 0 || word(at - 1) != ".") => {
            let name = || unquote(word(at + 2));
            match () {
                () if is(word(at), "RELEASE_ALL_LOCKS") => Some(OffLimits::AllLocks),
                () if one_of(word(at), &["GET_LOCK", "RELEASE_LOCK"]) => {
                    Some(name()).filter(|name| name.to_lowercase().starts_with(OWN_LOCKS)).map(OffLimits::OwnLock)
                }
                () => None,
            }
        }
        _ => None,
    })
}

/// What it holds runs another time.
fn is_program(kind: StatementKind) -> bool {
    use StatementKind::{
        AlterEvent, AlterView, CreateEvent, CreateFunction, CreateProcedure, CreateTrigger, CreateView,
    };
    matches!(kind, CreateProcedure | CreateFunction | CreateTrigger | CreateEvent | AlterEvent | CreateView | AlterView)
}

const XA_VERBS: [&str; 6] = ["START", "BEGIN", "END", "PREPARE", "COMMIT", "ROLLBACK"];
const BEFORE_A_STATEMENT: [&str; 9] = [";", "BEGIN", "ATOMIC", "THEN", "ELSE", "DO", "LOOP", "REPEAT", ":"];

fn codes(text: &str, dialect: Dialect) -> Vec<(TokenKind, &str)> {
    let mut lexer = Lexer::new(text, dialect);
    let mut found = Vec::new();
    while let Ok(Some(token)) = lexer.next_token() {
        if token.is_code() && !matches!(token.kind, TokenKind::ExecOpen | TokenKind::ExecClose) {
            found.push((token.kind, &text[token.start..token.end]));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{MariaDb, MySql, Sqlite};
    use OffLimits::{AllLocks, TwoPhase};

    fn found(text: &str) -> Vec<OffLimits> {
        off_limits(text, MariaDb).into_iter().map(|(_, what)| what).collect()
    }

    #[test]
    fn what_the_engine_stands_on_is_nothing_to_take() {
        for text in [
            "XA START 'x'",
            "xa begin 'x', 'y' join",
            "XA END 'x'",
            "XA PREPARE 'x'",
            "/* a */ XA COMMIT X'41', X'42', 3 ONE PHASE",
            "/*!50000 XA ROLLBACK 'x' */",
            "/*!50000 XA*/ END 'x'",
            "PREPARE s FROM 'XA START ''x'''",
            "EXECUTE IMMEDIATE \"xa start 'x'\"",
            "BEGIN NOT ATOMIC SELECT 1; XA START 'x'; END",
            "IF @a THEN XA END 'x'; END IF",
        ] {
            assert_eq!(found(text), [TwoPhase], "{text}");
        }
        for text in [
            "SELECT RELEASE_ALL_LOCKS()",
            "DO release_all_locks ( )",
            "INSERT INTO t SELECT 1, RELEASE_ALL_LOCKS()",
            "SET @a = RELEASE_ALL_LOCKS()",
            "/*!50503 SELECT RELEASE_ALL_LOCKS() */",
            "PREPARE s FROM 'DO RELEASE_ALL_LOCKS()'",
            "EXECUTE IMMEDIATE 'SELECT RELEASE_ALL_LOCKS()'",
            "SET STATEMENT max_statement_time = 1 FOR SELECT RELEASE_ALL_LOCKS()",
            "BEGIN NOT ATOMIC DO RELEASE_ALL_LOCKS(); END",
        ] {
            assert_eq!(found(text), [AllLocks], "{text}");
        }
        let own = || OffLimits::OwnLock("Caribou.files.shop".to_owned());
        assert_eq!(found("DO RELEASE_LOCK('Caribou.files.shop')"), [own()]);
        assert_eq!(found("SELECT GET_LOCK(\"Caribou.files.shop\", 1)"), [own()]);
        assert_eq!(off_limits("SELECT 1;\n\nXA END 'x'", MySql), [(3, TwoPhase)]);
        assert_eq!(off_limits_to("XA END 'x'", MySql), Some(TwoPhase));
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        for text in [
            "XA RECOVER",
            "SELECT xa FROM t",
            "SELECT 'XA START' /* XA END */",
            "CREATE TABLE xa (start INT)",
            "CREATE PROCEDURE p() BEGIN XA START 'x'; DO RELEASE_ALL_LOCKS(); END",
            "SELECT GET_LOCK('mine', 1), RELEASE_LOCK('mine'), IS_USED_LOCK('caribou.files.shop')",
            "CREATE VIEW v AS SELECT RELEASE_ALL_LOCKS() AS n",
            "SELECT 'RELEASE_ALL_LOCKS()'",
            "SELECT shop.release_all_locks()",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
        assert_eq!(off_limits("SELECT RELEASE_ALL_LOCKS()", Sqlite), []);
    }
}
