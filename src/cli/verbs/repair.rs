//! `caribou repair`.

use super::super::context::Context;
use super::super::planning;
use super::super::project::{Drift, Project};
use super::super::{CliError, Exit, ask, output};
use super::{VerbOptions, send};
use crate::model::{BatchId, Expectation, FileRepair, Repair, Submission, Verb, verb};
use serde::Serialize;

/// Record that files which have run lie in the directory otherwise now: edited, renamed, or gone
///
/// Shows each against the text that is recorded, and asks. From then on the plan takes what lies there for what ran. Nothing
/// runs, and an undo goes on from what really ran. Refused while a batch is open. It needs no live worker.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  caribou repair --dry-run --all\n  caribou repair 0007_orders.sql --reason 'a comment became a \
    column comment'\n  caribou repair --all --yes --reason 'squashed into B12'"
)]
pub(crate) struct RepairCommand {
    /// The files: their paths now, or those that are recorded
    #[arg(value_name = "FILE", required_unless_present = "all")]
    files: Vec<String>,
    /// All files that lie there otherwise
    #[arg(long, conflicts_with = "files")]
    all: bool,
    /// Show what would be recorded, and record nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    options: VerbOptions,
}

/// A file that lies there otherwise.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RepairedFile {
    /// The path that is recorded.
    path: String,
    /// The batch that it ran in.
    batch: BatchId,
    /// `edited`, `renamed` or `gone`.
    now: &'static str,
    /// The new path of one that was renamed.
    renamed_to: Option<String>,
    /// The text that lies there against the one that is recorded, as a unified diff; empty where nothing is to be compared.
    diff: String,
}

/// The JSON of `caribou repair --dry-run`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct RepairDocument {
    files: Vec<RepairedFile>,
}

impl RepairCommand {
    pub fn run(self, context: &Context) -> Result<Exit, CliError> {
        context.block_on(async {
            let mut project = Project::connect(context).await?;
            project.require_installed().await?;
            let directory = planning::read_directory(context.config()?)?;
            let known: Vec<String> = directory.directory.files.iter().map(|file| file.path.clone()).collect();
            let mut drifted = project.drifted(context.config()?, directory).await?;
            if !self.all {
                drifted = chosen(&self.files, drifted, &known)?;
            }
            let document = RepairDocument { files: drifted.iter().map(RepairedFile::from).collect() };
            if self.dry_run && context.is_json() {
                output::json(&document)?;
                return Ok(Exit::Done);
            }
            if drifted.is_empty() {
                return nothing(context);
            }
            if self.dry_run {
                output::text(&document.human())?;
                return Ok(Exit::Done);
            }
            output::say(&document.human());
            let reason = confirmed(&project, &self.options, drifted.len())?;
            let (verb, texts) = asked(drifted);
            let (batch, expects) = (BatchId::SYSTEM, Expectation::default());
            let command = project.submit(batch, verb.clone(), Some(reason), expects, Some(Box::new(texts))).await?;
            send::await_answer(context, &mut project, &self.options, batch, &verb, command).await
        })
    }
}

/// Everything lies there as it is recorded.
fn nothing(context: &Context) -> Result<Exit, CliError> {
    if context.is_json() {
        output::json(&RepairDocument { files: Vec::new() })?;
    } else {
        output::text("Every file that has run lies there as it is recorded: there is nothing to repair.")?;
    }
    Ok(Exit::Done)
}

/// The command, and the texts that it comes with.
fn asked(drifted: Vec<Drift>) -> (Verb, Submission) {
    let texts = drifted.iter().filter_map(|drift| drift.text.clone()).collect();
    let files = drifted.into_iter().map(|drift| FileRepair {
        batch: drift.batch,
        file: drift.file,
        ran: drift.ran,
        repair: drift.repair,
    });
    (Verb::Repair { files: files.collect() }, Submission { texts, ..Submission::default() })
}

/// The files that are named, by the path that is recorded or the one that lies there.
fn chosen(names: &[String], mut drifted: Vec<Drift>, known: &[String]) -> Result<Vec<Drift>, CliError> {
    let mut chosen: Vec<Drift> = Vec::new();
    for name in names {
        let wanted = name.trim_start_matches("./");
        let is = |path: &str| {
            let ends = |long: &str, short: &str| {
                long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
            };
            ends(path, wanted) || ends(wanted, path)
        };
        let is_meant = |drift: &&Drift| is(&drift.path) || drift.renamed_to().is_some_and(is);
        let found: Vec<&Drift> = drifted.iter().filter(is_meant).collect();
        match found.as_slice() {
            [one] => {
                let file = one.file;
                let (meant, rest) = drifted.into_iter().partition(|drift| drift.file == file);
                drifted = rest;
                chosen.extend::<Vec<Drift>>(meant);
            }
            [] if chosen.iter().any(|drift| is_meant(&drift)) => {}
            [] if known.iter().any(|path| is(path)) => {
                return Err(CliError::refused(format!(
                    "{name} has not run, or lies there as it ran: nothing is to be repaired"
                ))
                .hint(
                    "`caribou status` says how it stands; `caribou repair --all --dry-run` lists what can be repaired",
                ));
            }
            [] => {
                return Err(CliError::refused(format!("{name} is no file that has run and lies there otherwise"))
                    .hint("`caribou repair --all --dry-run` lists them"));
            }
            several => {
                let paths: Vec<&str> = several.iter().map(|drift| drift.path.as_str()).collect();
                return Err(
                    CliError::refused(format!("{name} can be {}", paths.join(" or "))).hint("write the whole path")
                );
            }
        }
    }
    Ok(chosen)
}

/// Asks for a yes, and for the reason.
fn confirmed(project: &Project, options: &VerbOptions, files: usize) -> Result<String, CliError> {
    let said = options.reason.clone().filter(|reason| !reason.trim().is_empty());
    let no_reason = || send::no_reason(verb::REPAIR.name);
    if options.yes {
        return said.ok_or_else(no_reason);
    }
    if !ask::is_somebody_there() {
        return Err(CliError::refused("repair was not confirmed, and nobody is at a terminal to ask")
            .hint("add --yes and --reason"));
    }
    let (files, label) = (output::count(files as u64, "file"), project.label());
    if !ask::is_confirmed(&format!("Record {files} as above on {label} as {}?", project.account()))? {
        return Err(CliError::refused("not confirmed; nothing was asked of the worker"));
    }
    match said {
        Some(reason) => Ok(reason),
        None => Some(ask::line("Reason:")?).filter(|reason| !reason.trim().is_empty()).ok_or_else(no_reason),
    }
}

impl From<&Drift> for RepairedFile {
    fn from(drift: &Drift) -> RepairedFile {
        RepairedFile {
            path: drift.path.clone(),
            batch: drift.batch,
            now: match drift.repair {
                Repair::Edited { .. } => "edited",
                Repair::Renamed { .. } => "renamed",
                Repair::Gone => "gone",
            },
            renamed_to: drift.renamed_to().map(str::to_owned),
            diff: drift.diff.clone(),
        }
    }
}

impl RepairDocument {
    fn human(&self) -> String {
        let mut lines = Vec::new();
        for file in &self.files {
            let now = match &file.renamed_to {
                Some(path) => format!("is {path} now"),
                None if file.now == "gone" => "is not in the directory any more".to_owned(),
                None => "was edited".to_owned(),
            };
            lines.push(output::safe(&format!("{} (batch {}) {now}", file.path, file.batch)));
            lines.extend(file.diff.lines().map(|line| format!("    {}", output::safe(line))));
        }
        lines.join("\n")
    }
}
