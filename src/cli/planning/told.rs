//! A plan for people: its waves, files, statements and findings, and what undoes them.

use super::Planned;
use super::freeze::PlannedFreeze;
use crate::cli::{expected, output};
use crate::model::{KeptCost, UndoMethod};
use crate::plan::{self, Plan};

/// Number of files that a plan may have for each of its statements to be shown unasked.
const SHOW_STATEMENTS: usize = 40;
/// Number of statements of a file that are listed, unless all are asked for.
const LISTED: usize = 12;
/// Number of lines of a difference that are shown without `--verbose`.
const DIFFERING: usize = 20;

impl Planned {
    /// The plan for people.
    pub fn human(&self, verbose: bool) -> String {
        let plan = &self.plan;
        if self.total == 0 {
            return format!("{}: no migrations yet; write one, such as 0001_users.sql.\n", self.dir.display());
        }
        let how = if self.recognised { "recognised as" } else { "read as" };
        let mut text = format!(
            "{}: {}, {how} {}; {} to run.\n",
            self.dir.display(),
            output::count(self.total as u64, "migration"),
            self.layout,
            plan.files.len()
        );
        if !plan.files.is_empty() {
            text.push_str(&format!(
                "Batch {}, epoch {} to {}.\n",
                output::safe(&plan.batch),
                plan.epoch_from,
                plan.epoch_to
            ));
        }
        let with_statements = verbose || plan.files.len() <= SHOW_STATEMENTS;
        let mut wave = 0;
        for file in &plan.files {
            if file.wave != wave {
                wave = file.wave;
                text.push_str(&format!("\nwave {wave}\n"));
            }
            let most = if verbose { usize::MAX } else { LISTED };
            text.push_str(&human_file(file, if with_statements { most } else { 0 }));
        }
        for finding in &plan.findings {
            text.push_str(&format!("\n{}", output::safe(&finding.to_string())));
            text.push_str(&diff(finding, if verbose { usize::MAX } else { DIFFERING }));
        }
        if !plan.files.is_empty() {
            text.push_str(&format!("\n{}\n", coverage(plan)));
            text.push_str(&expected::of_plan(plan));
            text.push_str(&self.freeze.as_ref().map(PlannedFreeze::told).unwrap_or_default());
            text.push_str(match self.rehearsed {
                Some(true) => "Rollback rehearsed: this plan ran up, down and up again on a scratch schema.\n",
                Some(false) => "Rollback rehearsed, and FAILED: `caribou rehearse` shows where.\n",
                None => "Rollback not rehearsed (`caribou rehearse`).\n",
            });
        }
        text
    }
}

/// The first lines of what was edited.
fn diff(finding: &plan::Finding, most: usize) -> String {
    let Some(evidence) = finding.evidence.as_ref().filter(|evidence| !evidence.diff.is_empty()) else {
        return String::new();
    };
    let lines: Vec<&str> = evidence.diff.lines().collect();
    let mut text: String = lines.iter().take(most).map(|line| format!("\n    {}", output::safe(line))).collect();
    if lines.len() > most {
        text.push_str(&format!("\n    … {} more lines (--verbose)", lines.len() - most));
    }
    text
}

/// A file with at most so many of its statements.
fn human_file(file: &plan::PlanFile, most: usize) -> String {
    let statements = output::count(file.statements.len() as u64, "statement");
    let mut text = format!("  {}  {}, {statements}", output::safe(&file.path), file.file_type);
    if !file.depends_on.is_empty() {
        text.push_str(&format!(", after {}", output::safe(&file.depends_on.join(", "))));
    }
    text.push_str(&expected::of_file(file));
    text.push('\n');
    if most > 0 {
        let is_alone = file.statements.len() == 1;
        let row = |statement: &plan::PlanStatement| statement_row(statement, is_alone);
        let rows: Vec<Vec<String>> = file.statements.iter().take(most).map(row).collect();
        for line in output::table(&["", "", "", "", ""], &rows).lines().skip(1) {
            text.push_str(&format!("      {}\n", line.trim_end()));
        }
        let left = file.statements.len().saturating_sub(most);
        if left > 0 {
            text.push_str(&format!("      … and {left} more (`caribou plan --verbose` lists them)\n"));
        }
    }
    text.push_str(&human_findings(file, most == usize::MAX));
    text
}

/// Findings of one check on a file that are shown, unless all are asked for.
const ALIKE: usize = 3;

/// The findings of a file; of many that are alike the first, and below the last of them why, and what is safer.
fn human_findings(file: &plan::PlanFile, all: bool) -> String {
    let mut text = String::new();
    for (at, finding) in file.findings.iter().enumerate() {
        let alike = |other: &&plan::Finding| other.check == finding.check && other.level == finding.level;
        let before = file.findings[..at].iter().filter(alike).count();
        let behind = file.findings[at + 1..].iter().filter(alike).count();
        if before >= ALIKE && !all {
            continue;
        }
        text.push_str(&format!("    {}\n", output::safe(&finding.to_string())));
        let is_last = before + 1 == ALIKE && !all;
        if is_last && behind > 0 {
            text.push_str(&format!(
                "      … and {behind} more of {} (`caribou plan --verbose` lists them)\n",
                finding.check
            ));
        }
        let next = file.findings[at + 1..].iter().find(alike).filter(|_| !is_last);
        if next.is_none_or(|next| next.advice() != finding.advice()) {
            for advice in finding.advice() {
                text.push_str(&format!("      {}\n", output::safe(&advice)));
            }
        }
    }
    text
}

fn statement_row(statement: &plan::PlanStatement, is_alone: bool) -> Vec<String> {
    let objects: Vec<String> = statement.objects.iter().map(|o| o.object.to_string()).collect();
    let by = match statement.undo {
        UndoMethod::Written => "written",
        UndoMethod::Derived => "derived",
        UndoMethod::Kept => "kept",
        UndoMethod::NotNeeded => "not needed",
        UndoMethod::None => "NONE",
    };
    let detail = match (&statement.undo_reason, statement.undo_cost.filter(|cost| cost.rows > 0)) {
        (Some(why), _) => format!(" ({})", output::safe(why)),
        (None, Some(cost)) => format!(" ({})", cost_text(cost)),
        (None, None) => String::new(),
    };
    let line = format!("line {}", statement.line);
    let size = statement.size.and_then(size_text).map_or_else(String::new, |size| format!(" ({size})"));
    let objects = format!("{}{size}", output::safe(&objects.join(", ")));
    let undo = format!("undo: {by}{detail}");
    vec![line, statement.kind.to_string(), objects, undo, expected::of_statement(statement, is_alone)]
}

/// `about 1200 rows, 3 MB`: what stands now.
fn size_text(size: plan::Size) -> Option<String> {
    let rows = size.rows.filter(|rows| *rows > 0)?;
    let about = if size.at_least { "more than" } else { "about" };
    let bytes = size.bytes.map_or_else(String::new, |bytes| format!(", {}", output::bytes(bytes)));
    Some(format!("{about} {}{bytes}", output::count(rows, "row")))
}

fn cost_text(cost: KeptCost) -> String {
    format!("{}, about {}", output::count(cost.rows, "row"), output::bytes(cost.bytes))
}

fn coverage(plan: &Plan) -> String {
    let c = plan.undo_coverage;
    let statements = output::count(u64::from(c.statements), "statement");
    let mut text = format!(
        "Undo: of {statements} {} written ({} certain even half-way), {} derived, {} kept, {} not needed.",
        c.written, c.certain, c.derived, c.kept, c.not_needed
    );
    let cost = plan.undo_cost();
    if cost.rows > 0 {
        text.push_str(&format!("\nKeeping copies {}.", cost_text(cost)));
    }
    if c.none > 0 {
        text.push_str(&format!(
            "\nNOTHING undoes {}: should one of these files fail, a person has to mend it. Such a plan needs \
             --accept-irreversible.",
            output::count(u64::from(c.none), "statement")
        ));
    }
    text
}
