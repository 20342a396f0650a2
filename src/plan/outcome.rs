//! A plan.

use super::{Finding, Refusal};
use crate::model::{Checksum, Epoch, FileType, KeptCost, Locks, Policy, Requirement, StatementUndo, UndoCoverage};
use crate::sql::{StatementKind, Touch};
use serde::Serialize;

/// A statement of a planned file. Its text is the file's, from its line on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// From 0.
    pub index: u32,
    /// Where it begins, from 1.
    pub line: u32,
    /// What it is.
    pub kind: StatementKind,
    /// What it touches.
    pub objects: Vec<Touch>,
    /// What undoes it.
    pub undo: StatementUndo,
    /// Why nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_reason: Option<String>,
    /// What keeping would cost as things stand now, where that can be asked ([`Plan::foreseen`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_cost: Option<KeptCost>,
}

/// A file that will run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Relative to the migration directory.
    pub path: String,
    /// Who handles it.
    #[serde(rename = "type")]
    pub file_type: FileType,
    /// From 1. Files of one wave share no object and no dependency.
    pub wave: u32,
    /// The paths of the files that must have completed before, stated or seen in the statements.
    pub depends_on: Vec<String>,
    /// In the order of the file.
    pub statements: Vec<Statement>,
    /// What is odd about it.
    pub findings: Vec<Finding>,
    /// What undoes its statements.
    #[serde(skip)]
    pub undo_coverage: UndoCoverage,
    /// Statements of its rollback script.
    #[serde(skip)]
    pub undo_statements: Option<u32>,
    /// Where the system stands before it.
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
    /// What it uses while it is under way.
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
}

/// What will run, in the order in which it starts. The JSON of `caribou plan`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The batch's name.
    pub batch: String,
    /// Where the system is.
    pub epoch_from: Epoch,
    /// Where the batch leads.
    pub epoch_to: Epoch,
    /// The files.
    pub files: Vec<File>,
    /// What is odd about files that will not run: drift of completed ones, and what waits for nobody.
    pub findings: Vec<Finding>,
    /// What undoes the statements of all files.
    pub undo_coverage: UndoCoverage,
    /// Why it cannot become a batch; empty when it can.
    pub refused: Vec<Refusal>,
    /// Over order, hashes and policy.
    pub checksum: Checksum,
    /// Handed through to the batch.
    #[serde(skip)]
    pub policy: Policy,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// What the database says of keeping what a statement destroys: its cost, or why it cannot be kept. A rollback script
    /// is then the author's word; without one nothing undoes the statement, and the plan is refused if undo is required.
    pub fn foreseen(&mut self, file: usize, statement: usize, answer: Result<KeptCost, String>) {
        let Some(of) = self.files.get_mut(file) else { return };
        let has_script = of.undo_statements.is_some_and(|n| n > 0);
        let Some(at) = of.statements.get_mut(statement).filter(|at| at.undo == StatementUndo::Kept) else { return };
        let why = match answer {
            Ok(cost) => return at.undo_cost = Some(cost),
            Err(why) => why,
        };
        for coverage in [&mut of.undo_coverage, &mut self.undo_coverage] {
            coverage.kept -= 1;
            *(if has_script { &mut coverage.written } else { &mut coverage.none }) += 1;
        }
        at.undo = if has_script { StatementUndo::Written } else { StatementUndo::None };
        at.undo_reason = Some(why);
        if !has_script && !self.policy.accept_irreversible {
            self.refused.push(Refusal::irreversible(&of.path, at));
        }
    }

    /// What keeping would cost, for all statements of which that could be asked.
    pub fn undo_cost(&self) -> KeptCost {
        self.files.iter().flat_map(|file| &file.statements).filter_map(|statement| statement.undo_cost).sum()
    }

    /// Statements that nothing undoes: file, statement.
    pub fn irreversible(&self) -> impl Iterator<Item = (&File, &Statement)> {
        self.files.iter().flat_map(|file| {
            let undone_by_nothing = |statement: &&Statement| statement.undo == StatementUndo::None;
            file.statements.iter().filter(undone_by_nothing).map(move |statement| (file, statement))
        })
    }
}
