//! One line of the examination.

use crate::cli::exit::CliError;
use crate::database::ErrorKind;
use serde::Serialize;

/// The weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    Ok,
    Warning,
    Wrong,
}

/// One line of the examination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Finding {
    pub check: &'static str,
    pub verdict: Severity,
    pub found: String,
    /// Remedy, where something is to be done.
    pub remedy: Option<String>,
}

impl Finding {
    pub fn ok(check: &'static str, found: impl Into<String>) -> Finding {
        Finding { check, verdict: Severity::Ok, found: found.into(), remedy: None }
    }

    pub fn warning(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { check, verdict: Severity::Warning, found: found.into(), remedy: Some(remedy.into()) }
    }

    pub fn wrong(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { check, verdict: Severity::Wrong, found: found.into(), remedy: Some(remedy.into()) }
    }

    /// A question that could not be asked.
    pub fn unanswered(check: &'static str, error: &CliError) -> Finding {
        let remedy = match error.kind {
            Some(ErrorKind::MissingObject) => "`caribou schema install` makes what is missing".to_owned(),
            // Whoever reads this has run it.
            _ => error
                .hints
                .iter()
                .map(|hint| hint.replace("run `caribou doctor`, and ", ""))
                .collect::<Vec<_>>()
                .join("; "),
        };
        Finding::wrong(check, error.message.clone(), remedy)
    }
}
