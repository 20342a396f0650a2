//! Findings: what is odd about a file, before anything runs.

use crate::model::{FORESEEN, PlannedFinding};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The key of the configuration that governs what is foreseen.
pub(super) const POLICY_FORESEEN: &str = "plan.foreseen";

/// Its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Worth a look before it runs.
    Warning,
    /// The file will not run as it is: it stops before its first statement.
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

    /// The key of the configuration that governs it; empty where none does.
    pub fn policy(&self) -> &str {
        self.evidence.as_ref().map_or("", |evidence| evidence.policy.as_str())
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

/// Findings of one check that stand in the log; the rest is counted.
const TOLD: usize = 20;

/// Checks of the plan itself, which nobody makes again.
const OF_THE_PLAN: &[&str] = &["out_of_order", "checksum_drift", "backup_missing"];

/// Gives the findings that the checks before a file, or before a batch, take up: one a check.
pub(super) fn for_log(findings: &[Finding]) -> Vec<PlannedFinding> {
    let is_foreseen = |finding: &Finding| finding.level == Level::Blocking && finding.policy() == POLICY_FORESEEN;
    let named = |finding: &Finding, name: &str| finding.check == name && finding.level >= Level::Warning;
    let foreseen = taken_up(FORESEEN, findings.iter().filter(|finding| is_foreseen(finding)));
    let others = OF_THE_PLAN.iter().filter_map(|name| taken_up(name, findings.iter().filter(|f| named(f, name))));
    others.chain(foreseen).collect()
}

fn taken_up<'f>(check: &str, findings: impl Iterator<Item = &'f Finding>) -> Option<PlannedFinding> {
    let found: Vec<&Finding> = findings.collect();
    let blocks = found.iter().any(|finding| finding.level == Level::Blocking);
    (!found.is_empty()).then(|| PlannedFinding { check: check.to_owned(), blocks, result: told(check, &found) })
}

/// Each finding a line; below, each reason, safer form and policy once.
fn told(check: &str, findings: &[&Finding]) -> String {
    let line = |f: &&Finding| if f.check == check { f.said() } else { format!("{} ({})", f.said(), f.check) };
    let mut lines: Vec<String> = findings.iter().take(TOLD).map(line).collect();
    if findings.len() > TOLD {
        lines.push(format!("and {} more", findings.len() - TOLD));
    }
    let advice = findings.iter().take(TOLD).flat_map(|finding| {
        let policy = Some(finding.policy()).filter(|policy| !policy.is_empty());
        finding.advice().into_iter().chain(policy.map(|policy| format!("policy: {policy}")))
    });
    for line in advice {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.level, self.said())
    }
}
