//! `caribou doctor`: each thing that must be in order, with a verdict and a remedy.

mod finding;
mod grants;
mod in_step;
mod journal;
mod runner;
mod server;

use self::finding::{Finding, Severity};
use super::context::Context;
use super::output::{self, Style, styled_out};
use super::project::Project;
use super::{CliError, Exit};
use crate::database::{Place, Target};
use crate::store::SchemaState;

/// Examine connection, server, account, clocks, schema, lease and journal
///
/// Each with a verdict and a remedy. Changes nothing. Exit status 1 when something is wrong, 5 when there is no connection.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// Compare the rows of every batch with its journal, not only of the last twenty
    #[arg(long)]
    all: bool,
}

/// What an examination found, in JSON.
#[derive(serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Examination {
    /// False where something is wrong; warnings leave it true.
    healthy: bool,
    findings: Vec<Finding>,
}

impl Doctor {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        let mut findings = vec![configuration(context)?];
        let attached = context.block_on(async {
            let mut project = Project::connect(context).await?;
            findings.extend(server::examine(&mut project).await);
            let migrates = findings.iter().any(|f| f.check == "privileges" && f.verdict == Severity::Ok);
            if migrates {
                findings.extend(runner::examine(&mut project).await);
                findings.extend(grants::examine(&mut project).await);
            }
            findings.extend(journal::examine(&mut project, self.all).await);
            // Another account does not see core.
            if migrates && project.state() != SchemaState::Absent {
                findings.extend(in_step::examine(&mut project).await);
            }
            Ok(())
        });
        let no_access = match attached {
            Ok(()) => None,
            Err(CliError { exit: Exit::NoAccess, message, hints, .. }) => {
                findings.push(Finding::wrong("connection", message, hints.join("; ")));
                Some(Exit::NoAccess)
            }
            Err(error) if error.exit == Exit::Refused => return Err(error),
            // Connected, and what stands there cannot be read.
            Err(error) => {
                findings.push(unreadable(context, &error));
                None
            }
        };
        let wrong = findings.iter().any(|f| f.verdict == Severity::Wrong);
        if context.is_json() {
            output::json(&Examination { healthy: !wrong, findings })?;
        } else {
            output::text(&human(&findings))?;
        }
        Ok(no_access.unwrap_or(if wrong { Exit::Failed } else { Exit::Done }))
    }
}

/// The orchestration schema is there, and nothing can be made of it.
fn unreadable(context: &Context, error: &CliError) -> Finding {
    let remedy = match context.target() {
        Ok(Target { place: Place::Sqlite { dir }, schemas, .. }) => format!(
            "put {0} back from a copy; without one, move it away with `mv {0} {0}.spoilt`, and `caribou schema install` \
             makes it anew (with no memory of what has run: take files that have run out of the directory)",
            dir.join(format!("{}.db", schemas.orchestration)).display()
        ),
        _ => "`caribou schema install` makes what is missing; what is spoilt has to come back from a copy".to_owned(),
    };
    Finding::wrong("schema", error.message.clone(), remedy)
}

fn configuration(context: &Context) -> Result<Finding, CliError> {
    let config = context.config()?;
    let found = match &config.settings.file {
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
            Severity::Ok => ("ok     ", Style::Good),
            Severity::Warning => ("warning", Style::Caution),
            Severity::Wrong => ("WRONG  ", Style::Wrong),
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
