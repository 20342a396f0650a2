//! The end of a statement, judged by all checks of the phase. Nothing is asked of the database, and a statement of which
//! there is nothing to tell leaves no row in the log.

use super::definition::CheckFn;
use super::ended::EndedStatement;
use super::registry::CHECKS;
use super::report::Report;
use super::rows_expected::rows_expected;
use super::settings::{CheckLevel, CheckSettings};
use crate::model::{FileType, Finding, ValidationPhase};

/// Judges a statement that has ended: a finding of each check that has something to tell.
pub fn during(ended: &EndedStatement<'_>, settings: &CheckSettings) -> Vec<Finding> {
    let mut findings: Vec<Finding> = rows_expected(ended).into_iter().collect();
    for check in CHECKS.iter().filter(|check| check.phase == ValidationPhase::During) {
        let (level, CheckFn::Statement(run)) = (check.level(settings), check.run) else { continue };
        let outcome = run(ended);
        if level != CheckLevel::Off && !outcome.violations.is_empty() {
            let report = Report { check, level, outcome: Ok(outcome), ms: 0 };
            findings.push(report.finding((None, FileType::Doctrine)));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::ended::Tried;
    use super::*;
    use crate::model::{Category, Expected, ExpectedSource, Failure, Millis, ValidationStatus};
    use crate::sql::{Dialect, read};

    fn judge(sql: &str, change: impl Fn(&mut EndedStatement<'_>), settings: &CheckSettings) -> Vec<Finding> {
        let script = read(sql, Dialect::MariaDb).unwrap();
        let statement = &script.statements[0];
        let none = EndedStatement {
            statement,
            of: 1,
            ms: Some(5),
            warnings: &[],
            rows: Some(2),
            tries: &[],
            expected: None,
            undoes: false,
        };
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
                undoes: false,
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
            let ended = EndedStatement {
                statement,
                of: 1,
                ms: Some(ms),
                warnings: &[],
                rows: None,
                tries: &[],
                expected,
                undoes: false,
            };
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
        let ended = EndedStatement {
            statement,
            of: 1,
            ms: Some(3),
            warnings: &[],
            rows: None,
            tries: &tries,
            expected: None,
            undoes: false,
        };
        let findings = during(&ended, &CheckSettings::default());
        assert_eq!((findings[0].check.as_str(), findings[0].blocks()), ("lock_waits", false), "{findings:?}");
        assert!(findings[0].result.contains("Deadlock found; in its way: connection 7"), "{findings:?}");
    }
}
