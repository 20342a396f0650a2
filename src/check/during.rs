//! Conditions that hold while a file runs: judged at the end of each statement, by what is known of it then. Nothing is
//! asked of the database, and a statement of which there is nothing to tell leaves no row in the log.

use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::report::Report;
use super::settings::CheckLevel::{Off, Warn};
use super::settings::CheckSettings;
use super::table::CHECKS;
use crate::model::{Expected, ExpectedSource, Failure, Finding, ValidationPhase, ValidationStatus};
use crate::sql::{RowRange, Statement};

pub(super) const SERVER_WARNINGS: Check =
    Check::during("server_warnings", [Warn, Warn], CheckFn::Statement(server_warnings)).told(
        "The server has no warning about a statement.",
        "a warning is often all that is ever told of a value that was cut, put to 0 or left out",
        "give the values in the form that the column has; switch the strict mode on (sql_mode)",
    );

pub(super) const STATEMENT_TIME: Check =
    Check::during("statement_time", [Warn, Warn], CheckFn::Statement(statement_time)).told(
        "A statement takes no longer than its rehearsal, or its last run, has led to expect; it never stops a file.",
        "what waits behind it waits longer than was planned, and the next statements may take longer as well",
        "look at what it met: more rows, another plan, locks of others; rehearse on data like this",
    );

pub(super) const LOCK_WAITS: Check = Check::during("lock_waits", [Warn, Warn], CheckFn::Statement(lock_waits)).told(
    "A statement is sent once: it meets no lock of others, and no deadlock; it never stops a file.",
    "whoever held the lock was held up as well, and one time the tries may not be enough",
    "run it when the named connections are quiet, or in smaller parts",
);

/// The name in the log of what became of `rows=`.
pub(super) const ROWS_EXPECTED: &str = "rows_expected";

/// Factor by which a statement may be slower than expected, and milliseconds that are worth no word.
const SLOWER: u64 = 3;
const UNTOLD_MS: u64 = 1000;

/// A try of a statement that met a lock.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Milliseconds until the server refused it.
    pub ms: u64,
    pub failure: Failure,
    /// Who held what it wanted, for people.
    pub blockers: Vec<String>,
}

/// A statement of a file that has ended, as far as checks need it.
#[derive(Debug, Clone, Copy)]
pub struct EndedStatement<'a> {
    pub statement: &'a Statement,
    /// Number of statements of its file.
    pub of: u32,
    /// Milliseconds of its last try; `None` if it failed.
    pub ms: Option<u64>,
    /// The server's warnings: `LEVEL NUMBER: words`.
    pub warnings: &'a [String],
    /// Rows that it changed, where it is known.
    pub rows: Option<u64>,
    /// Tries that met a lock.
    pub tries: &'a [Tried],
    /// Time that its file was expected to take.
    pub expected: Option<&'a Expected>,
}

/// Judges a statement that has ended: a finding of each check that has something to tell.
pub fn during(ended: &EndedStatement<'_>, settings: &CheckSettings) -> Vec<Finding> {
    let mut findings: Vec<Finding> = rows_expected(ended).into_iter().collect();
    for check in CHECKS.iter().filter(|check| check.phase == ValidationPhase::During) {
        let (level, CheckFn::Statement(run)) = (check.level(settings), check.run) else { continue };
        let outcome = run(ended);
        if level != Off && !outcome.violations.is_empty() {
            let report = Report { check, level, outcome: Ok(outcome), ms: 0 };
            findings.push(report.finding((None, crate::model::FileType::Doctrine)));
        }
    }
    findings
}

fn server_warnings(ended: &EndedStatement<'_>) -> CheckOutcome {
    // A note says that there was nothing to do, as after IF EXISTS.
    let told = ended.warnings.iter().filter(|warning| !warning.starts_with("Note "));
    let violations = told.map(|warning| Violation::at(ended.statement, warning.as_str())).collect();
    CheckOutcome::of(ended.warnings.len(), "warning", violations)
}

fn statement_time(ended: &EndedStatement<'_>) -> CheckOutcome {
    let (Some(ms), Some(expected)) = (ended.ms, ended.expected) else { return CheckOutcome::idle() };
    if expected.source == ExpectedSource::Guessed {
        return CheckOutcome::idle();
    }
    let usual = expected.of_statement(ended.statement.index, ended.of);
    let is_slow = ms > usual.saturating_mul(SLOWER) && ms.saturating_sub(usual) >= UNTOLD_MS;
    let slow = is_slow.then(|| {
        let seen = format!("it took {ms} ms, where {usual} ms were expected ({})", expected.source.word());
        Violation { level: Some(Warn), ..Violation::at(ended.statement, seen) }
    });
    CheckOutcome::counted(1, "statement").with(slow.into_iter().collect())
}

fn lock_waits(ended: &EndedStatement<'_>) -> CheckOutcome {
    let violation = |tried: &Tried| {
        let by = match tried.blockers.as_slice() {
            [] => String::new(),
            blockers => format!("; in its way: {}", blockers.join("; ")),
        };
        let seen = format!("after {} ms it was refused and sent again: {}{by}", tried.ms, tried.failure.message);
        Violation { level: Some(Warn), ..Violation::at(ended.statement, seen) }
    };
    CheckOutcome::of(ended.tries.len(), "try", ended.tries.iter().map(violation).collect())
}

/// What became of the number of rows that the file says the statement changes (`rows=`).
fn rows_expected(ended: &EndedStatement<'_>) -> Option<Finding> {
    let (expected, rows): (RowRange, u64) = (ended.statement.rows?, ended.rows?);
    let holds = expected.holds(rows);
    let status = if holds { ValidationStatus::Passed } else { ValidationStatus::Failed };
    let (line, number) = (ended.statement.line, ended.statement.index + 1);
    let found = format!("line {line}: statement {number}: {rows} rows changed, where {expected} are expected");
    let result = if holds { found } else { format!("{found}\npolicy: rows= of the statement") };
    Some(Finding { check: ROWS_EXPECTED.to_owned(), status, class: None, result, ms: 0 })
}

#[cfg(test)]
mod tests {
    use super::super::settings::CheckLevel;
    use super::*;
    use crate::model::{Category, Millis};
    use crate::sql::{Dialect, read};

    fn judge(sql: &str, change: impl Fn(&mut EndedStatement<'_>), settings: &CheckSettings) -> Vec<Finding> {
        let script = read(sql, Dialect::MariaDb).unwrap();
        let statement = &script.statements[0];
        let none =
            EndedStatement { statement, of: 1, ms: Some(5), warnings: &[], rows: Some(2), tries: &[], expected: None };
        let mut ended = none;
        change(&mut ended);
        during(&EndedStatement { statement, ..ended }, settings)
    }

    #[test]
    fn a_statement_without_trouble_leaves_no_row() {
        assert_eq!(judge("UPDATE t SET a = 1 WHERE id < 3", |_| {}, &CheckSettings::default()), []);
    }

    #[test]
    fn warnings_are_told_and_notes_are_not() {
        static WARNINGS: [String; 0] = [];
        let told =
            ["Note 1051: Unknown table 'x'".to_owned(), "Warning 1265: Data truncated for column 'a'".to_owned()];
        let of = |settings: &CheckSettings| {
            let script = read("UPDATE t SET a = 1.5", Dialect::MariaDb).unwrap();
            let statement = &script.statements[0];
            let ended = EndedStatement {
                statement,
                of: 1,
                ms: Some(5),
                warnings: &told,
                rows: None,
                tries: &[],
                expected: None,
            };
            during(&ended, settings)
        };
        let findings = of(&CheckSettings::default());
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].check.as_str(), findings[0].status), ("server_warnings", ValidationStatus::Warning));
        assert!(findings[0].result.starts_with("line 1: statement 1: Warning 1265"), "{findings:?}");
        assert!(!findings[0].result.contains("1051"), "{findings:?}");
        let mut settings = CheckSettings::default();
        settings.levels.insert("server_warnings".to_owned(), CheckLevel::Block);
        assert!(of(&settings)[0].blocks());
        settings.levels.insert("server_warnings".to_owned(), CheckLevel::Off);
        assert_eq!(of(&settings), []);
        let idle = judge("UPDATE t SET a = 1", |ended| ended.warnings = &WARNINGS, &CheckSettings::default());
        assert_eq!(idle, []);
    }

    #[test]
    fn rows_are_held_against_what_the_file_expects() {
        let sql = "-- caribou: rows=2\nUPDATE t SET a = 1 WHERE id < 3";
        let of = |rows: Option<u64>| judge(sql, |ended| ended.rows = rows, &CheckSettings::default());
        assert_eq!(of(Some(2))[0].status, ValidationStatus::Passed);
        assert!(of(Some(3))[0].blocks(), "{:?}", of(Some(3)));
        assert_eq!(of(None), []);
    }

    #[test]
    fn a_slow_statement_is_told_of_but_never_stops() {
        let known = Expected::from_statements(ExpectedSource::Rehearsed { at: Millis(1) }, vec![400]);
        let guessed = Expected::whole(ExpectedSource::Guessed, 400);
        let mut settings = CheckSettings::default();
        settings.levels.insert("statement_time".to_owned(), CheckLevel::Block);
        let of = |expected: &Expected, ms: u64| {
            let script = read("UPDATE t SET a = 1", Dialect::MariaDb).unwrap();
            let statement = &script.statements[0];
            let expected = Some(expected);
            let ended =
                EndedStatement { statement, of: 1, ms: Some(ms), warnings: &[], rows: None, tries: &[], expected };
            during(&ended, &settings)
        };
        assert_eq!(of(&known, 1200), []);
        assert_eq!(of(&guessed, 60_000), []);
        let slow = of(&known, 1500);
        assert_eq!((slow[0].check.as_str(), slow[0].blocks()), ("statement_time", false), "{slow:?}");
        assert!(slow[0].result.contains("1500 ms, where 400 ms were expected (rehearsed)"), "{slow:?}");
    }

    #[test]
    fn tries_that_met_a_lock_are_told_with_who_held_it() {
        let script = read("UPDATE t SET a = 1", Dialect::MariaDb).unwrap();
        let failure = Failure::new(Category::Deadlock, "Deadlock found");
        let tries = [Tried { ms: 12, failure, blockers: vec!["connection 7".to_owned()] }];
        let statement = &script.statements[0];
        let ended =
            EndedStatement { statement, of: 1, ms: Some(3), warnings: &[], rows: None, tries: &tries, expected: None };
        let findings = during(&ended, &CheckSettings::default());
        assert_eq!((findings[0].check.as_str(), findings[0].blocks()), ("lock_waits", false), "{findings:?}");
        assert!(findings[0].result.contains("Deadlock found; in its way: connection 7"), "{findings:?}");
    }
}
