//! What was understood of another tool's history, for people and as JSON.

use super::understood::Understood;
use crate::adopt::SameText;
use crate::cli::context::Context;
use crate::cli::output::{self, count, safe};
use crate::cli::{CliError, Exit};
use crate::model::BatchId;
use serde::Serialize;
use std::collections::HashSet;

/// Number of names that are listed before the rest is counted.
const LISTED: usize = 20;

/// A file that has run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AdoptedFile {
    path: String,
    /// Time when it ran, as the tool wrote it.
    applied_at: Option<String>,
    /// Its text against the one that ran: `same`, `differs` or `not_compared`.
    text: &'static str,
}

/// The JSON of `caribou adopt`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Report {
    tool: &'static str,
    table: String,
    files: Vec<AdoptedFile>,
    /// Files that have not run.
    pending: Vec<String>,
    /// Files of which the table does not say so, and which have run here.
    ran_here: Vec<String>,
    /// Entries whose files are not in the directory.
    without_file: Vec<String>,
    /// Files that become part of the batch: those that are not known here already.
    to_record: usize,
    /// The batch that was written.
    pub batch: Option<BatchId>,
    /// True if the table is kept in step from now on.
    pub kept_in_step: bool,
}

impl Report {
    /// `here` are the files that have completed here.
    pub(super) fn new(understood: &Understood, here: &HashSet<String>) -> Report {
        let Understood { found, entries, comparison, directory } = understood;
        let paths = &directory.directory.files;
        let files = comparison.applied.iter().map(|known| AdoptedFile {
            path: paths[known.file].path.clone(),
            applied_at: entries[known.entry].at.clone(),
            text: match known.same {
                SameText::Yes => "same",
                SameText::No => "differs",
                SameText::NotCompared => "not_compared",
            },
        });
        let others = comparison.pending.iter().map(|file| paths[*file].path.clone());
        let (ran_here, pending) = others.partition(|path| here.contains(path));
        Report {
            tool: found.history.tool,
            table: found.place(),
            files: files.collect(),
            pending,
            ran_here,
            without_file: comparison.without_file.iter().map(|place| entries[*place].name().to_owned()).collect(),
            to_record: 0,
            batch: None,
            kept_in_step: false,
        }
    }

    /// The same with the number of files that are not known here already.
    pub fn taking(self, to_record: usize) -> Report {
        Report { to_record, ..self }
    }

    /// Shows it, where nothing is written.
    pub fn show(&self, context: &Context) -> Result<Exit, CliError> {
        if context.is_json() {
            output::json(self)?;
        } else {
            output::text(&self.human())?;
        }
        Ok(Exit::Done)
    }

    /// Says what was written.
    pub fn show_end(&self, context: &Context) -> Result<Exit, CliError> {
        if context.is_json() {
            output::json(self)?;
        } else if let Some(batch) = self.batch {
            output::text(&format!(
                "Batch {batch}: {} taken over from {}; nothing was run, and {} is as it was{}.",
                count(self.to_record as u64, "file"),
                self.tool,
                safe(&self.table),
                if self.kept_in_step { ", and is kept in step from now on" } else { "" }
            ))?;
        }
        Ok(Exit::Done)
    }

    fn with_text(&self, text: &'static str) -> impl Iterator<Item = &AdoptedFile> {
        self.files.iter().filter(move |file| file.text == text)
    }

    pub fn human(&self) -> String {
        let mut lines = vec![format!(
            "{} says in {} that {} of this directory {} run.",
            self.tool,
            safe(&self.table),
            count(self.files.len() as u64, "file"),
            if self.files.len() == 1 { "has" } else { "have" }
        )];
        let (same, differs) = (self.with_text("same").count(), self.with_text("differs").count());
        match (same + differs, self.files.is_empty()) {
            (_, true) => {}
            (0, _) => {
                lines.push("  their texts were not compared: no checksum in the table could be made from them".into())
            }
            (compared, _) => lines.push(format!(
                "  {compared} compared by checksum: {same} as they ran, {differs} changed since; {} not compared",
                self.files.len() - compared
            )),
        }
        let changed: Vec<&str> = self.with_text("differs").map(|file| file.path.as_str()).collect();
        list(&mut lines, "changed since", &changed);
        let pending: Vec<&str> = self.pending.iter().map(String::as_str).collect();
        list(&mut lines, "not run yet", &pending);
        let here: Vec<&str> = self.ran_here.iter().map(String::as_str).collect();
        list(&mut lines, "not in the table, and run here", &here);
        let without: Vec<&str> = self.without_file.iter().map(String::as_str).collect();
        list(&mut lines, "in the table, and no file here", &without);
        match (self.to_record, self.files.len()) {
            (0, 0) => lines.push("There is nothing to take over.".into()),
            (0, _) => lines.push("All of them are known here already: there is nothing to take over.".into()),
            (some, all) if some < all => lines.push(format!("{} known here already.", all - some)),
            _ => {}
        }
        lines.join("\n")
    }
}

/// Names under a heading; many are counted.
fn list(lines: &mut Vec<String>, what: &str, names: &[&str]) {
    if names.is_empty() {
        return;
    }
    lines.push(format!("  {what}: {}", names.len()));
    lines.extend(names.iter().take(LISTED).map(|name| format!("    {}", safe(name))));
    if names.len() > LISTED {
        lines.push(format!("    and {} more (`--format json` lists all)", names.len() - LISTED));
    }
}
