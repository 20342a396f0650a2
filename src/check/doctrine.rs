//! The doctrine's rules.

use super::context::CheckedFile;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{self, Block, Warn};
use super::settings::CheckSettings;
use crate::model::Class;
use crate::sql;

pub(super) const DOCTRINE_RULES: Check = Check::pre("doctrine_rules", [Warn, Block], CheckFn::Text(doctrine_rules))
    .class(Class::C)
    .told(
        "The statements keep the doctrine's rules: no foreign keys, triggers, routines, events; no hard deletes.",
        "logic that lives in the database is seen by no code review, and rows that are deleted are gone",
        "keep logic in the application, declare relations in the manifest, mark rows is_deleted; or set the rule to off",
    );

fn doctrine_rules(file: &CheckedFile<'_>, settings: &CheckSettings) -> CheckOutcome {
    let statements = file.statements();
    let mut violations = Vec::new();
    for statement in statements {
        for (rule, message) in sql::rules::breaches(statement) {
            let level = settings.rules.get(rule.name).copied();
            if level != Some(CheckLevel::Off) {
                let policy = Some(format!("checks.rules.{}", rule.name));
                let violation = Violation::at(statement, format!("{message} ({})", rule.name)).because(rule.text);
                violations.push(Violation { level, policy, ..violation });
            }
        }
    }
    CheckOutcome::counted(statements.len(), "statement").with(violations)
}
