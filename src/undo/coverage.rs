//! The method that undoes each statement of a file, and how many each method covers.

use super::mapping::certain;
use super::method::{destroys, methods};
use crate::model::{SourceText, StatementUndo, UndoCoverage, UndoMethod};
use crate::sql::{self, Dialect, Language, Statement};

/// Of each statement, what undoes it, and why nothing does. A rollback script is its author's word for the file as a
/// whole, unless the file destroys what no script can bring back: then the script serves only where nothing else does.
pub(crate) fn undo_of(
    forward: &[Statement],
    back: Option<&[Statement]>,
    (text, dialect): (&str, Dialect),
) -> Vec<StatementUndo> {
    let has_script = back.is_some_and(|back| !back.is_empty());
    let prefers_derived = sql::directives(text).is_ok_and(|found| found.undo.as_deref() == Some("derived"));
    let script_first = has_script && !prefers_derived && !destroys(forward);
    let label = |undo: StatementUndo| match undo.method {
        UndoMethod::NotNeeded => undo,
        _ if script_first => StatementUndo::by(UndoMethod::Written),
        UndoMethod::None if has_script => StatementUndo::by(UndoMethod::Written),
        _ => undo,
    };
    methods(forward, dialect).into_iter().map(label).collect()
}

/// The same of a file that is kept; nothing where its texts cannot be read.
pub fn undone_by(source: &SourceText, language: impl Into<Language>) -> Vec<StatementUndo> {
    let language = language.into().for_file(&source.up);
    let dialect = language.dialect;
    let Ok(up) = sql::read(&source.up, language.clone()) else { return Vec::new() };
    let down = source.down.as_deref().and_then(|down| sql::read(down, language).ok());
    undo_of(&up.statements, down.as_ref().map(|down| down.statements.as_slice()), (&source.up, dialect))
}

/// The same, counted.
pub(crate) fn count(undo: &[StatementUndo], forward: &[Statement], back: Option<&[Statement]>) -> UndoCoverage {
    let certain = back.filter(|back| !back.is_empty()).map(|back| certain(forward, back));
    let mut coverage = UndoCoverage::default();
    for (index, StatementUndo { method, .. }) in undo.iter().enumerate() {
        coverage.statements += 1;
        *match method {
            UndoMethod::Written => &mut coverage.written,
            UndoMethod::Derived => &mut coverage.derived,
            UndoMethod::Kept => &mut coverage.kept,
            UndoMethod::NotNeeded => &mut coverage.not_needed,
            UndoMethod::None => &mut coverage.none,
        } += 1;
        let is_certain = certain.as_ref().is_some_and(|certain| certain[index]);
        coverage.certain += u32::from(*method == UndoMethod::Written && is_certain);
    }
    coverage
}
