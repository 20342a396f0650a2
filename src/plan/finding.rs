//! Findings: what is odd about a file, before anything runs.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Worth a look before it runs.
    Warning,
    /// The file will not run as it is: a check before it stops it, or the server will answer one of its statements with
    /// an error.
    Blocking,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Blocking => "blocking",
        })
    }
}

/// Evidence of a finding: what a person needs to judge it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Evidence {
    /// The statement of the file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<u32>,
    /// Reason why it matters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The safer form.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub safer: String,
    /// The question that was asked of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// The key of the configuration that governs it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub policy: String,
    /// The file, where the finding does not stand below one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// What was edited, as a unified diff from the text that ran.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub diff: String,
}

/// One finding about a file of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// A stable name: `client_command`, `unknown_statement`, `no_statements`, `checksum_drift`, `out_of_order`, `ran_elsewhere`,
    /// `dependency_not_completed`, `backup_missing`, `created_later`, `baseline`, `not_honoured`, `left_alone`, `other_split`, `tool_history`, `unknown_conflict`, `empty_rollback`, or that of a check (`caribou
    /// checks`); and against the schema as it will be: `missing_table`, `missing_column`, `missing_key`, `exists_already`,
    /// `duplicate_key`, `foreign_key`, `referenced`, `wrong_kind`, `not_a_view`, `last_column`, `name_too_long`,
    /// `key_too_long`, `key_without_length`, `broken_view`, `unknown_effect`, `schema_unseen`, `more_foreseen`.
    pub check: String,
    /// Its weight.
    pub level: Level,
    /// The line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Account of what was found, and what to do.
    pub message: String,
    /// Evidence for it.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Box<Evidence>>,
}

impl Finding {
    pub fn new(check: &str, level: Level, line: Option<u32>, message: String) -> Finding {
        Finding { check: check.to_owned(), level, line, message, evidence: None }
    }

    /// The same with what speaks for it.
    pub fn with(self, evidence: Evidence) -> Finding {
        Finding { evidence: Some(Box::new(evidence)), ..self }
    }

    /// Gives why it matters and what is safer: a line each.
    pub fn advice(&self) -> Vec<String> {
        let Some(evidence) = &self.evidence else { return Vec::new() };
        let lines = [("why", &evidence.reason), ("instead", &evidence.safer)];
        lines.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| format!("{label}: {text}")).collect()
    }

    /// Gives the text with the line, without the level, for places where that stands elsewhere.
    pub fn said(&self) -> String {
        let line = self.line.map_or_else(String::new, |line| format!("line {line}: "));
        format!("{line}{}", self.message)
    }
}

/// Gives the finding that a plan was not compared with the schema.
pub(crate) fn unseen(why: String) -> Finding {
    let message = format!("the plan was not compared with the schema as it will be: {why}");
    Finding::new("schema_unseen", Level::Info, None, message)
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.level, self.said())
    }
}
