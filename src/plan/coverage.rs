//! What undoes each statement of a file, and how many each of the means covers.

use super::StatementUndo;
use super::undo::{Method, certain, destroys, methods};
use crate::model::UndoCoverage;
use crate::sql::{Dialect, Statement};

/// Of each statement, what undoes it. A rollback script is its author's word for the file as a whole, unless the file
/// destroys what no script can bring back: then the script serves only where nothing else does.
pub(super) fn undo_of(forward: &[Statement], back: Option<&[Statement]>, dialect: Dialect) -> Vec<StatementUndo> {
    let has_script = back.is_some_and(|back| !back.is_empty());
    let script_first = has_script && !destroys(forward);
    let label = |method: &Method| match method {
        Method::NotNeeded => StatementUndo::NotNeeded,
        _ if script_first => StatementUndo::Written,
        Method::Derived => StatementUndo::Derived,
        Method::Kept => StatementUndo::Kept,
        Method::None(_) if has_script => StatementUndo::Written,
        Method::None(_) => StatementUndo::None,
    };
    methods(forward, dialect).iter().map(label).collect()
}

/// The same, counted.
pub(super) fn count(undo: &[StatementUndo], forward: &[Statement], back: Option<&[Statement]>) -> UndoCoverage {
    let certain = back.filter(|back| !back.is_empty()).map(|back| certain(forward, back));
    let mut coverage = UndoCoverage::default();
    for (index, undo) in undo.iter().enumerate() {
        coverage.statements += 1;
        *match undo {
            StatementUndo::Written => &mut coverage.written,
            StatementUndo::Derived => &mut coverage.derived,
            StatementUndo::Kept => &mut coverage.kept,
            StatementUndo::NotNeeded => &mut coverage.not_needed,
            StatementUndo::None => &mut coverage.none,
        } += 1;
        let is_certain = certain.as_ref().is_some_and(|certain| certain[index]);
        coverage.certain += u32::from(*undo == StatementUndo::Written && is_certain);
    }
    coverage
}
