//! Statements that leave something to undo.

use crate::sql::{Analysis, ObjectName, Statement, StatementKind};

/// Of each statement, whether it leaves something behind. Reading, session settings, the marks of transactions and table
/// upkeep leave nothing, nor does what happens in temporary tables.
pub fn needs_undo(statements: &[Statement]) -> Vec<bool> {
    let needed = |statement: &Statement| !statement.analysis.is_temporary() && leaves_something(&statement.analysis);
    statements.iter().map(needed).collect()
}

fn leaves_something(analysis: &Analysis) -> bool {
    use StatementKind::*;
    let kind = analysis.kind;
    let upkeep = matches!(kind, Analyze | Optimize | Repair | Flush | Reindex | Vacuum | LockTables | UnlockTables);
    match kind {
        Pragma => analysis.flags.lasting,
        AlterTable if analysis.only_switches_indexes() => false,
        _ => !kind.is_harmless() && !upkeep,
    }
}

/// The objects that a statement changes.
pub(crate) fn changed(analysis: &Analysis) -> impl Iterator<Item = &ObjectName> {
    analysis.touches.iter().filter(|touch| touch.how.changes()).map(|touch| &touch.object)
}
