//! Outcome of a check.

use super::settings::CheckLevel;
use crate::sql::Statement;
use std::borrow::Cow;

/// One thing that is not as it should be, with its evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violation {
    /// The line in the file, from 1.
    pub line: Option<u32>,
    /// The statement of the file, from 1.
    pub statement: Option<u32>,
    /// Observation, in words.
    pub seen: String,
    /// The question that was asked of the database, where it is one.
    pub asked: Option<String>,
    /// Reason why it matters, where the check's own is not meant.
    pub why: Option<Cow<'static, str>>,
    /// The safer form, where the check's own is not meant.
    pub safer: Option<Cow<'static, str>>,
    /// The key of the configuration that governs it, where it is not the check's.
    pub policy: Option<String>,
    /// A level of its own, where the check's is not meant.
    pub level: Option<CheckLevel>,
}

impl Violation {
    /// A violation of the file as a whole.
    pub(super) fn new(seen: impl Into<String>) -> Violation {
        Violation { seen: seen.into(), ..Violation::default() }
    }

    /// A violation at a statement.
    pub(super) fn at(statement: &Statement, seen: impl Into<String>) -> Violation {
        let place =
            Violation { line: Some(statement.line), statement: Some(statement.index + 1), ..Violation::default() };
        Violation { seen: seen.into(), ..place }
    }

    pub(super) fn on_line(line: u32, seen: impl Into<String>) -> Violation {
        Violation { line: Some(line), ..Violation::new(seen) }
    }

    pub(super) fn because(self, why: impl Into<Cow<'static, str>>) -> Violation {
        Violation { why: Some(why.into()), ..self }
    }

    pub(super) fn instead(self, safer: impl Into<Cow<'static, str>>) -> Violation {
        Violation { safer: Some(safer.into()), ..self }
    }

    pub(super) fn asked(self, question: impl Into<String>) -> Violation {
        Violation { asked: Some(question.into()), ..self }
    }

    /// The same as a warning, also where the check blocks: no other time looks at it again.
    pub(super) fn at_most_told(self) -> Violation {
        Violation { level: Some(CheckLevel::Warn), ..self }
    }

    /// Place and what was seen.
    pub fn message(&self) -> String {
        match self.statement {
            Some(statement) => format!("statement {statement}: {}", self.seen),
            None => self.seen.clone(),
        }
    }
}

/// Result of a check: what was compared, what is not as it should be, and what cannot be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckOutcome {
    /// For the log, when all is well: `3 objects`.
    pub compared: String,
    /// True if the file holds nothing that the check is about.
    pub idle: bool,
    /// In the order of the file.
    pub violations: Vec<Violation>,
    /// Questions that cannot be answered, and why.
    pub undecided: Vec<Violation>,
}

impl CheckOutcome {
    /// The file holds nothing that the check is about.
    pub(super) fn idle() -> CheckOutcome {
        CheckOutcome { compared: "nothing of the kind".to_owned(), idle: true, ..CheckOutcome::default() }
    }

    pub(super) fn counted(count: usize, noun: &str) -> CheckOutcome {
        let plural = if count == 1 { "" } else { "s" };
        CheckOutcome { compared: format!("{count} {noun}{plural}"), ..CheckOutcome::default() }
    }

    /// As counted; idle where there is none.
    pub(super) fn of(count: usize, noun: &str, violations: Vec<Violation>) -> CheckOutcome {
        if count == 0 { CheckOutcome::idle() } else { CheckOutcome::counted(count, noun).with(violations) }
    }

    pub(super) fn with(mut self, violations: Vec<Violation>) -> CheckOutcome {
        self.violations = violations;
        self
    }
}
