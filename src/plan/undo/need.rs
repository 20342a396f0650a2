//! Which statements leave something to undo.

use crate::sql::{Analysis, ObjectName, Statement, StatementKind};
use std::collections::HashSet;

/// Of each statement, whether it leaves something behind. Reading, session settings, the marks of transactions and table
/// upkeep leave nothing, nor does what happens in temporary tables.
pub fn needs_undo(statements: &[Statement]) -> Vec<bool> {
    let mut temporary: HashSet<&ObjectName> = HashSet::new();
    let needed = statements.iter().map(|statement| {
        let analysis = &statement.analysis;
        if analysis.flags.temporary {
            temporary.extend(changed(analysis));
            return false;
        }
        let only_temporary = !temporary.is_empty()
            && !analysis.flags.partial
            && changed(analysis).next().is_some()
            && changed(analysis).all(|object| temporary.contains(object));
        !only_temporary && leaves_something(analysis.kind)
    });
    needed.collect()
}

fn leaves_something(kind: StatementKind) -> bool {
    use StatementKind::*;
    let upkeep = matches!(kind, Analyze | Optimize | Repair | Flush | Reindex | Vacuum | LockTables | UnlockTables);
    !kind.is_harmless() && !upkeep
}

/// The objects that a statement changes.
pub(super) fn changed(analysis: &Analysis) -> impl Iterator<Item = &ObjectName> {
    analysis.touches.iter().filter(|touch| touch.how.changes()).map(|touch| &touch.object)
}
