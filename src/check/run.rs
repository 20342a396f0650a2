//! One phase of checks over one file.

use super::{Breach, CHECKS, Check, CheckLevel, CheckSettings, Context, Known, Look, Looked, Subject};
use crate::database::{Database, DbError, Session};
use crate::model::{Class, FileType, Finding, ValidationPhase, ValidationStatus};
use std::time::Instant;

/// How many breaches of one check are told; the rest is counted.
const TOLD: usize = 20;

/// Runs the checks of a phase, one after the other. `session` should be a Journal or Control session: what a file set on
/// its own changes what the server shows. `database` is for a verify script, which runs on a session of its own.
///
/// A check that cannot be made (no privilege, connection lost) blocks, with the database's words.
pub async fn run(
    phase: ValidationPhase,
    subject: &Subject<'_>,
    settings: &CheckSettings,
    (session, known): (&mut dyn Session, &mut Known),
    database: &dyn Database,
) -> Vec<Finding> {
    let mut context = Context { subject, settings, session, known, database };
    let mut findings = Vec::new();
    for check in CHECKS.iter().filter(|check| check.phase == phase) {
        let level = settings.level(check);
        if level == CheckLevel::Off {
            continue;
        }
        let begun = Instant::now();
        let looked = match check.look {
            Look::Text(look) => Ok(look(subject, settings)),
            Look::Database(look) => look(&mut context).await,
        };
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        findings.push(finding(check, level, (subject.class, subject.file_type), looked, ms));
    }
    findings
}

/// `worth` is what a finding counts: what the author has declared for the file, and its type.
fn finding(
    check: &Check,
    level: CheckLevel,
    worth: (Option<Class>, FileType),
    looked: Result<Looked, DbError>,
    ms: u64,
) -> Finding {
    let name = check.name.to_owned();
    let looked = match looked {
        Ok(looked) => looked,
        Err(error) => {
            let result = format!("it could not be checked: {error}");
            return Finding { check: name, status: ValidationStatus::Failed, class: None, result, ms };
        }
    };
    if looked.breaches.is_empty() {
        return Finding { check: name, status: ValidationStatus::Passed, class: None, result: looked.at, ms };
    }
    let blocks = looked.breaches.iter().any(|breach| breach.level.unwrap_or(level) == CheckLevel::Block);
    let (status, class) = match (check.phase, blocks) {
        (_, false) => (ValidationStatus::Warning, None),
        (ValidationPhase::Post, true) => {
            let (declared, file_type) = worth;
            let class = check.class.or(declared).unwrap_or(usual_class(file_type));
            // Only class A takes the file back at once; the others open a window for a decision.
            let status = if class == Class::A { ValidationStatus::Failed } else { ValidationStatus::Warning };
            (status, Some(class))
        }
        (_, true) => (ValidationStatus::Failed, None),
    };
    Finding { check: name, status, class, result: told(&looked.breaches), ms }
}

/// What a finding on a file of this type is worth (`5-validation`, Handlers).
fn usual_class(file_type: FileType) -> Class {
    match file_type {
        FileType::Doctrine => Class::A,
        FileType::Module | FileType::Agent => Class::B,
        FileType::Documentation => Class::D,
    }
}

fn told(breaches: &[Breach]) -> String {
    let mut lines: Vec<String> = breaches
        .iter()
        .take(TOLD)
        .map(|breach| match breach.line {
            Some(line) => format!("line {line}: {}", breach.message),
            None => breach.message.clone(),
        })
        .collect();
    if breaches.len() > TOLD {
        lines.push(format!("and {} more", breaches.len() - TOLD));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, read};

    fn look(name: &str, sql: &str, settings: &CheckSettings) -> Finding {
        let script = read(sql, Dialect::MariaDb);
        let subject = Subject {
            path: "a.sql",
            file_type: FileType::Doctrine,
            class: None,
            dialect: Dialect::MariaDb,
            core: "core",
            up: script.as_ref(),
            down: None,
            verify: None,
        };
        let check = super::super::check(name).unwrap();
        let Look::Text(look) = check.look else { panic!("{name} asks the database") };
        finding(check, settings.level(check), (None, subject.file_type), Ok(look(&subject, settings)), 0)
    }

    #[test]
    fn checks_of_the_text_find_what_they_are_for() {
        let cases = [
            ("parses", "SELECT 1;", ValidationStatus::Passed, "1 statement"),
            ("parses", "SELECT 1;\nSOURCE x.sql\n", ValidationStatus::Failed, "line 2: `SOURCE x.sql`"),
            ("parses", "SELECT 'a;\n", ValidationStatus::Failed, "line 1"),
            ("known_statements", "FROBNICATE x;", ValidationStatus::Warning, "line 1: statement 1"),
            (
                "doctrine_rules",
                "SELECT 1;\nDELETE FROM t WHERE a = 1;",
                ValidationStatus::Warning,
                "line 2: statement 2",
            ),
            ("unbounded_write", "UPDATE t SET a = 1;", ValidationStatus::Warning, "every row of t"),
            ("unbounded_write", "UPDATE t SET a = 1 WHERE b = 2;", ValidationStatus::Passed, "1 statement"),
            ("undo_coverage", "SET @a = 1; CALL p();", ValidationStatus::Warning, "statement 2"),
            ("undo_coverage", "SET @a = 1; CREATE TABLE t (a INT);", ValidationStatus::Passed, "2 statements"),
        ];
        for (name, sql, status, words) in cases {
            let finding = look(name, sql, &CheckSettings::default());
            assert_eq!(finding.status, status, "{name}: {finding:?}");
            assert!(finding.result.contains(words), "{words:?} is not in {finding:?}");
        }
    }

    #[test]
    fn levels_are_configured_by_check_and_by_rule() {
        let sql = "DELETE FROM t WHERE a = 1;";
        let mut settings = CheckSettings::default();
        settings.rules.insert("soft_delete".to_owned(), CheckLevel::Block);
        assert!(look("doctrine_rules", sql, &settings).blocks());
        settings.rules.insert("soft_delete".to_owned(), CheckLevel::Off);
        assert_eq!(look("doctrine_rules", sql, &settings).status, ValidationStatus::Passed);
        settings.rules.clear();
        settings.levels.insert("doctrine_rules".to_owned(), CheckLevel::Block);
        assert!(look("doctrine_rules", sql, &settings).blocks());
    }

    #[test]
    fn after_the_file_ran_the_class_decides() {
        let check = super::super::check("verify_script").unwrap();
        let breach = || Ok(Looked::at(1, "statement").with(vec![Breach::new("no")]));
        let of = |file_type| finding(check, CheckLevel::Block, (None, file_type), breach(), 0);
        let declared = finding(check, CheckLevel::Block, (Some(Class::B), FileType::Doctrine), breach(), 0);
        assert_eq!((declared.status, declared.class), (ValidationStatus::Warning, Some(Class::B)), "class=B");
        assert_eq!(
            (of(FileType::Doctrine).status, of(FileType::Doctrine).class),
            (ValidationStatus::Failed, Some(Class::A))
        );
        assert_eq!(
            (of(FileType::Module).status, of(FileType::Module).class),
            (ValidationStatus::Warning, Some(Class::B))
        );
        let warned = finding(check, CheckLevel::Warn, (None, FileType::Doctrine), breach(), 0);
        assert_eq!((warned.status, warned.class), (ValidationStatus::Warning, None));
    }

    #[test]
    fn many_breaches_are_counted() {
        let breaches: Vec<Breach> = (0..50).map(|n| Breach::new(n.to_string())).collect();
        assert!(told(&breaches).ends_with("19\nand 30 more"));
    }
}
