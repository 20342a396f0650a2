//! Report of a check: its outcome as the log keeps it, and as a plan shows it.

use super::definition::Check;
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel;
use crate::database::DbError;
use crate::model::{Class, FileType, Finding, ValidationPhase, ValidationStatus};

/// Violations of one check that are told; the rest is counted.
const TOLD: usize = 20;

/// Findings of one check in one file.
#[derive(Debug)]
pub struct Report {
    /// The check.
    pub check: &'static Check,
    /// Its level, as configured.
    pub level: CheckLevel,
    /// Outcome, or why it could not look.
    pub outcome: Result<CheckOutcome, DbError>,
    /// The time that it took, in milliseconds.
    pub ms: u64,
}

/// The class that an author declared for findings on a file, and the file's type.
pub(super) type Worth = (Option<Class>, FileType);

impl Report {
    /// The level of one violation.
    pub fn level_of(&self, violation: &Violation) -> CheckLevel {
        violation.level.unwrap_or(self.level)
    }

    /// The reason why a violation matters.
    pub fn why<'a>(&'a self, violation: &'a Violation) -> &'a str {
        violation.why.as_deref().unwrap_or(self.check.why)
    }

    /// The safer form.
    pub fn safer<'a>(&'a self, violation: &'a Violation) -> &'a str {
        violation.safer.as_deref().unwrap_or(self.check.safer)
    }

    /// The key that governs a violation.
    pub fn policy(&self, violation: &Violation) -> String {
        violation.policy.clone().unwrap_or_else(|| self.check.policy())
    }

    /// True if it found nothing and is about nothing in the file.
    pub(super) fn is_idle(&self) -> bool {
        matches!(&self.outcome, Ok(outcome) if outcome.idle && outcome.violations.is_empty() && outcome.undecided.is_empty())
    }

    /// The finding for the journal and the validation log.
    pub(super) fn finding(&self, worth: Worth) -> Finding {
        let (status, class, result) = match &self.outcome {
            Err(error) => (ValidationStatus::Failed, None, format!("it could not be checked: {error}")),
            Ok(outcome) if outcome.violations.is_empty() => (ValidationStatus::Passed, None, passed(outcome)),
            Ok(outcome) => {
                let (status, class) = self.weight(outcome, worth);
                (status, class, self.told(outcome))
            }
        };
        Finding { check: self.check.name.to_owned(), status, class, result, ms: self.ms }
    }

    fn weight(&self, outcome: &CheckOutcome, (declared, file_type): Worth) -> (ValidationStatus, Option<Class>) {
        let blocks = outcome.violations.iter().any(|violation| self.level_of(violation) == CheckLevel::Block);
        if self.check.phase != ValidationPhase::Post {
            return (if blocks { ValidationStatus::Failed } else { ValidationStatus::Warning }, None);
        }
        // Only class A undoes the file at once, whatever the level; the others open a window for a decision where they
        // block.
        match self.check.class.or(declared).unwrap_or(usual_class(file_type)) {
            Class::A => (ValidationStatus::Failed, Some(Class::A)),
            class => (ValidationStatus::Warning, Some(class).filter(|_| blocks)),
        }
    }

    /// Each violation a line; below, each reason, safer form and policy once.
    fn told(&self, outcome: &CheckOutcome) -> String {
        let violations = &outcome.violations;
        let mut lines: Vec<String> = violations.iter().take(TOLD).map(line).collect();
        if violations.len() > TOLD {
            lines.push(format!("and {} more", violations.len() - TOLD));
        }
        let mut add = |line: String| {
            if !lines.contains(&line) {
                lines.push(line);
            }
        };
        for violation in violations.iter().take(TOLD) {
            for (label, text) in [("why", self.why(violation)), ("instead", self.safer(violation))] {
                if !text.is_empty() {
                    add(format!("{label}: {text}"));
                }
            }
            if let Some(asked) = &violation.asked {
                add(format!("asked: {asked}"));
            }
            add(format!("policy: {}", self.policy(violation)));
        }
        outcome.undecided.iter().for_each(|one| add(format!("not known yet: {}", line(one))));
        lines.join("\n")
    }
}

fn passed(outcome: &CheckOutcome) -> String {
    let undecided = outcome.undecided.iter().map(|one| format!("\nnot known yet: {}", line(one)));
    format!("{}{}", outcome.compared, undecided.collect::<String>())
}

fn line(violation: &Violation) -> String {
    match violation.line {
        Some(line) => format!("line {line}: {}", violation.message()),
        None => violation.message(),
    }
}

/// Class that a finding on a file of this type is worth (`docs/design/undo.md`, "Classes").
fn usual_class(file_type: FileType) -> Class {
    match file_type {
        FileType::Doctrine => Class::A,
        FileType::Module | FileType::Agent => Class::B,
        FileType::Documentation => Class::D,
    }
}

#[cfg(test)]
mod tests {
    use super::super::registry::CHECKS;
    use super::super::settings::CheckSettings;
    use super::*;

    fn report(violations: Vec<Violation>, name: &str, level: CheckLevel) -> Report {
        let check = CHECKS.iter().find(|check| check.name == name).unwrap();
        Report { check, level, outcome: Ok(CheckOutcome::counted(1, "statement").with(violations)), ms: 0 }
    }

    #[test]
    fn after_the_file_ran_the_class_decides() {
        let block = report(vec![Violation::new("no")], "verify_script", CheckLevel::Block);
        let of = |declared, file_type| {
            let finding = block.finding((declared, file_type));
            (finding.status, finding.class)
        };
        assert_eq!(of(Some(Class::B), FileType::Doctrine), (ValidationStatus::Warning, Some(Class::B)), "class=B");
        assert_eq!(of(None, FileType::Doctrine), (ValidationStatus::Failed, Some(Class::A)));
        assert_eq!(of(None, FileType::Module), (ValidationStatus::Warning, Some(Class::B)));
        let of = |name: &str| {
            let finding = report(vec![Violation::new("no")], name, CheckLevel::Warn).finding((None, FileType::Module));
            (finding.status, finding.class)
        };
        let critical = (ValidationStatus::Failed, Some(Class::A));
        assert_eq!([of("keys_held"), of("views_readable")], [critical; 2], "no level takes the class from class A");
        assert_eq!(of("undo_possible"), (ValidationStatus::Warning, None));
    }

    #[test]
    fn no_level_lets_class_a_pass() {
        let off = |name: &str| {
            let levels = [(name.to_owned(), CheckLevel::Off)].into();
            super::super::registry::check(name).unwrap().level(&CheckSettings { levels, ..CheckSettings::default() })
        };
        for name in ["keys_held", "views_readable", "verify_script", "objects_as_stated"] {
            assert_eq!(off(name), CheckLevel::Block, "{name}");
        }
        assert_eq!(off("undo_possible"), CheckLevel::Off);
    }

    #[test]
    fn many_violations_are_counted_and_reasons_are_told_once() {
        let violations: Vec<Violation> = (0..50).map(|n| Violation::new(n.to_string())).collect();
        let told = report(violations, "unbounded_write", CheckLevel::Warn).finding((None, FileType::Doctrine)).result;
        assert!(told.contains("\n19\nand 30 more\nwhy: "), "{told}");
        assert_eq!(told.matches("policy: checks.unbounded_write").count(), 1, "{told}");
    }
}
