//! What undoes each statement of a file, and how many each of the means covers.

use super::StatementUndo;
use super::undo::{Method, certain, destroys, methods};
use crate::model::{SourceText, UndoCoverage, UndoneBy};
use crate::sql::{self, Dialect, Statement};

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

/// Of each statement of a file that is kept, what would undo it, and why nothing does; nothing where its texts cannot be
/// read.
pub fn undone_by(source: &SourceText, dialect: Dialect) -> Vec<UndoneBy> {
    let Ok(up) = sql::read(&source.up, dialect) else { return Vec::new() };
    let down = source.down.as_deref().and_then(|down| sql::read(down, dialect).ok());
    let back = down.as_ref().map(|down| down.statements.as_slice());
    let why = |by: &StatementUndo, method: Method| match (by, method) {
        (StatementUndo::None, Method::None(why)) => Some(why.to_owned()),
        _ => None,
    };
    let all = undo_of(&up.statements, back, dialect).into_iter().zip(methods(&up.statements, dialect));
    all.map(|(by, method)| UndoneBy { by, why: why(&by, method) }).collect()
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
