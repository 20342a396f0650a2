//! Which statements of a file need an undo of their own: what happens inside a table that the file makes itself goes with
//! that table.

use super::mapping::{only_table, stays_within};
use super::need::changed;
use crate::sql::{ObjectKind, ObjectName, Statement, StatementKind};
use std::collections::HashMap;

/// How a statement that took effect is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// It did not take effect, or leaves nothing.
    Nothing,
    /// With the table that this statement of the file makes.
    With(usize),
    /// The file made a table and dropped it again: nothing of it stands.
    Cancelled,
    /// By an undo of its own.
    Own,
}

/// Of each statement, its course. `took` are those in force, in order; `made` says of a statement that creates a table
/// whether the table was certainly not there before.
pub(super) fn courses(forward: &[Statement], took: &[usize], made: impl Fn(&Statement) -> bool) -> Vec<Course> {
    let mut courses = vec![Course::Nothing; forward.len()];
    let mut makers: HashMap<ObjectName, usize> = HashMap::new();
    let mut triggers = false;
    for index in took.iter().copied() {
        let statement = &forward[index];
        let analysis = &statement.analysis;
        courses[index] = Course::Own;
        triggers |= analysis.kind == StatementKind::CreateTrigger;
        match analysis.kind {
            StatementKind::CreateTable if !analysis.flags.or_replace => {
                if let Some(table) = only_table(analysis).filter(|_| made(statement)) {
                    makers.insert(table.clone(), index);
                }
            }
            StatementKind::DropTable => drop_tables(statement, index, &mut makers, &mut courses),
            StatementKind::RenameTable | StatementKind::AlterTable if renames(statement) => {
                // It is renamed back first, so that the table's maker finds it under its own name again.
                forget(statement, &mut makers);
            }
            _ => {
                let maker = only_table(analysis).and_then(|table| makers.get(table));
                if let Some(maker) = maker.filter(|_| stays_within(analysis, triggers)) {
                    courses[index] = Course::With(*maker);
                }
            }
        }
    }
    courses
}

fn renames(statement: &Statement) -> bool {
    use crate::sql::How::{RenamesFrom, RenamesTo};
    statement.analysis.touches.iter().any(|touch| matches!(touch.how, RenamesFrom | RenamesTo))
}

/// What is known of the tables that a statement names holds no longer.
fn forget(statement: &Statement, makers: &mut HashMap<ObjectName, usize>) {
    for object in changed(&statement.analysis) {
        makers.remove(object);
    }
}

/// A table that the file made and drops again leaves nothing; with a table of others beside it in the statement, each has
/// to be undone.
fn drop_tables(statement: &Statement, index: usize, makers: &mut HashMap<ObjectName, usize>, courses: &mut [Course]) {
    let dropped: Vec<&ObjectName> =
        changed(&statement.analysis).filter(|object| object.kind == ObjectKind::Table).collect();
    let own: Vec<usize> = dropped.iter().filter_map(|table| makers.get(*table).copied()).collect();
    forget(statement, makers);
    if own.len() != dropped.len() || own.is_empty() {
        return;
    }
    courses[index] = Course::Cancelled;
    for maker in own {
        courses[maker] = Course::Cancelled;
        for course in courses.iter_mut().filter(|course| **course == Course::With(maker)) {
            *course = Course::Cancelled;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, statements};

    fn of(text: &str) -> Vec<Course> {
        let forward = statements(text, Dialect::MySql).unwrap();
        let all: Vec<usize> = (0..forward.len()).collect();
        courses(&forward, &all, |s| !s.analysis.flags.if_not_exists)
    }

    #[test]
    fn what_happens_in_a_table_of_the_file_goes_with_it() {
        use Course::{Own, With};
        assert_eq!(
            of("CREATE TABLE t (a INT); INSERT INTO t VALUES (1); ALTER TABLE t ADD b INT"),
            [Own, With(0), With(0)]
        );
        assert_eq!(of("INSERT INTO t VALUES (1); CREATE TABLE t (a INT)"), [Own, Own]);
        assert_eq!(of("CREATE TABLE t (a INT); RENAME TABLE t TO u; INSERT INTO u VALUES (1)"), [Own, Own, Own]);
    }

    #[test]
    fn a_table_made_and_dropped_leaves_nothing() {
        use Course::{Cancelled, Own};
        assert_eq!(of("CREATE TABLE t (a INT); INSERT INTO t VALUES (1); DROP TABLE t"), [Cancelled; 3]);
        assert_eq!(of("CREATE TABLE t (a INT); DROP TABLE t, u"), [Own, Own]);
    }
}
