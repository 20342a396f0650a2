//! `caribou doctor`: each thing that must be in order, with a verdict and a remedy.

mod journal;
mod server;

use super::context::Context;
use super::output::{self, Style, styled_out};
use super::project::Project;
use super::{CliError, Exit};
use serde::Serialize;
use serde_json::json;

/// Examine connection, server, account, clocks, schema, lease and journal
///
/// Each with a verdict and a remedy. Changes nothing. Exit status 1 when something is wrong, 5 when there is no connection.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// Compare the rows of every batch with its journal, not only of the last twenty
    #[arg(long)]
    all: bool,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Ok,
    Warning,
    Wrong,
}

/// One line of the examination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub check: &'static str,
    pub verdict: Verdict,
    pub found: String,
    /// What to do, where something is to be done.
    pub remedy: Option<String>,
}

impl Finding {
    pub fn ok(check: &'static str, found: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Ok, found: found.into(), remedy: None }
    }

    pub fn warning(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Warning, found: found.into(), remedy: Some(remedy.into()) }
    }

    pub fn wrong(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Wrong, found: found.into(), remedy: Some(remedy.into()) }
    }

    /// A question that could not be asked.
    pub fn unanswered(check: &'static str, error: &CliError) -> Finding {
        Finding::wrong(check, error.message.clone(), error.hints.join("; "))
    }
}

impl Doctor {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let mut findings = vec![configuration(context)?];
        let attached = context.block_on(async {
            let mut project = Project::connect(context).await?;
            findings.extend(server::examine(&mut project).await);
            let migrates = findings.iter().any(|f| f.check == "privileges" && f.verdict == Verdict::Ok);
            findings.extend(journal::examine(&mut project, self.all, migrates).await);
            Ok(())
        });
        let no_access = match attached {
            Ok(()) => None,
            Err(CliError { exit: Exit::NoAccess, message, hints, .. }) => {
                findings.push(Finding::wrong("connection", message, hints.join("; ")));
                Some(Exit::NoAccess)
            }
            Err(error) => return Err(error),
        };
        let wrong = findings.iter().any(|f| f.verdict == Verdict::Wrong);
        if context.is_json() {
            output::json(&json!({ "healthy": !wrong, "findings": findings }))?;
        } else {
            output::text(&human(&findings))?;
        }
        Ok(no_access.unwrap_or(if wrong { Exit::Failed } else { Exit::Done }))
    }
}

fn configuration(context: &Context) -> Result<Finding, CliError> {
    let config = context.config()?;
    let found = match &config.file {
        Some(path) => path.display().to_string(),
        None => "no caribou.toml; from environment and flags".to_owned(),
    };
    Ok(match config.warnings.as_slice() {
        [] => Finding::ok("configuration", found),
        warnings => Finding::warning("configuration", warnings.join("; "), "`caribou config` shows what is in effect"),
    })
}

fn human(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let (word, style) = match finding.verdict {
            Verdict::Ok => ("ok     ", Style::Good),
            Verdict::Warning => ("warning", Style::Caution),
            Verdict::Wrong => ("WRONG  ", Style::Wrong),
        };
        text.push_str(&format!(
            "{}  {:<14} {}\n",
            styled_out(word, style),
            finding.check,
            output::safe(&finding.found)
        ));
        if let Some(remedy) = finding.remedy.as_ref().filter(|r| !r.is_empty()) {
            text.push_str(&format!("         {:<14} {}\n", "remedy:", output::safe(remedy)));
        }
    }
    text
}
