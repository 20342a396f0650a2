//! What comes next of a batch, in words: the statement that a step runs, or what it undoes.

use crate::console::state::names;
use crate::console::times;
use crate::model::{Batch, File, FileState, Phase, StepUnit};

/// The next deed of a file.
enum Deed<'b> {
    Run(u32),
    /// The checks after its last statement, and what follows them.
    After,
    /// A step of its undo: which, of how many, its statement in the script, and what it undoes.
    Undo {
        step: u32,
        of: usize,
        statement: u32,
        undoes: &'b [u32],
    },
    /// It goes back, and how is still to be chosen.
    Back,
    Verify,
}

/// What comes next.
pub struct Next<'b> {
    pub file: &'b File,
    deed: Deed<'b>,
}

/// What a batch comes to next, where that is about a file.
pub fn next(batch: &Batch) -> Option<Next<'_>> {
    let ahead = batch.ahead()?;
    let file = batch.file(ahead.at?.0)?;
    let deed = match (ahead.undoes, &file.undo) {
        (false, _) => match file.running.as_ref().map(|running| running.statement).or_else(|| file.next_statement()) {
            Some(statement) if file.state != FileState::ValidatingPost => Deed::Run(statement),
            _ => Deed::After,
        },
        (true, Some(undo)) if file.state == FileState::RollingBack && undo.fell_short.is_none() => {
            match undo.next_step() {
                Some((statement, undoes)) => Deed::Undo { step: undo.done, of: undo.len(), statement, undoes },
                None => Deed::Verify,
            }
        }
        (true, _) => Deed::Back,
    };
    Some(Next { file, deed })
}

impl Next<'_> {
    /// True if what comes next is undone.
    pub fn undoes(&self) -> bool {
        matches!(self.deed, Deed::Undo { .. } | Deed::Back | Deed::Verify)
    }

    /// The statement whose text is to be shown.
    pub fn statement(&self) -> Option<(Phase, u32)> {
        match self.deed {
            Deed::Run(statement) => Some((Phase::Forward, statement)),
            Deed::Undo { statement, .. } => Some((Phase::Undo, statement)),
            _ => None,
        }
    }

    /// What a key does that lets one step pass, in few words.
    pub fn step(&self) -> String {
        let number = names::number(&self.file.path);
        match &self.deed {
            Deed::Run(n) => format!("runs {number} statement {}/{}", n + 1, self.file.statements),
            Deed::After => format!("checks {number}"),
            Deed::Undo { step, of, .. } => format!("UNDOES {number} step {}/{of}", step + 1),
            Deed::Back => format!("UNDOES {number}"),
            Deed::Verify => format!("verifies the undo of {number}"),
        }
    }

    /// The place in full: `statement 2 of 3 in migrations/0001_users.sql`.
    pub fn place(&self) -> String {
        let path = &self.file.path;
        match &self.deed {
            Deed::Run(n) => format!("statement {} of {} in {path}", n + 1, self.file.statements),
            Deed::After => format!("the checks after {path}"),
            Deed::Undo { step, of, .. } => format!("step {} of {of} of the undo of {path}", step + 1),
            Deed::Back => format!("the undo of {path}"),
            Deed::Verify => format!("the verification of the undo of {path}"),
        }
    }

    /// What a step does, in a sentence.
    pub fn sentence(&self, unit: StepUnit) -> String {
        let until = match unit {
            StepUnit::Statement => "it goes on until the next statement has ended, and holds again",
            StepUnit::Transition => "it goes on until a file has entered its next state, and holds again",
        };
        let (path, place) = (&self.file.path, self.place());
        match (&self.deed, unit) {
            (Deed::Run(_), StepUnit::Statement) => format!("It runs {place}, and holds again."),
            (Deed::Undo { undoes, .. }, StepUnit::Statement) => {
                format!("It UNDOES: {place}{}; then it holds again.", list(undoes))
            }
            (Deed::Run(_), StepUnit::Transition) => {
                let left = (self.file.statements as usize).saturating_sub(self.file.records.len());
                format!("{} left of {path}: {until}.", times::count(left, "statement"))
            }
            (Deed::Undo { .. } | Deed::Back, _) => {
                let stands = times::count(self.file.in_force().count(), "statement");
                format!("It UNDOES {path}, of which {stands} took effect, the last first: {until}.")
            }
            (Deed::After | Deed::Verify, _) => format!("First {place}: {until}."),
        }
    }

    /// The button of a step.
    pub fn deed(&self, unit: StepUnit) -> &'static str {
        match (self.undoes(), unit, &self.deed) {
            (_, StepUnit::Statement, Deed::Verify) => "Verify the undo",
            (true, StepUnit::Statement, _) => "Undo one step",
            (true, StepUnit::Transition, _) => "Undo to the next state",
            (false, StepUnit::Statement, _) => "Run one statement",
            (false, StepUnit::Transition, _) => "Run to the next state",
        }
    }
}

/// Names the statements that a step undoes.
fn list(undoes: &[u32]) -> String {
    let numbers: Vec<String> = undoes.iter().map(|n| (n + 1).to_string()).collect();
    match numbers.len() {
        0 => String::new(),
        1 => format!(", which undoes statement {}", numbers[0]),
        _ => format!(", which undoes statements {}", numbers.join(", ")),
    }
}

/// How far a held undo is, and before what it holds.
pub fn held_undo(file: &File) -> String {
    match &file.undo {
        None => "its undo is to be chosen, held before the next step".to_owned(),
        Some(undo) if undo.fell_short.is_some() => "it fell short, held before the rest is derived".to_owned(),
        Some(undo) if undo.is_empty() => "nothing to undo, held before it is verified".to_owned(),
        Some(undo) => {
            let before = if undo.next_step().is_some() { "" } else { " before it is verified" };
            format!("{} of {} undone, held{before}", undo.done, undo.len())
        }
    }
}
