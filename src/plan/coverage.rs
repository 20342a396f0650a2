//! What undoes each statement of a file, and how many each of the means covers.

use super::StatementUndo;
use super::undo::{Method, certain, destroys, methods};
use crate::model::{SourceText, UndoCoverage, UndoneBy};
use crate::sql::{self, Dialect, Statement};

/// Of each statement, what undoes it, and why nothing does. A rollback script is its author's word for the file as a
/// whole, unless the file destroys what no script can bring back: then the script serves only where nothing else does.
pub(super) fn undo_of(forward: &[Statement], back: Option<&[Statement]>, dialect: Dialect) -> Vec<UndoneBy> {
    let has_script = back.is_some_and(|back| !back.is_empty());
    let script_first = has_script && !destroys(forward);
    let label = |method: Method| {
        let by = match method {
            Method::NotNeeded => StatementUndo::NotNeeded,
            _ if script_first => StatementUndo::Written,
            Method::Derived => StatementUndo::Derived,
            Method::Kept => StatementUndo::Kept,
            Method::None(_) if has_script => StatementUndo::Written,
            Method::None(why) => return UndoneBy { by: StatementUndo::None, why: Some(why.to_owned()) },
        };
        UndoneBy { by, why: None }
    };
    methods(forward, dialect).into_iter().map(label).collect()
}

/// The same of a file that is kept; nothing where its texts cannot be read.
pub fn undone_by(source: &SourceText, dialect: Dialect) -> Vec<UndoneBy> {
    let Ok(up) = sql::read(&source.up, dialect) else { return Vec::new() };
    let down = source.down.as_deref().and_then(|down| sql::read(down, dialect).ok());
    undo_of(&up.statements, down.as_ref().map(|down| down.statements.as_slice()), dialect)
}

/// The same, counted.
pub(super) fn count(undo: &[UndoneBy], forward: &[Statement], back: Option<&[Statement]>) -> UndoCoverage {
    let certain = back.filter(|back| !back.is_empty()).map(|back| certain(forward, back));
    let mut coverage = UndoCoverage::default();
    for (index, UndoneBy { by, .. }) in undo.iter().enumerate() {
        coverage.statements += 1;
        *match by {
            StatementUndo::Written => &mut coverage.written,
            StatementUndo::Derived => &mut coverage.derived,
            StatementUndo::Kept => &mut coverage.kept,
            StatementUndo::NotNeeded => &mut coverage.not_needed,
            StatementUndo::None => &mut coverage.none,
        } += 1;
        let is_certain = certain.as_ref().is_some_and(|certain| certain[index]);
        coverage.certain += u32::from(*by == StatementUndo::Written && is_certain);
    }
    coverage
}
