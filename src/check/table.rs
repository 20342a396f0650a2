//! The checks.

use super::{CheckLevel, CheckSettings, Context, Looked, Subject, budget, objects, text, verify};
use crate::database::DbError;
use crate::model::{Class, ValidationPhase};
use futures_util::future::BoxFuture;

/// How a check looks.
pub enum Look {
    /// At the file alone.
    Text(fn(&Subject<'_>, &CheckSettings) -> Looked),
    /// At the database as well.
    Database(for<'a, 'b> fn(&'a mut Context<'b>) -> BoxFuture<'a, Result<Looked, DbError>>),
}

/// One check.
pub struct Check {
    /// Stable: the `validation_type` of the log and the key in the configuration.
    pub name: &'static str,
    /// Before or after the file runs.
    pub phase: ValidationPhase,
    /// What a breach after the file ran is worth; `None` leaves it to the file's type.
    pub class: Option<Class>,
    /// What a breach does unless configured.
    pub level: CheckLevel,
    /// One sentence.
    pub about: &'static str,
    /// How it looks.
    pub look: Look,
}

/// Every check, in the order in which they run.
pub const CHECKS: &[Check] = &[
    Check {
        name: "parses",
        phase: ValidationPhase::Pre,
        class: None,
        level: CheckLevel::Block,
        about: "The file and its scripts can be split into statements, and hold no orders to a command-line client.",
        look: Look::Text(text::parses),
    },
    Check {
        name: "known_statements",
        phase: ValidationPhase::Pre,
        class: None,
        level: CheckLevel::Warn,
        about: "Every statement is recognised, so that what it touches is known.",
        look: Look::Text(text::known_statements),
    },
    Check {
        name: "doctrine_rules",
        phase: ValidationPhase::Pre,
        class: Some(Class::C),
        level: CheckLevel::Warn,
        about: "The statements keep the doctrine's rules: no foreign keys, triggers, routines, events; no hard deletes.",
        look: Look::Text(text::doctrine_rules),
    },
    Check {
        name: "unbounded_write",
        phase: ValidationPhase::Pre,
        class: None,
        level: CheckLevel::Warn,
        about: "Every UPDATE and DELETE says which rows it means.",
        look: Look::Text(text::unbounded_write),
    },
    Check {
        name: "undo_coverage",
        phase: ValidationPhase::Pre,
        class: None,
        level: CheckLevel::Warn,
        about: "Something undoes every statement that leaves something behind.",
        look: Look::Text(text::undo_coverage),
    },
    Check {
        name: "objects_exist",
        phase: ValidationPhase::Pre,
        class: None,
        level: CheckLevel::Block,
        about: "The tables and views that the file alters, renames or drops are there, and those it creates are not.",
        look: Look::Database(|context| Box::pin(objects::exist(context))),
    },
    Check {
        name: budget::TABLE_BUDGET,
        phase: ValidationPhase::Pre,
        class: Some(Class::C),
        level: CheckLevel::Warn,
        about: "The core schema keeps within its number of tables (budget.core_tables).",
        look: Look::Database(|context| Box::pin(budget::table_budget(context))),
    },
    Check {
        name: "objects_as_stated",
        phase: ValidationPhase::Post,
        class: None,
        level: CheckLevel::Block,
        about: "The tables and views that the file created are there, and those it dropped are gone.",
        look: Look::Database(|context| Box::pin(objects::as_stated(context))),
    },
    Check {
        name: "verify_script",
        phase: ValidationPhase::Post,
        class: None,
        level: CheckLevel::Block,
        about: "Every statement of the verify script succeeds, and the first column of every row is true.",
        look: Look::Database(|context| Box::pin(verify::verify_script(context))),
    },
];

/// The check of this name.
pub fn check(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_fit_the_column() {
        let mut names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len());
        assert!(names.iter().all(|name| name.len() <= 100), "validation_type is varchar(100)");
        assert!(check("parses").is_some() && check("nonsense").is_none());
    }
}
