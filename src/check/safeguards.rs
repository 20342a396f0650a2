//! Safeguards of the server that a file switches off: foreign keys, unique and CHECK constraints, the binary log.
//!
//! Off and on again around a rebuild is how it is done. What is left off, and rows that are written into a table that
//! stood before while its unique keys are not looked at, is told.

use super::context::CheckedFile;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Warn};
use super::settings::CheckSettings;
use crate::sql::{Dialect, How, Statement, StatementKind};
use crate::undo::words;

pub(super) const CHECKS_SWITCHED_OFF: Check = Check::pre(
    "checks_switched_off",
    [Warn, Block],
    CheckFn::Text(checks_switched_off),
)
.told(
    "Files switch off neither foreign keys, nor unique or CHECK constraints, nor the binary log.",
    "rows that are written meanwhile are not checked, now or later; without the binary log replicas do not get them",
    "order the statements so that each is allowed when it runs; where it cannot be, switch on again in the same file",
);

/// Words for on and off, of SET and of PRAGMA.
const ON: &[&str] = &["1", "ON", "TRUE", "YES"];
const OFF: &[&str] = &["0", "OFF", "FALSE", "NO"];

/// Something that looks at what is written, as long as it is on.
struct Safeguard {
    /// The setting.
    name: &'static str,
    /// Kind of the statement that sets it: SET, or PRAGMA on SQLite.
    kind: StatementKind,
    /// Values that switch the safeguard off.
    off: &'static [&'static str],
    why: &'static str,
    safer: &'static str,
    /// Nobody looks afterwards at what was written meanwhile, so that switching on again does not mend it.
    is_never_made_up_for: bool,
}

const fn safeguard(name: &'static str, why: &'static str, safer: &'static str) -> Safeguard {
    Safeguard { name, kind: StatementKind::Set, off: OFF, why, safer, is_never_made_up_for: false }
}

impl Safeguard {
    const fn pragma(self, off: &'static [&'static str]) -> Safeguard {
        Safeguard { kind: StatementKind::Pragma, off, ..self }
    }

    /// True if it is off at a value.
    fn is_off_at(&self, value: &str) -> bool {
        self.off.iter().any(|off| value.trim_matches('\'').eq_ignore_ascii_case(off))
    }

    const fn never_made_up_for(self) -> Safeguard {
        Safeguard { is_never_made_up_for: true, ..self }
    }
}

const FOREIGN_KEYS_WHY: &str = "rows without a parent are taken, and what loses its parent stays: keys_held counts them \
     behind the file in the tables that it writes itself, in no others, and not in what is written later";
const FOREIGN_KEYS_SAFER: &str = "write parents before children and delete children before parents; for a rebuild switch \
     it off before and on again behind it, in the same file";
const UNIQUE_WHY: &str =
    "InnoDB may take a row that is twice into a unique key without a word, and no check looks for it afterwards";
const UNIQUE_SAFER: &str =
    "leave unique_checks on; load large data into a table that the same file makes, and add the unique key behind it";

const SAFEGUARDS: &[Safeguard] = &[
    safeguard("foreign_key_checks", FOREIGN_KEYS_WHY, FOREIGN_KEYS_SAFER),
    safeguard("unique_checks", UNIQUE_WHY, UNIQUE_SAFER).never_made_up_for(),
    safeguard(
        "sql_log_bin",
        "without the binary log replicas and backups by log do not get what follows",
        "let it be logged; what is for one server alone belongs into no migration",
    ),
    safeguard(
        "check_constraint_checks",
        "rows that break a CHECK are taken, and no server looks at them again",
        "mend the rows first; switch on again in the same file",
    ),
    safeguard("foreign_keys", FOREIGN_KEYS_WHY, FOREIGN_KEYS_SAFER).pragma(OFF),
    safeguard(
        "ignore_check_constraints",
        "rows that break a CHECK are taken, and SQLite never looks at them again",
        "mend the rows first; switch on again in the same file",
    )
    .pragma(ON),
];

/// A safeguard that is off.
struct Open<'a> {
    safeguard: &'static Safeguard,
    /// Since this statement; else since the session began, by its settings.
    since: Option<&'a Statement>,
    /// The first table that stood before the file and is written meanwhile.
    written: Option<String>,
}

fn checks_switched_off(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let mut open: Vec<Open<'_>> = given(file);
    let mut violations = Vec::new();
    let mut made: Vec<&str> = Vec::new();
    let (mut count, mut in_transaction) = (open.len(), false);
    for statement in file.statements() {
        match statement.analysis.kind {
            StatementKind::Begin => in_transaction = true,
            StatementKind::Commit | StatementKind::Rollback => in_transaction = false,
            // SQLite passes over it there (`pragma_in_transaction`).
            StatementKind::Pragma if in_transaction => continue,
            _ => {}
        }
        for (safeguard, is_off) in switched(statement, file.dialect) {
            let stood = open.iter().position(|one| one.safeguard.name == safeguard.name).map(|at| open.remove(at));
            if is_off {
                count += 1;
                open.push(Open { safeguard, since: Some(statement), written: None });
            } else {
                violations.extend(stood.as_ref().and_then(written_meanwhile));
            }
        }
        let touches = statement.analysis.touches.iter();
        for touch in touches.filter(|touch| touch.how == How::Writes && !statement.analysis.is_temporary()) {
            if !made.contains(&touch.object.name.as_str()) {
                let unwritten = open.iter_mut().filter(|one| one.written.is_none());
                unwritten.for_each(|one| one.written = Some(touch.object.to_string()));
            }
        }
        made.extend(
            statement.analysis.touches.iter().filter(|t| t.how == How::Creates).map(|t| t.object.name.as_str()),
        );
    }
    violations.extend(open.iter().map(left_off));
    violations.sort_by_key(|violation| violation.line);
    CheckOutcome::of(count, "setting", violations)
}

/// The safeguards that the settings of the session switch off (`session=`, `[session]`); the last of a name counts.
fn given<'a>(file: &CheckedFile<'_>) -> Vec<Open<'a>> {
    let kind = if file.dialect.is_mysql_family() { StatementKind::Set } else { StatementKind::Pragma };
    let of_kind = SAFEGUARDS.iter().filter(|safeguard| safeguard.kind == kind);
    let is_off = |safeguard: &&'static Safeguard| {
        let mut given = file.session().iter().rev();
        let last = given.find(|(name, _)| name.eq_ignore_ascii_case(safeguard.name));
        last.is_some_and(|(_, value)| safeguard.is_off_at(value))
    };
    of_kind.filter(is_off).map(|safeguard| Open { safeguard, since: None, written: None }).collect()
}

/// The safeguards that a statement switches, each with whether it is off then.
fn switched(statement: &Statement, dialect: Dialect) -> Vec<(&'static Safeguard, bool)> {
    let kind = statement.analysis.kind;
    if !matches!(kind, StatementKind::Set | StatementKind::Pragma) {
        return Vec::new();
    }
    let Ok(words) = words(statement.plain(), dialect) else { return Vec::new() };
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let Some(safeguard) = SAFEGUARDS.iter().find(|one| one.kind == kind && word.is(one.name)) else { continue };
        let is_sign = |word: &str| matches!(word, "=" | ":=" | "(");
        // A PRAGMA without a value only asks.
        let Some(value) = words[at + 1..].iter().find(|word| !is_sign(word.text)) else { continue };
        found.push((safeguard, safeguard.is_off_at(value.text)));
    }
    found
}

fn left_off(open: &Open<'_>) -> Violation {
    let Safeguard { name, why, safer, off, .. } = *open.safeguard;
    let (to, back) = if off == ON { ("on", "off") } else { ("off", "on") };
    let by = if open.since.is_none() { " by the settings of its session" } else { "" };
    told(open, format!("{name} is switched {to}{by} and never {back} again")).because(why).instead(safer)
}

/// Rows of a table that stood before, where nobody makes up for what was not looked at.
fn written_meanwhile(open: &Open<'_>) -> Option<Violation> {
    let Safeguard { name, why, safer, is_never_made_up_for, .. } = *open.safeguard;
    let table = open.written.as_ref().filter(|_| is_never_made_up_for)?;
    let seen = format!("{name} is off while rows of {table} are written");
    Some(told(open, seen).because(why).instead(safer))
}

fn told(open: &Open<'_>, seen: String) -> Violation {
    match open.since {
        Some(statement) => Violation::at(statement, seen),
        None => Violation::new(seen),
    }
}

#[cfg(test)]
mod tests {
    use super::super::earlier::Earlier;
    use super::*;
    use crate::model::FileType;
    use crate::sql::{Language, read};

    fn outcome(sql: &str, dialect: Dialect) -> CheckOutcome {
        let (script, earlier) = (read(sql, Language::from(dialect).for_file(sql)), Earlier::default());
        let of = ("a.sql", FileType::Doctrine);
        let file = CheckedFile::new(of, (dialect, "core"), script.as_ref(), &earlier);
        checks_switched_off(&file, &CheckSettings::default())
    }

    fn found(sql: &str, dialect: Dialect) -> Vec<String> {
        let outcome = outcome(sql, dialect);
        assert!(outcome.violations.iter().all(|one| one.why.is_some() && one.safer.is_some()));
        outcome.violations.iter().map(|one| format!("{}: {}", one.line.unwrap_or_default(), one.seen)).collect()
    }

    #[test]
    fn what_is_left_off_is_told_on_every_server() {
        let on_mysql = [
            ("SET foreign_key_checks = 0;\nUPDATE t SET a = 1 WHERE b = 1;", "1: foreign_key_checks is switched off"),
            ("SET SESSION unique_checks=OFF;\n", "1: unique_checks is switched off"),
            ("SELECT 1;\nSET @@session.foreign_key_checks := 0;\n", "2: foreign_key_checks is switched off"),
            ("SET @a = 1, unique_checks = 0, foreign_key_checks = 1;\n", "1: unique_checks is switched off"),
            ("SET foreign_key_checks = 0;\nSET foreign_key_checks = 1;\nSET foreign_key_checks = 0;\n", "3: foreign"),
        ];
        for (sql, says) in on_mysql {
            let found = found(sql, Dialect::MySql);
            assert!(found.len() == 1 && found[0].starts_with(says), "{sql}: {found:?}");
        }
        let on_sqlite = [
            ("PRAGMA foreign_keys = OFF;\nDELETE FROM t;", "1: foreign_keys is switched off"),
            ("PRAGMA foreign_keys(0);\n", "1: foreign_keys is switched off"),
            ("pragma main.foreign_keys = no;\n", "1: foreign_keys is switched off"),
            ("PRAGMA foreign_keys = 'false';\n", "1: foreign_keys is switched off"),
            ("PRAGMA ignore_check_constraints = 1;\n", "1: ignore_check_constraints is switched on and never off"),
        ];
        for (sql, says) in on_sqlite {
            let found = found(sql, Dialect::Sqlite);
            assert!(found.len() == 1 && found[0].starts_with(says), "{sql}: {found:?}");
        }
    }

    #[test]
    fn what_is_on_again_or_only_asked_for_is_in_order() {
        let nothing: [String; 0] = [];
        for sql in [
            "PRAGMA foreign_keys = OFF;\nDELETE FROM t;\nPRAGMA foreign_keys = ON;",
            "BEGIN;\nPRAGMA foreign_keys = OFF;\nCOMMIT;",
            "PRAGMA foreign_keys;",
            "PRAGMA foreign_keys = ON;",
            "PRAGMA ignore_check_constraints = OFF;",
        ] {
            assert_eq!(found(sql, Dialect::Sqlite), nothing, "{sql}");
        }
        for sql in [
            "SET foreign_key_checks = 0;\nDELETE FROM t;\nSET foreign_key_checks = 1;",
            "SET @old = @@foreign_key_checks;\nSET foreign_key_checks = 0;\nSET foreign_key_checks = @old;",
            "CREATE TABLE n (a INT UNIQUE);\nSET unique_checks = 0;\nINSERT INTO n VALUES (1);\nSET unique_checks = 1;",
            "SET unique_checks = 0;\nCREATE TABLE n (a INT);\nSET unique_checks = 1;",
        ] {
            assert_eq!(found(sql, Dialect::MariaDb), nothing, "{sql}");
        }
    }

    #[test]
    fn what_the_settings_of_its_session_switch_off_is_told() {
        for (sql, dialect, says) in [
            ("-- caribou: session=foreign_key_checks=0\nDROP TABLE t;", Dialect::MySql, Some("foreign_key_checks is")),
            ("-- caribou: session=foreign_key_checks=1\nDROP TABLE t;", Dialect::MySql, None),
            (
                "-- caribou: session=foreign_key_checks=0\nDROP TABLE t;\nSET foreign_key_checks=1;",
                Dialect::MySql,
                None,
            ),
            ("-- caribou: session=unique_checks=off\nDROP TABLE t;", Dialect::MariaDb, Some("unique_checks is")),
            ("-- caribou: session=ignore_check_constraints=on\nDROP TABLE t;", Dialect::Sqlite, Some("ignore_check_c")),
        ] {
            let seen: Vec<String> = outcome(sql, dialect).violations.into_iter().map(|one| one.seen).collect();
            let is_told =
                |says: &str| seen.len() == 1 && seen[0].starts_with(says) && seen[0].contains("settings of its");
            assert!(says.map_or(seen.is_empty(), is_told), "{sql}: {seen:?}");
        }
    }

    #[test]
    fn rows_that_are_twice_are_never_found_again() {
        let sql = "SET unique_checks = 0;\nINSERT INTO t VALUES (1);\nSET unique_checks = 1;";
        assert_eq!(found(sql, Dialect::MySql), ["1: unique_checks is off while rows of t are written"]);
    }
}
