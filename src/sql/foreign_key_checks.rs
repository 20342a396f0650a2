//! Checking of foreign keys where a statement runs, as the texts before it tell it.

use super::Dialect;
use super::keyword::{is, one_of};
use super::lexer::Lexer;

/// Checking of foreign keys by a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForeignKeyChecks {
    /// They are checked.
    On,
    /// They are not.
    Off,
    /// No text tells it.
    #[default]
    Untold,
}

impl ForeignKeyChecks {
    /// The value that a server's session takes: `SET foreign_key_checks = value`.
    pub(super) fn from_value(value: Option<&str>) -> ForeignKeyChecks {
        match value {
            Some(value) if one_of(value, &["1", "ON", "TRUE"]) => ForeignKeyChecks::On,
            Some(value) if one_of(value, &["0", "OFF", "FALSE"]) => ForeignKeyChecks::Off,
            _ => ForeignKeyChecks::Untold,
        }
    }

    /// The value as a server says it, where it is told.
    pub(super) fn value(self) -> Option<&'static str> {
        match self {
            ForeignKeyChecks::On => Some("1"),
            ForeignKeyChecks::Off => Some("0"),
            ForeignKeyChecks::Untold => None,
        }
    }
}

/// What SQLite's `PRAGMA foreign_keys` has set, which is a no-op inside a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Embedded {
    pub(super) checks: ForeignKeyChecks,
    /// `None`: whether a savepoint has begun one that still lasts is not followed.
    in_transaction: Option<bool>,
}

impl Embedded {
    pub(super) fn new() -> Embedded {
        Embedded { checks: ForeignKeyChecks::Off, in_transaction: Some(false) }
    }

    /// A statement has run.
    pub(super) fn advance(&mut self, sql: &str) {
        let words = words(sql);
        let is_word = |at: usize, word: &str| words.get(at).is_some_and(|found| is(found, word));
        let Some(first) = words.first() else { return };
        if is(first, "BEGIN") {
            self.in_transaction = Some(true);
        } else if one_of(first, &["COMMIT", "END"]) || (is(first, "ROLLBACK") && !words.iter().any(|w| is(w, "TO"))) {
            self.in_transaction = Some(false);
        } else if is(first, "SAVEPOINT") {
            self.in_transaction = self.in_transaction.filter(|is_open| *is_open);
        } else if is(first, "PRAGMA") {
            // PRAGMA [schema .] foreign_keys = value | (value)
            let name = if is_word(2, ".") { 3 } else { 1 };
            if let (true, Some(value)) = (is_word(name, "foreign_keys"), words.get(name + 2)) {
                self.checks = match self.in_transaction {
                    Some(true) => self.checks,
                    Some(false) => from_pragma(value),
                    None => ForeignKeyChecks::Untold,
                };
            }
        }
    }
}

/// SQLite takes every other word for no.
fn from_pragma(value: &str) -> ForeignKeyChecks {
    let value = value.trim_matches(['\'', '"', '`']);
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    match one_of(value, &["ON", "TRUE", "YES"]) || (is_number && value.bytes().any(|byte| byte != b'0')) {
        true => ForeignKeyChecks::On,
        false => ForeignKeyChecks::Off,
    }
}

/// The words of a statement that may begin or end a transaction, or is a `PRAGMA`: the first of any other.
fn words(sql: &str) -> Vec<&str> {
    const WORDS: usize = 8;
    let mut lexer = Lexer::new(sql, Dialect::Sqlite);
    let mut words = Vec::new();
    while let Ok(Some(token)) = lexer.next_token() {
        if token.is_code() {
            words.push(&sql[token.start..token.end]);
            if words.len() == WORDS || !one_of(words[0], LEADING) {
                break;
            }
        }
    }
    words
}

const LEADING: &[&str] = &["BEGIN", "COMMIT", "END", "PRAGMA", "ROLLBACK", "SAVEPOINT"];

#[cfg(test)]
mod tests {
    use super::ForeignKeyChecks::{Off, On, Untold};
    use super::*;
    use crate::sql::{Globals, Language, statements};

    /// Of the last statement.
    fn last(language: impl Into<Language>, sql: &str) -> ForeignKeyChecks {
        statements(sql, language).unwrap().last().unwrap().foreign_key_checks
    }

    #[test]
    fn a_server_checks_them_until_a_text_says_otherwise() {
        for (sql, expected) in [
            ("DROP TABLE t", On),
            ("SET foreign_key_checks = 0; DROP TABLE t", Off),
            ("SET SESSION foreign_key_checks = OFF; DROP TABLE t", Off),
            ("SET @@session.foreign_key_checks := false; DROP TABLE t", Off),
            ("/*!40014 SET @OLD=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */; DROP TABLE t", Off),
            (
                "/*!40014 SET @OLD=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */; SET FOREIGN_KEY_CHECKS=@OLD; DROP TABLE t",
                On,
            ),
            ("SET foreign_key_checks = 0; SET foreign_key_checks = DEFAULT; DROP TABLE t", On),
            ("SET GLOBAL foreign_key_checks = 0; DROP TABLE t", On),
            ("SET GLOBAL foreign_key_checks = 0; SET foreign_key_checks = DEFAULT; DROP TABLE t", Off),
            ("SET foreign_key_checks = @nobody; DROP TABLE t", Untold),
            ("SET foreign_key_checks = 0; CALL p(); DROP TABLE t", Untold),
            ("CALL p(); SET foreign_key_checks = 1; DROP TABLE t", On),
            ("SET @s = 'x'; PREPARE p FROM @s; EXECUTE p; DROP TABLE t", Untold),
            ("SET @x = 'foreign_key_checks = 0'; DROP TABLE t", On),
        ] {
            for dialect in [Dialect::MariaDb, Dialect::MySql] {
                assert_eq!(last(dialect, sql), expected, "{sql}");
            }
        }
        for (sql, expected) in [
            ("SET STATEMENT foreign_key_checks = 0 FOR DROP TABLE t", Off),
            ("SET STATEMENT foreign_key_checks = 0 FOR DROP TABLE t; DROP TABLE u", On),
            ("SET STATEMENT max_statement_time = 1, foreign_key_checks = 0 FOR DROP TABLE t", Off),
            ("BEGIN NOT ATOMIC SET foreign_key_checks = 0; END; DROP TABLE t", Untold),
            ("BEGIN NOT ATOMIC SET @a = 0; END; DROP TABLE t", On),
        ] {
            assert_eq!(last(Dialect::MariaDb, sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_the_session_is_given_counts_as_if_it_were_written() {
        let off = [("foreign_key_checks".to_owned(), "0".to_owned())];
        let language = Language::from(Dialect::MySql).with(&off);
        assert_eq!(last(language.clone(), "DROP TABLE t"), Off);
        assert_eq!(last(language.for_file("-- caribou: session=foreign_key_checks=1\n"), "DROP TABLE t"), On);
        let directive = "-- caribou: session=\"sql_mode='ANSI', foreign_key_checks=off\"\n";
        assert_eq!(last(Language::from(Dialect::MariaDb).for_file(directive), "DROP TABLE t"), Off);
        let globals = Globals { no_foreign_key_checks: true, ..Globals::default() };
        assert_eq!(last(Language::new(Dialect::MySql, &globals), "DROP TABLE t"), Off);
        assert_eq!(last(Language::new(Dialect::MySql, &globals), "SET foreign_key_checks = 1; DROP TABLE t"), On);
        let embedded = "-- caribou: session=foreign_keys=1\n";
        assert_eq!(last(Language::from(Dialect::Sqlite).for_file(embedded), "DROP TABLE t"), On);
    }

    #[test]
    fn sqlite_checks_them_where_a_pragma_outside_transactions_says_so() {
        for (sql, expected) in [
            ("DROP TABLE t", Off),
            ("PRAGMA foreign_keys = ON; DROP TABLE t", On),
            ("pragma main.foreign_keys(1); DROP TABLE t", On),
            ("PRAGMA foreign_keys = 'yes'; DROP TABLE t", On),
            ("PRAGMA foreign_keys = ON; PRAGMA foreign_keys = 0; DROP TABLE t", Off),
            ("PRAGMA foreign_keys = ON; PRAGMA foreign_keys; DROP TABLE t", On),
            ("PRAGMA foreign_keys = ON; BEGIN; PRAGMA foreign_keys = OFF; DROP TABLE t", On),
            ("PRAGMA foreign_keys = ON; BEGIN; COMMIT; PRAGMA foreign_keys = OFF; DROP TABLE t", Off),
            ("BEGIN; ROLLBACK TO a; PRAGMA foreign_keys = ON; DROP TABLE t", Off),
            ("SAVEPOINT a; PRAGMA foreign_keys = ON; DROP TABLE t", Untold),
        ] {
            assert_eq!(last(Dialect::Sqlite, sql), expected, "{sql}");
        }
    }
}
