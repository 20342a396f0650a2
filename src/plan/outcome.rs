//! A plan.

use super::schema::Size;
use super::{Effort, ExpectedEnd, Finding, Refusal};
use crate::model::{
    Checksum, Epoch, Expected, FileId, FileType, FutureTables, KeptCost, Locks, Policy, Requirement, UndoCoverage,
    UndoMethod,
};
use crate::sql::{Script, StatementKind, Touch, may_write_by_calls};
use serde::Serialize;

/// A statement of a planned file. Its text is the file's, from its line on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanStatement {
    /// From 0.
    pub index: u32,
    /// The place where it begins, from 1.
    pub line: u32,
    /// Its kind.
    pub kind: StatementKind,
    /// The objects that it touches.
    pub objects: Vec<Touch>,
    /// The method that undoes it.
    pub undo: UndoMethod,
    /// Reason why nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_reason: Option<String>,
    /// The cost of keeping as things stand now, where that can be asked ([`Plan::foreseen`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_cost: Option<KeptCost>,
    /// The size of the table that it changes, as that stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// True if the server changes definitions alone, as it said of an empty twin; `None` where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instant: Option<bool>,
    /// The lightest algorithm that the server takes for it, as it said of an empty twin; `None` where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<&'static str>,
    /// The lock that goes with it; `None` also where the algorithm leaves no choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<&'static str>,
    /// Time that it may take ([`Plan::expect`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// Reason why nobody knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_unknown: Option<String>,
    /// Thing on which its time depends.
    #[serde(skip)]
    pub effort: Effort,
    /// Tables that it names and earlier statements change, as they will stand then.
    #[serde(skip)]
    pub future: FutureTables,
}

impl PlanStatement {
    /// The refusal of a plan in which nothing undoes this statement.
    pub(super) fn irreversible(&self, path: &str) -> Refusal {
        Refusal::Irreversible {
            path: path.to_owned(),
            line: self.line,
            statement: self.index + 1,
            kind: self.kind.as_str(),
            why: self.undo_reason.clone(),
        }
    }
}

/// Something that a document describes: a table or view, or a column of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The line of the document, from 1.
    pub line: u32,
    pub table: String,
    pub column: Option<String>,
}

/// A file that will run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanFile {
    /// Relative to the migration directory.
    pub path: String,
    /// The handler.
    #[serde(rename = "type")]
    pub file_type: FileType,
    /// From 1. Files of one wave share no object and no dependency.
    pub wave: u32,
    /// The paths of the files that must have completed before, stated or seen in the statements.
    pub depends_on: Vec<String>,
    /// In the order of the file.
    pub statements: Vec<PlanStatement>,
    /// Time that it may take ([`Plan::expect`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Box<Expected>>,
    /// Reason why nobody knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_unknown: Option<String>,
    /// Findings about it.
    pub findings: Vec<Finding>,
    /// Its statements counted by what undoes them.
    #[serde(skip)]
    pub undo_coverage: UndoCoverage,
    /// Statements of its rollback script.
    #[serde(skip)]
    pub undo_statements: Option<u32>,
    /// The place where the system stands before it.
    #[serde(skip)]
    pub epoch_from: Epoch,
    /// And after it.
    #[serde(skip)]
    pub epoch_to: Epoch,
    /// SHA-256 of its bytes.
    #[serde(skip)]
    pub hash: Checksum,
    /// Hash of its tokens.
    #[serde(skip)]
    pub canonical: Checksum,
    /// The key of its texts in `migration_sources`.
    #[serde(skip)]
    pub source: Checksum,
    /// Dependencies, also optional ones and conflicts.
    #[serde(skip)]
    pub requires: Vec<Requirement>,
    /// The completed run that this one repeats.
    #[serde(skip)]
    pub again: Option<FileId>,
    /// Objects that it uses while it is under way.
    #[serde(skip)]
    pub locks: Locks,
    /// The migration's text.
    #[serde(skip)]
    pub up: String,
    /// Its rollback script.
    #[serde(skip)]
    pub down: Option<String>,
    /// Its verify script.
    #[serde(skip)]
    pub verify: Option<String>,
    /// What it describes, where it is a document.
    #[serde(skip)]
    pub describes: Vec<Described>,
    /// Its statements, until they have been followed through the schema.
    #[serde(skip)]
    pub(super) script: Script,
}

/// The files that will run, in the order in which it starts. The JSON of `caribou plan`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Plan {
    /// The batch's name.
    pub batch: String,
    /// The place where the system stands.
    pub epoch_from: Epoch,
    /// The place where the batch leads.
    pub epoch_to: Epoch,
    /// The files.
    pub files: Vec<PlanFile>,
    /// Squashes that count as having run, since all that they replace has: `migrate` records that and runs nothing of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub counts_as_run: Vec<String>,
    /// Time that it may take altogether ([`Plan::expect`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedEnd>,
    /// Findings about files that will not run: drift of completed ones, and what waits for nobody.
    pub findings: Vec<Finding>,
    /// The statements of all files counted by what undoes them.
    pub undo_coverage: UndoCoverage,
    /// Reason why it cannot become a batch; empty when it can.
    #[cfg_attr(test, schemars(with = "Vec<super::refusal::RefusalDocument<'static>>"))]
    pub refused: Vec<Refusal>,
    /// Over order, hashes and policy.
    pub checksum: Checksum,
    /// Handed through to the batch.
    #[serde(skip)]
    pub policy: Policy,
}

impl Plan {
    /// True if there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Takes in the database's answer about keeping what a statement destroys: its cost, or why it cannot be kept. A
    /// rollback script is then the author's word; without one nothing undoes the statement, and the plan is refused if
    /// undo is required.
    pub fn foreseen(&mut self, file: usize, statement: usize, answer: Result<KeptCost, String>) {
        let Some(of) = self.files.get_mut(file) else { return };
        let has_script = of.undo_statements.is_some_and(|n| n > 0);
        let Some(at) = of.statements.get_mut(statement).filter(|at| at.undo == UndoMethod::Kept) else { return };
        let why = match answer {
            // The functions that it calls write nothing.
            Ok(_) if may_write_by_calls(at.kind) => {
                for coverage in [&mut of.undo_coverage, &mut self.undo_coverage] {
                    coverage.kept -= 1;
                    coverage.not_needed += 1;
                }
                return at.undo = UndoMethod::NotNeeded;
            }
            Ok(cost) => return at.undo_cost = Some(cost),
            Err(why) => why,
        };
        for coverage in [&mut of.undo_coverage, &mut self.undo_coverage] {
            coverage.kept -= 1;
            *(if has_script { &mut coverage.written } else { &mut coverage.none }) += 1;
        }
        at.undo = if has_script { UndoMethod::Written } else { UndoMethod::None };
        at.undo_reason = Some(why);
        if !has_script && !self.policy.accept_irreversible {
            self.refused.push(at.irreversible(&of.path));
        }
    }

    /// The cost of keeping, for all statements of which that could be asked.
    pub fn undo_cost(&self) -> KeptCost {
        self.files.iter().flat_map(|file| &file.statements).filter_map(|statement| statement.undo_cost).sum()
    }

    /// Statements that nothing undoes: file, statement.
    pub fn irreversible(&self) -> impl Iterator<Item = (&PlanFile, &PlanStatement)> {
        self.files.iter().flat_map(|file| {
            let undone_by_nothing = |statement: &&PlanStatement| statement.undo == UndoMethod::None;
            file.statements.iter().filter(undone_by_nothing).map(move |statement| (file, statement))
        })
    }
}
