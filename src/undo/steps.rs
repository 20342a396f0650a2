//! Steps of an undo, by the numbers of statements.

use crate::model::UndoStep;

/// A forward statement, and the statement of the script that undoes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attributed {
    pub(super) forward: usize,
    pub(super) back: usize,
}

/// Steps for the statements of the script in `run`; `attributed` has for each forward statement the one that undoes it.
pub(super) fn steps(run: &[usize], attributed: &[Attributed]) -> Vec<UndoStep> {
    let mut steps: Vec<UndoStep> =
        run.iter().map(|back| UndoStep { statement: number(*back), undoes: Vec::new() }).collect();
    for Attributed { forward, back } in attributed {
        if let Ok(at) = run.binary_search(back) {
            steps[at].undoes.push(number(*forward));
        }
    }
    steps
}

/// The number by which a statement is journalled: its position, from 0.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
