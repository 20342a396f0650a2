//! Statements of a file that need an undo of their own: what happens inside a table that the file makes itself goes with
//! that table.

use super::mapping::{only_table, stays_within};
use super::need::changed;
use crate::sql::{Dialect, ObjectKind, ObjectName, Statement, StatementKind};
use std::collections::HashMap;

/// Undo that a statement of the file needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnUndo {
    /// It did not take effect, or leaves nothing.
    NotNeeded,
    /// With the table that this statement of the file makes.
    WithTable(usize),
    /// The file made a table and dropped it again: nothing of it stands.
    Cancelled,
    /// By an undo of its own.
    Needed,
}

/// Of each statement, how it is undone. `took` are those in force, in order; `made` says of a statement that creates a table
/// whether the table was certainly not there before.
///
/// On SQLite an index or a trigger has a name of its own beside all others, so that it has a turn of its own.
pub(crate) fn own_undos(
    forward: &[Statement],
    took: &[usize],
    dialect: Dialect,
    made: impl Fn(&Statement) -> bool,
) -> Vec<OwnUndo> {
    let mut own_undos = vec![OwnUndo::NotNeeded; forward.len()];
    let mut makers: HashMap<ObjectName, usize> = HashMap::new();
    let mut triggers = false;
    for index in took.iter().copied() {
        let statement = &forward[index];
        let analysis = &statement.analysis;
        own_undos[index] = OwnUndo::Needed;
        triggers |= analysis.kind == StatementKind::CreateTrigger;
        match analysis.kind {
            StatementKind::CreateTable if !analysis.flags.or_replace => {
                if let Some(table) = only_table(analysis).filter(|_| made(statement)) {
                    makers.insert(table.clone(), index);
                }
            }
            StatementKind::DropTable => drop_tables(statement, index, &mut makers, &mut own_undos),
            StatementKind::RenameTable | StatementKind::AlterTable if renames(statement) => {
                // It is renamed back first, so that the table's maker finds it under its own name again.
                forget(statement, &mut makers);
            }
            StatementKind::CreateIndex | StatementKind::CreateTrigger if dialect == Dialect::Sqlite => {}
            _ => {
                let maker = only_table(analysis).and_then(|table| makers.get(table));
                if let Some(maker) = maker.filter(|_| stays_within(analysis, triggers)) {
                    own_undos[index] = OwnUndo::WithTable(*maker);
                }
            }
        }
    }
    own_undos
}

/// True if what a statement did is undone with a table that a statement before it certainly made.
pub(crate) fn goes_with_a_table_of(forward: &[Statement], index: usize) -> bool {
    let until: Vec<usize> = (0..=index).filter(|at| *at < forward.len()).collect();
    let own_undos = own_undos(forward, &until, Dialect::MySql, |s| !s.analysis.flags.if_not_exists);
    matches!(own_undos.get(index), Some(OwnUndo::WithTable(_)))
}

fn renames(statement: &Statement) -> bool {
    use crate::sql::How::{RenamesFrom, RenamesTo};
    statement.analysis.touches.iter().any(|touch| matches!(touch.how, RenamesFrom | RenamesTo))
}

/// Forgets the makers of the tables that a statement names: what is known of them holds no longer.
fn forget(statement: &Statement, makers: &mut HashMap<ObjectName, usize>) {
    for object in changed(&statement.analysis) {
        makers.remove(object);
    }
}

/// A table that the file made and drops again leaves nothing; with a table of others beside it in the statement, each has
/// to be undone.
fn drop_tables(
    statement: &Statement,
    index: usize,
    makers: &mut HashMap<ObjectName, usize>,
    own_undos: &mut [OwnUndo],
) {
    let dropped: Vec<&ObjectName> =
        changed(&statement.analysis).filter(|object| object.kind == ObjectKind::Table).collect();
    let own: Vec<usize> = dropped.iter().filter_map(|table| makers.get(*table).copied()).collect();
    forget(statement, makers);
    if own.len() != dropped.len() || own.is_empty() {
        return;
    }
    own_undos[index] = OwnUndo::Cancelled;
    for maker in own {
        own_undos[maker] = OwnUndo::Cancelled;
        for own_undo in own_undos.iter_mut().filter(|own_undo| **own_undo == OwnUndo::WithTable(maker)) {
            *own_undo = OwnUndo::Cancelled;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    fn undo_of(text: &str) -> Vec<OwnUndo> {
        let forward = statements(text, Dialect::MySql).unwrap();
        let all: Vec<usize> = (0..forward.len()).collect();
        own_undos(&forward, &all, Dialect::MySql, |s| !s.analysis.flags.if_not_exists)
    }

    #[test]
    fn what_happens_in_a_table_of_the_file_goes_with_it() {
        use OwnUndo::{Needed, WithTable};
        assert_eq!(
            undo_of("CREATE TABLE t (a INT); INSERT INTO t VALUES (1); ALTER TABLE t ADD b INT"),
            [Needed, WithTable(0), WithTable(0)]
        );
        assert_eq!(undo_of("INSERT INTO t VALUES (1); CREATE TABLE t (a INT)"), [Needed, Needed]);
        assert_eq!(
            undo_of("CREATE TABLE t (a INT); RENAME TABLE t TO u; INSERT INTO u VALUES (1)"),
            [Needed, Needed, Needed]
        );
    }

    #[test]
    fn rows_of_a_table_of_the_file_go_with_it() {
        let text = "CREATE TABLE m (a INT) ENGINE=MyISAM; BEGIN; INSERT INTO m VALUES (1); DELETE FROM t; ROLLBACK";
        let forward = statements(text, Dialect::MySql).unwrap();
        let goes: Vec<bool> = (0..forward.len()).map(|index| goes_with_a_table_of(&forward, index)).collect();
        assert_eq!(goes, [false, false, true, false, false]);
    }

    #[test]
    fn a_table_made_and_dropped_leaves_nothing() {
        use OwnUndo::{Cancelled, Needed};
        assert_eq!(undo_of("CREATE TABLE t (a INT); INSERT INTO t VALUES (1); DROP TABLE t"), [Cancelled; 3]);
        assert_eq!(undo_of("CREATE TABLE t (a INT); DROP TABLE t, u"), [Needed, Needed]);
    }
}
