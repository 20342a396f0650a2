//! One phase of checks over one file.

use super::context::{CheckContext, CheckedFile, KnownObjects};
use super::definition::{Check, CheckFn};
use super::registry::{ALWAYS_TOLD, CHECKS};
use super::report::Report;
use super::settings::{CheckLevel, CheckSettings};
use super::unannounced;
use crate::database::{Database, Session};
use crate::model::{Finding, ValidationPhase, ValidationStatus};
use std::time::Instant;

/// Runs the checks of a phase, one after the other. `session` should be a Journal or Control session: what a file set
/// on its own changes what the server shows. `database` is for a verify script, which runs on a session of its own.
///
/// A check that cannot be made (no privilege, connection lost) blocks, with the database's words. What passed stands in
/// one finding together, but for the checks that every file is told of.
pub async fn run(
    phase: ValidationPhase,
    file: &CheckedFile<'_>,
    settings: &CheckSettings,
    looking: (&mut dyn Session, &mut KnownObjects),
    database: &dyn Database,
) -> Vec<Finding> {
    let reports = examine(phase, file, settings, looking, database, |_| true).await;
    let mut findings = Vec::new();
    let (mut passed, mut ms) = (Vec::new(), 0);
    for report in reports.iter().filter(|report| ALWAYS_TOLD.contains(&report.check.name) || !report.is_idle()) {
        let finding = report.finding((file.class, file.file_type));
        let is_told = ALWAYS_TOLD.contains(&report.check.name)
            || finding.status != ValidationStatus::Passed
            || finding.result.contains('\n');
        if is_told {
            findings.push(finding);
        } else {
            ms += finding.ms;
            passed.push(format!("{}: {}", finding.check, finding.result));
        }
    }
    if !passed.is_empty() {
        let check = "other_checks".to_owned();
        findings.push(Finding { check, status: ValidationStatus::Passed, class: None, result: passed.join("\n"), ms });
    }
    findings
}

/// Runs those checks of a phase that `wanted` names, and gives what each found.
pub async fn examine(
    phase: ValidationPhase,
    file: &CheckedFile<'_>,
    settings: &CheckSettings,
    (session, known): (&mut dyn Session, &mut KnownObjects),
    database: &dyn Database,
    wanted: impl Fn(&str) -> bool,
) -> Vec<Report> {
    known.begin_file(file, phase);
    let mut context =
        CheckContext { file, settings, level: CheckLevel::Off, budget: None, session, known, database, reader: None };
    if phase == ValidationPhase::Pre && !file.ahead {
        unannounced::begin(&mut context).await;
    }
    let mut reports = Vec::new();
    for check in CHECKS.iter().filter(|check| check.phase == phase && wanted(check.name)) {
        let level = check.level(settings);
        if level == CheckLevel::Off {
            continue;
        }
        context.level = level;
        context.budget = check.budget;
        let begun = Instant::now();
        let outcome = match check.run {
            CheckFn::Text(run) => Ok(run(file, settings)),
            CheckFn::Database(run) => run(&mut context).await,
            // At the end of each statement (`during`), and of no phase around the file.
            CheckFn::Statement(_) => continue,
            // The file has what the plan found (`PlannedFinding`).
            CheckFn::Plan => continue,
        };
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        reports.push(Report { check, level, outcome, ms });
    }
    if let Some(reader) = context.reader {
        reader.close().await;
    }
    reports
}

/// Runs those checks of a phase that look at the file alone.
pub fn examine_text(
    phase: ValidationPhase,
    file: &CheckedFile<'_>,
    settings: &CheckSettings,
    wanted: impl Fn(&str) -> bool,
) -> Vec<Report> {
    let checks = CHECKS.iter().filter(|check| check.phase == phase && wanted(check.name));
    let report = |check: &'static Check| {
        let level = check.level(settings);
        let CheckFn::Text(run) = check.run else { return None };
        (level != CheckLevel::Off).then(|| Report { check, level, outcome: Ok(run(file, settings)), ms: 0 })
    };
    checks.filter_map(report).collect()
}

#[cfg(test)]
mod tests {
    use super::super::earlier::Earlier;
    use super::*;
    use crate::model::FileType;
    use crate::sql::{Dialect, read};

    fn look(name: &str, sql: &str, settings: &CheckSettings) -> Finding {
        look_in(name, sql, settings, Dialect::MariaDb)
    }

    fn look_in(name: &str, sql: &str, settings: &CheckSettings, dialect: Dialect) -> Finding {
        let script = read(sql, dialect);
        let earlier = Earlier::default();
        let of = ("a.sql", FileType::Doctrine);
        let file = CheckedFile::new(of, (dialect, "core"), script.as_ref(), &earlier);
        let check = CHECKS.iter().find(|check| check.name == name).unwrap();
        let CheckFn::Text(run) = check.run else { panic!("{name} asks the database") };
        let report = Report { check, level: check.level(settings), outcome: Ok(run(&file, settings)), ms: 0 };
        report.finding((None, file.file_type))
    }

    #[test]
    fn checks_of_the_text_find_what_they_are_for() {
        use ValidationStatus::{Failed, Passed, Warning};
        let cases = [
            ("parses", "SELECT 1;", Passed, "1 statement"),
            ("parses", "SELECT 1;\nSOURCE x.sql\n", Failed, "line 2: `SOURCE x.sql`"),
            ("parses", "SELECT 'a;\n", Failed, "line 1"),
            ("known_statements", "FROBNICATE x;", Warning, "line 1: statement 1"),
            ("doctrine_rules", "SELECT 1;\nDELETE FROM t WHERE a = 1;", Warning, "line 2: statement 2"),
            ("unbounded_write", "UPDATE t SET a = 1;", Warning, "every row of t"),
            ("unbounded_write", "UPDATE t SET a = 1 WHERE b = 2;", Passed, "1 statement"),
            ("undo_coverage", "SET @a = 1; CALL p();", Warning, "statement 2"),
            ("undo_coverage", "SET @a = 1; CREATE TABLE t (a INT);", Passed, "2 statements"),
        ];
        for (name, sql, status, words) in cases {
            let finding = look(name, sql, &CheckSettings::default());
            assert_eq!(finding.status, status, "{name}: {finding:?}");
            assert!(finding.result.contains(words), "{words:?} is not in {finding:?}");
        }
    }

    #[test]
    fn levels_are_configured_by_check_by_rule_and_by_profile() {
        use super::super::settings::Profile;
        let sql = "DELETE FROM t WHERE a = 1;";
        let mut settings = CheckSettings::default();
        settings.rules.insert("soft_delete".to_owned(), CheckLevel::Block);
        let blocked = look("doctrine_rules", sql, &settings);
        assert!(blocked.blocks() && blocked.result.contains("policy: checks.rules.soft_delete"), "{blocked:?}");
        settings.rules.insert("soft_delete".to_owned(), CheckLevel::Off);
        assert_eq!(look("doctrine_rules", sql, &settings).status, ValidationStatus::Passed);
        settings.rules.clear();
        settings.levels.insert("doctrine_rules".to_owned(), CheckLevel::Block);
        assert!(look("doctrine_rules", sql, &settings).blocks());
        settings.levels.clear();
        settings.profile = Profile::Doctrine;
        assert!(look("doctrine_rules", sql, &settings).blocks());
        settings.levels.insert("doctrine_rules".to_owned(), CheckLevel::Warn);
        assert!(!look("doctrine_rules", sql, &settings).blocks(), "what is configured wins over the profile");
    }
}
