//! The session of a script as its statements have set it, as far as its texts tell: how the server reads the next one.
//!
//! The native client is told by the server after each statement how that reads quotes and backslashes. Here a file is cut
//! before any of it runs, so the settings are followed by their texts; where a text does not tell, nothing is guessed
//! ([`Session::is_told`]).

use super::Dialect;
use super::expression::{Code, Values, Variables, bare, one, only, parts, values};
use super::foreign_key_checks::{Embedded, ForeignKeyChecks};
use super::globals::Globals;
use super::keyword::is;
use super::lexer::{Lexer, Token, TokenKind};
use super::modes::{Charset, Modes};
use std::collections::HashMap;

/// Effect of a COMMIT or ROLLBACK on what follows, where it does not say it itself (`completion_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Completion {
    Plain,
    Chain,
    Release,
    Untold,
}

/// A session of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    dialect: Dialect,
    globals: Globals,
    /// Values that `sql_mode` may have, all of them read in the same way; `None` where the texts do not tell it.
    mode: Option<Values>,
    pub(super) modes: Modes,
    charset: Option<String>,
    /// Autocommit was off where the script began, and the script has not set it yet.
    pub(super) no_autocommit: bool,
    spoke_of_autocommit: bool,
    pub(super) completion: Completion,
    foreign_key_checks: ForeignKeyChecks,
    /// SQLite's, which follow a rule of their own.
    embedded: Embedded,
    /// User variables whose value is told, in lower case.
    variables: HashMap<String, Values>,
    /// A text that is prepared may set the mode.
    prepares: bool,
}

/// Longer statements than this set nothing that decides how others are read.
const LONGEST: usize = 1 << 14;

impl Session {
    pub(super) fn new(dialect: Dialect, globals: Globals) -> Session {
        let mode = globals.sql_mode.clone();
        let modes = if dialect.is_mysql_family() { Modes::from_sql_mode(&mode) } else { Modes::default() };
        Session {
            dialect,
            modes,
            mode: one(mode),
            charset: Some("utf8mb4".to_owned()),
            no_autocommit: globals.no_autocommit,
            spoke_of_autocommit: false,
            completion: completion(&globals.completion),
            foreign_key_checks: checks_of_server(&globals),
            embedded: Embedded::new(),
            variables: HashMap::new(),
            prepares: false,
            globals,
        }
    }

    /// A file may still be the first to set autocommit.
    pub(super) fn forget_autocommit(&mut self) {
        self.spoke_of_autocommit = false;
    }

    /// Dialect of the script.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// True if it is told how the server reads quotes and backslashes.
    pub(super) fn is_told(&self) -> bool {
        self.mode.is_some()
    }

    /// The character set in which the server reads.
    pub(super) fn charset(&self) -> Charset {
        self.charset.as_deref().map_or_else(|| Charset::Other("a set that is not told".to_owned()), Charset::from_name)
    }

    /// Checking of foreign keys while a statement runs: MariaDB's `SET STATEMENT … FOR` sets it for that one alone.
    pub(super) fn foreign_key_checks_of(&self, sql: &str) -> ForeignKeyChecks {
        if !self.dialect.is_mysql_family() {
            return self.embedded.checks;
        }
        let mut lexer = Lexer::new(sql, self.dialect).with_modes(self.modes);
        let mut begins = |word: &str| next_code(&mut lexer).is_some_and(|token| is(&sql[token.start..token.end], word));
        if self.dialect != Dialect::MariaDb || !(begins("SET") && begins("STATEMENT")) {
            return self.foreign_key_checks;
        }
        let mut within = self.clone();
        let codes = codes(&mut lexer, sql);
        let end = codes.iter().position(|(_, text)| is(text, "FOR")).unwrap_or(codes.len());
        parts(&codes[..end]).into_iter().for_each(|assignment| within.assign(assignment));
        within.foreign_key_checks
    }

    /// The tokens of a statement's code, as this session reads it.
    pub(super) fn codes<'a>(&self, sql: &'a str) -> Vec<Code<'a>> {
        codes(&mut Lexer::new(sql, self.dialect).with_modes(self.modes), sql)
    }

    /// A statement has run.
    pub(super) fn advance(&mut self, sql: &str) {
        if !self.dialect.is_mysql_family() {
            return self.embedded.advance(sql);
        }
        if sql.len() > LONGEST {
            return;
        }
        let mut lexer = Lexer::new(sql, self.dialect).with_modes(self.modes);
        let Some(first) = next_code(&mut lexer) else { return };
        let verb = &sql[first.start..first.end];
        let one_of = |verbs: &[&str]| verbs.iter().any(|word| is(verb, word));
        let is_compound = one_of(COMPOUND);
        if !is_compound && !one_of(&["SET", "SELECT", "PREPARE", "EXECUTE", "CALL"]) {
            return;
        }
        let codes = codes(&mut lexer, sql);
        if one_of(&["EXECUTE", "CALL"]) || (is_compound && codes.iter().any(|(_, text)| may_set_checks(text))) {
            self.foreign_key_checks = ForeignKeyChecks::Untold;
        }
        self.prepares |= codes.iter().any(|(kind, text)| *kind == TokenKind::Text && speaks_of_reading(text));
        match () {
            () if one_of(&["SET"]) => self.set(&codes),
            () if one_of(&["SELECT"]) => self.select(&codes),
            () if one_of(&["CALL"]) => self.variables.clear(),
            () if one_of(&["EXECUTE"]) && self.prepares => (self.mode, self.charset) = (None, None),
            () => {}
        }
    }

    /// `SELECT expression INTO @variable`, `SELECT @variable := expression`.
    fn select(&mut self, codes: &[Code<'_>]) {
        let into = codes.iter().position(|(_, text)| is(text, "INTO"));
        if let Some([(_, "@"), (_, name)]) = into.map(|at| &codes[at + 1..]) {
            let value = into.and_then(|at| values(&codes[..at], self));
            return self.remember(name, value);
        }
        if let [(_, "@"), (_, name), (_, ":="), expression @ ..] = codes {
            let value = values(expression, self);
            return self.remember(name, value);
        }
        // Whatever else it assigns is not told any more.
        for window in codes.windows(2) {
            if let [(_, "@"), (_, name)] = window {
                self.variables.remove(&bare(name));
            }
        }
    }

    fn remember(&mut self, name: &str, value: Option<Values>) {
        match value {
            Some(value) => self.variables.insert(bare(name), value),
            None => self.variables.remove(&bare(name)),
        };
    }

    fn set(&mut self, codes: &[Code<'_>]) {
        let begins = |words: &[&str]| codes.first().is_some_and(|(_, text)| words.iter().any(|word| is(text, word)));
        if begins(&["STATEMENT", "PASSWORD", "ROLE", "TRANSACTION", "RESOURCE"]) {
            return;
        }
        for assignment in parts(codes) {
            self.assign(assignment);
        }
    }

    fn assign(&mut self, codes: &[Code<'_>]) {
        let words: Vec<&str> = codes.iter().take(3).map(|(_, text)| *text).collect();
        match words.as_slice() {
            [names, set, ..] if is(names, "NAMES") || is(names, "CHARSET") => return self.set_charset(Some(set)),
            [character, set, name] if is(character, "CHARACTER") && is(set, "SET") => {
                return self.set_charset(Some(name));
            }
            _ => {}
        }
        let Some(at) = codes.iter().position(|(_, text)| matches!(*text, "=" | ":=")) else { return };
        let (left, right) = (&codes[..at], &codes[at + 1..]);
        let is_default = matches!(right, [(_, word)] if is(word, "DEFAULT"));
        if let [(_, "@"), (_, name)] = left {
            let value = values(right, self);
            return self.remember(name, value);
        }
        let Some((_, name)) = left.last() else { return };
        let of_server = left.iter().any(|(_, text)| ["GLOBAL", "PERSIST", "PERSIST_ONLY"].iter().any(|w| is(text, w)));
        let value = || only(values(right, self));
        match bare(name).as_str() {
            "sql_mode" if of_server => {
                if let Some(value) = value() {
                    self.globals.sql_mode = value;
                }
            }
            "foreign_key_checks" if of_server => {
                self.globals.no_foreign_key_checks =
                    ForeignKeyChecks::from_value(value().as_deref()) == ForeignKeyChecks::Off;
            }
            _ if of_server => {}
            "foreign_key_checks" => {
                self.foreign_key_checks = match is_default {
                    true => checks_of_server(&self.globals),
                    false => ForeignKeyChecks::from_value(value().as_deref()),
                };
            }
            "sql_mode" => {
                let told = if is_default { one(self.globals.sql_mode.clone()) } else { values(right, self) };
                self.mode = told.filter(|told| {
                    told.iter().all(|value| Modes::from_sql_mode(value) == Modes::from_sql_mode(&told[0]))
                });
                self.modes = self.mode.as_ref().map_or(self.modes, |values| Modes::from_sql_mode(&values[0]));
            }
            "character_set_client" => match is_default {
                true => self.set_charset(None),
                false => self.charset = value(),
            },
            "completion_type" => {
                let told = if is_default { Some(self.globals.completion.clone()) } else { value() };
                self.completion = told.as_deref().map_or(Completion::Untold, completion);
            }
            "autocommit" => {
                let on = value().is_some_and(|value| ["1", "ON", "TRUE"].iter().any(|on| is(&value, on)));
                self.no_autocommit = !on && !self.spoke_of_autocommit && !is_default;
                self.spoke_of_autocommit = true;
            }
            _ => {}
        }
    }

    /// `DEFAULT`, and nothing, are the server's.
    fn set_charset(&mut self, name: Option<&str>) {
        let name = name.map(bare).filter(|name| name != "default");
        self.charset = Some(name.unwrap_or_else(|| self.globals.charset.clone()));
    }
}

impl Variables for Session {
    fn user(&self, name: &str) -> Option<Values> {
        self.variables.get(name).cloned()
    }

    fn system(&self, codes: &[Code<'_>]) -> Option<Values> {
        let (of_server, name) = match codes {
            [(_, name)] => (false, name),
            [(_, scope), (_, "."), (_, name)] => (is(scope, "GLOBAL"), name),
            _ => return None,
        };
        match (bare(name).as_str(), of_server) {
            ("sql_mode", false) => self.mode.clone(),
            ("sql_mode", true) => one(self.globals.sql_mode.clone()),
            ("foreign_key_checks", false) => self.foreign_key_checks.value().and_then(one),
            ("foreign_key_checks", true) => checks_of_server(&self.globals).value().and_then(one),
            ("character_set_client", false) => self.charset.clone().and_then(one),
            ("character_set_client", true) => one(self.globals.charset.clone()),
            // What dumps put aside beside it; of the client's alone anything depends here.
            ("completion_type", false) => match self.completion {
                Completion::Plain => one("0"),
                Completion::Chain => one("1"),
                Completion::Release => one("2"),
                Completion::Untold => None,
            },
            _ => None,
        }
    }
}

/// Statements that hold others: MariaDB runs them outside routines.
const COMPOUND: &[&str] = &["BEGIN", "CASE", "FOR", "IF", "LOOP", "REPEAT", "WHILE"];

/// True for a word of a compound statement by which it may set whether foreign keys are checked.
fn may_set_checks(word: &str) -> bool {
    ["FOREIGN_KEY_CHECKS", "CALL", "EXECUTE"].iter().any(|other| is(word.trim_matches('`'), other))
}

/// Checking of foreign keys with which a session begins.
fn checks_of_server(globals: &Globals) -> ForeignKeyChecks {
    if globals.no_foreign_key_checks { ForeignKeyChecks::Off } else { ForeignKeyChecks::On }
}

fn completion(value: &str) -> Completion {
    match value.to_ascii_uppercase().as_str() {
        "" | "0" | "NO_CHAIN" => Completion::Plain,
        "1" | "CHAIN" => Completion::Chain,
        "2" | "RELEASE" => Completion::Release,
        _ => Completion::Untold,
    }
}

/// True if a text, once prepared, may change how others are read.
fn speaks_of_reading(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    ["SQL_MODE", "CHARACTER_SET_CLIENT", "SET NAMES"].iter().any(|word| upper.contains(word))
}

fn codes<'a>(lexer: &mut Lexer<'_>, sql: &'a str) -> Vec<Code<'a>> {
    let tokens = std::iter::from_fn(|| next_code(lexer));
    tokens.map(|token| (token.kind, &sql[token.start..token.end])).collect()
}

fn next_code(lexer: &mut Lexer<'_>) -> Option<Token> {
    while let Ok(Some(token)) = lexer.next_token() {
        if token.is_code() && !matches!(token.kind, TokenKind::ExecOpen | TokenKind::ExecClose) {
            return Some(token);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(statements: &[&str]) -> Session {
        let globals =
            Globals { sql_mode: "STRICT_TRANS_TABLES".into(), charset: "latin1".into(), ..Globals::default() };
        let mut session = Session::new(Dialect::MariaDb, globals);
        statements.iter().for_each(|sql| session.advance(sql));
        session
    }

    #[test]
    fn the_mode_is_followed_through_whatever_a_text_tells() {
        for (statements, mode) in [
            (&["SET sql_mode = 'ANSI_QUOTES'"][..], Some("ANSI_QUOTES")),
            (&["SET sql_mode = ANSI"], Some("ANSI")),
            (&["set @@session.sql_mode := 'ANSI'"], Some("ANSI")),
            (&["SET LOCAL `sql_mode` = ''"], Some("")),
            (&["SET foreign_key_checks = 0, sql_mode = 'A', unique_checks = 0"], Some("A")),
            (&["/*!50003 SET sql_mode = 'ANSI' */"], Some("ANSI")),
            (&["/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='X' */"], Some("X")),
            (&["SET @OLD=@@SQL_MODE, SQL_MODE='X'", "/*!40101 SET SQL_MODE=@OLD */"], Some("STRICT_TRANS_TABLES")),
            (&["SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')"], Some("STRICT_TRANS_TABLES,ANSI_QUOTES")),
            (&["SET sql_mode = COALESCE(NULL, 'ANSI_QUOTES')"], Some("ANSI_QUOTES")),
            (&["SET sql_mode = IFNULL('ANSI', NULL)"], Some("ANSI")),
            (&["SET sql_mode = CONCAT(LTRIM(' ANSI'), RTRIM(',NO_ZERO_DATE '))"], Some("ANSI,NO_ZERO_DATE")),
            (&["SET sql_mode = CONCAT('ANSI', NULL)"], None),
            (&["SET sql_mode = (SELECT CONCAT(@@sql_mode, ',ANSI'))"], Some("STRICT_TRANS_TABLES,ANSI")),
            (&["SET sql_mode = (SELECT m FROM modes)"], None),
            (&["SET sql_mode = IF(f(), 'ANSI', 'STRICT_ALL_TABLES')"], None),
            (&["SET sql_mode = REPLACE(@@global.sql_mode, 'STRICT_TRANS_TABLES', '')"], Some("")),
            (&["SET GLOBAL sql_mode = 'ANSI'"], Some("STRICT_TRANS_TABLES")),
            (&["SET GLOBAL sql_mode = 'ANSI'", "SET sql_mode = DEFAULT"], Some("ANSI")),
            (&["SET sql_mode = @nobody"], None),
            (&["SELECT @@sql_mode INTO @m", "SET sql_mode = ''", "SET sql_mode = @m"], Some("STRICT_TRANS_TABLES")),
            (&["SELECT @m := @@sql_mode", "SET sql_mode = @m"], Some("STRICT_TRANS_TABLES")),
            (&["SET @m = 'A'", "CALL p(@m)", "SET sql_mode = @m"], None),
            (&["SET @m = 'SET sql_mode = 4'", "PREPARE s FROM @m", "EXECUTE s"], None),
            (&["SET @m = 'DELETE FROM t'", "PREPARE s FROM @m", "EXECUTE s"], Some("STRICT_TRANS_TABLES")),
            (&["SET STATEMENT sql_mode = 'ANSI' FOR SELECT 1"], Some("STRICT_TRANS_TABLES")),
            (&["SET NAMES utf8, sql_mode = 'A'"], Some("A")),
        ] {
            assert_eq!(only(after(statements).mode).as_deref(), mode, "{statements:?}");
        }
    }

    #[test]
    fn a_choice_between_modes_that_read_alike_is_told() {
        for (statements, is_told) in [
            (
                &[
                    "SELECT IF(f(), 'STRICT_ALL_TABLES,NO_AUTO_CREATE_USER', 'STRICT_ALL_TABLES') INTO @m",
                    "SET sql_mode = @m",
                ][..],
                true,
            ),
            (&["SET sql_mode = IF(@@version_comment LIKE 'M%', 'ANSI', 'ANSI_QUOTES')"], true),
            (&["SET sql_mode = CONCAT(IF(f(), 'A', 'B'), ',C')"], true),
            (&["SET sql_mode = CASE WHEN f() THEN 'A' WHEN g() THEN 'B' ELSE 'C' END"], true),
            (&["SET sql_mode = CASE WHEN f() THEN 'ANSI' ELSE 'C' END"], false),
            (&["SET sql_mode = CASE WHEN f() THEN 'A' END"], false),
            (&["SET sql_mode = IF(f(), g(), 'A')"], false),
        ] {
            assert_eq!(after(statements).is_told(), is_told, "{statements:?}");
        }
    }

    #[test]
    fn the_character_set_is_that_of_the_client() {
        for (statements, expected) in [
            (&["SET NAMES latin1"][..], Charset::Latin1),
            (&["SET NAMES 'utf8mb4' COLLATE utf8mb4_bin"], Charset::Utf8),
            (&["SET CHARACTER SET latin1"], Charset::Latin1),
            (&["SET character_set_client = gbk"], Charset::Other("gbk".into())),
            (&["SET NAMES DEFAULT"], Charset::Latin1),
            (&["SET @c = @@character_set_client", "SET NAMES latin1", "SET character_set_client = @c"], Charset::Utf8),
            (&["SET character_set_results = latin1"], Charset::Utf8),
        ] {
            assert_eq!(after(statements).charset(), expected, "{statements:?}");
        }
    }
}
