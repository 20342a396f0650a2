//! The test that the definitions found after a crash are those that a statement leads to: the prediction against which a
//! statement in doubt is held (docs/design/lifecycle.md, After a crash). One statement about one object is atomic on the servers, so that
//! what it says is either all there or not at all.

use super::history::{DefinitionHistory, named};
use crate::sql::{AlterOperation, How, ObjectKind, ObjectName, Statement, StatementKind};
use std::collections::HashMap;

/// True when what the statement says is so now and was not so before, and nothing else differs. False is no proof of the
/// opposite. The history saw everything up to this statement, of the file or of its undo.
pub fn explained(statement: &Statement, history: &DefinitionHistory, now: &HashMap<String, Option<String>>) -> bool {
    use StatementKind as Kind;
    let operations: Vec<AlterOperation> = operations(statement);
    let renames = |operation: &AlterOperation| matches!(operation, AlterOperation::RenameTo { .. });
    match statement.analysis.kind {
        Kind::RenameTable => renamed(statement, history, now),
        Kind::AlterTable if !operations.is_empty() && operations.iter().all(renames) => {
            renamed(statement, history, now)
        }
        Kind::AlterTable | Kind::CreateIndex | Kind::DropIndex => altered(statement, &operations, history, now),
        Kind::CreateView | Kind::CreateTrigger | Kind::CreateProcedure | Kind::CreateFunction | Kind::CreateEvent => {
            redefined(statement, How::Creates, history, now)
        }
        Kind::AlterView | Kind::AlterEvent => redefined(statement, How::Alters, history, now),
        _ => false,
    }
}

/// Gives the operations of the statement on its table, without those that only say how it is done.
fn operations(statement: &Statement) -> Vec<AlterOperation> {
    let index = |how| names(statement, how).into_iter().find(|o| o.kind == ObjectKind::Index).map(|o| o.name.clone());
    match statement.analysis.kind {
        StatementKind::CreateIndex => {
            vec![AlterOperation::AddIndex { name: index(How::Creates), unique: false }]
        }
        StatementKind::DropIndex => {
            index(How::Drops).map(|name| AlterOperation::DropIndex { name }).into_iter().collect()
        }
        _ => {
            let all = statement.analysis.operations.iter();
            all.filter(|operation| !matches!(operation, AlterOperation::Modifier { .. })).cloned().collect()
        }
    }
}

fn names(statement: &Statement, how: How) -> Vec<&ObjectName> {
    statement.analysis.touches.iter().filter(|touch| touch.how == how).map(|touch| &touch.object).collect()
}

/// One table has lost its name, and another has come about under the new one.
fn renamed(statement: &Statement, history: &DefinitionHistory, now: &HashMap<String, Option<String>>) -> bool {
    let (from, to) = (names(statement, How::RenamesFrom), names(statement, How::RenamesTo));
    let ([from], [to]) = (from.as_slice(), to.as_slice()) else { return false };
    let before = |object: &ObjectName| history.latest(&named(object));
    let is_there = |object: &ObjectName| now.get(&named(object)).is_some_and(Option::is_some);
    matches!(before(from), Some(Some(_))) && before(to) == Some(None) && !is_there(from) && is_there(to)
}

fn altered(
    statement: &Statement,
    operations: &[AlterOperation],
    history: &DefinitionHistory,
    now: &HashMap<String, Option<String>>,
) -> bool {
    let tables = names(statement, How::Alters);
    let [table] = tables.as_slice() else { return false };
    let name = named(table);
    let (Some(Some(before)), Some(Some(now))) = (history.latest(&name), now.get(&name)) else {
        return false;
    };
    let (gone, come) = (without(before, now), without(now, before));
    !operations.is_empty()
        && operations.iter().all(|operation| is_seen(operation, before, now))
        && gone.iter().chain(&come).all(|line| operations.iter().any(|operation| is_about(operation, line)))
}

/// The statement says all that there is to say of one object, which was there and is defined otherwise now.
fn redefined(
    statement: &Statement,
    how: How,
    history: &DefinitionHistory,
    now: &HashMap<String, Option<String>>,
) -> bool {
    let objects = names(statement, how);
    let [object] = objects.as_slice() else { return false };
    let (before, now) = (history.latest(&named(object)), now.get(&named(object)));
    matches!((before, now), (Some(Some(before)), Some(Some(now))) if before != now)
}

/// The lines of one definition that the other has not, without the commas that only tell their place.
fn without<'t>(one: &'t str, other: &str) -> Vec<&'t str> {
    let bare = |line: &'_ str| line.trim().trim_end_matches(',').to_owned();
    let others: Vec<String> = other.lines().map(bare).collect();
    one.lines().map(|line| line.trim().trim_end_matches(',')).filter(|line| !others.iter().any(|o| o == line)).collect()
}

/// True if what an operation says is so now and was not so before.
fn is_seen(operation: &AlterOperation, before: &str, now: &str) -> bool {
    use AlterOperation as Op;
    let appears = |name: &str| has(now, name) && !has(before, name);
    let goes = |name: &str| has(before, name) && !has(now, name);
    match operation {
        Op::AddColumn { name }
        | Op::AddIndex { name: Some(name), .. }
        | Op::AddForeignKey { name: Some(name) }
        | Op::AddCheck { name: Some(name) } => appears(name),
        Op::DropColumn { name }
        | Op::DropIndex { name }
        | Op::DropForeignKey { name }
        | Op::DropConstraint { name } => goes(name),
        Op::RenameColumn { from, to } | Op::RenameIndex { from, to } => goes(from) && appears(to),
        Op::ChangeColumn { from, to } if !from.eq_ignore_ascii_case(to) => goes(from) && appears(to),
        Op::ModifyColumn { name }
        | Op::ChangeColumn { to: name, .. }
        | Op::ColumnVisibility { name }
        | Op::SetDefault { name }
        | Op::DropDefault { name } => line_of(before, name) != line_of(now, name),
        Op::IndexVisibility { name } | Op::AlterConstraint { name } => {
            without(before, now).iter().chain(&without(now, before)).any(|line| has(line, name))
        }
        Op::Option { .. } | Op::Engine { .. } | Op::DefaultCharset => tail(before) != tail(now),
        Op::AddPrimaryKey => !before.contains("PRIMARY KEY") && now.contains("PRIMARY KEY"),
        Op::DropPrimaryKey => before.contains("PRIMARY KEY") && !now.contains("PRIMARY KEY"),
        _ => false,
    }
}

/// True if a line of a definition speaks of what an operation changes.
fn is_about(operation: &AlterOperation, line: &str) -> bool {
    use AlterOperation as Op;
    match operation {
        Op::AddColumn { name }
        | Op::DropColumn { name }
        | Op::ModifyColumn { name }
        | Op::ColumnVisibility { name }
        | Op::SetDefault { name }
        | Op::DropDefault { name }
        | Op::IndexVisibility { name }
        | Op::AlterConstraint { name }
        | Op::AddIndex { name: Some(name), .. }
        | Op::DropIndex { name }
        | Op::AddForeignKey { name: Some(name) }
        | Op::DropForeignKey { name }
        | Op::AddCheck { name: Some(name) }
        | Op::DropConstraint { name } => has(line, name),
        Op::RenameColumn { from, to } | Op::RenameIndex { from, to } | Op::ChangeColumn { from, to } => {
            has(line, from) || has(line, to)
        }
        Op::AddPrimaryKey | Op::DropPrimaryKey => line.contains("PRIMARY KEY"),
        Op::Option { .. } | Op::Engine { .. } | Op::DefaultCharset => line.starts_with(TAIL),
        _ => false,
    }
}

/// First character of the line that holds a table's options.
const TAIL: char = ')';

fn tail(text: &str) -> Option<&str> {
    text.lines().find(|line| line.starts_with(TAIL))
}

/// Names stand quoted in the servers' definitions.
fn has(text: &str, name: &str) -> bool {
    text.to_lowercase().contains(&format!("`{}`", name.replace('`', "``").to_lowercase()))
}

fn line_of<'t>(text: &'t str, column: &str) -> Option<&'t str> {
    let head = format!("`{}` ", column.replace('`', "``").to_lowercase());
    text.lines().map(|line| line.trim().trim_end_matches(',')).find(|line| line.to_lowercase().starts_with(&head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Phase;
    use crate::sql::{Dialect, statements};
    use crate::undo::testing::{captured, finished, seen};

    const BEFORE: &str =
        "CREATE TABLE `t` (\n  `a` int NOT NULL,\n  `b` int DEFAULT NULL,\n  KEY `i` (`a`)\n) ENGINE=InnoDB";

    fn leads(sql: &str, before: &[(&str, Option<&str>)], now: &[(&str, Option<&str>)]) -> bool {
        let all = statements(sql, Dialect::MySql).unwrap();
        explained(
            &all[0],
            &DefinitionHistory::from_events([&captured(seen(before))]),
            &seen(now).into_iter().map(Into::into).collect(),
        )
    }

    fn holds(sql: &str, now: &str) -> bool {
        leads(sql, &[("table t", Some(BEFORE))], &[("table t", Some(now))])
    }

    #[test]
    fn what_the_statement_says_is_there() {
        let added = BEFORE.replace("  KEY", "  `c` int DEFAULT NULL,\n  KEY");
        assert!(holds("ALTER TABLE t ADD c INT", &added));
        assert!(!holds("ALTER TABLE t ADD c INT, ADD d INT", &added), "half of it is not all of it");
        assert!(!holds("ALTER TABLE t ADD d INT", &added), "somebody else's");
        assert!(!holds("ALTER TABLE t ADD c INT", &added.replace("`b` int DEFAULT NULL", "`b` bigint")), "and more");
        assert!(holds("ALTER TABLE t DROP COLUMN b", &BEFORE.replace("  `b` int DEFAULT NULL,\n", "")));
        assert!(holds("ALTER TABLE t MODIFY b BIGINT", &BEFORE.replace("`b` int", "`b` bigint")));
        assert!(holds("ALTER TABLE t DROP INDEX i", &BEFORE.replace(",\n  KEY `i` (`a`)", "")));
        assert!(!holds("ALTER TABLE t MODIFY b INT", BEFORE), "nothing to be seen");
    }

    #[test]
    fn an_index_is_part_of_its_table() {
        let added = BEFORE.replace("(`a`)", "(`a`),\n  KEY `j` (`b`)");
        assert!(holds("CREATE INDEX j ON t (b)", &added));
        assert!(holds("CREATE UNIQUE INDEX j ON t (b)", &added.replace("KEY `j`", "UNIQUE KEY `j`")));
        assert!(!holds("CREATE INDEX k ON t (b)", &added), "somebody else's");
        assert!(holds("DROP INDEX i ON t", &BEFORE.replace(",\n  KEY `i` (`a`)", "")));
        let hidden = BEFORE.replace("(`a`)", "(`a`) /*!80000 INVISIBLE */");
        assert!(holds("ALTER TABLE t ALTER INDEX i INVISIBLE", &hidden));
    }

    #[test]
    fn options_stand_behind_the_columns() {
        let named = BEFORE.replace("InnoDB", "InnoDB COMMENT='people'");
        assert!(holds("ALTER TABLE t COMMENT = 'people'", &named));
        assert!(!holds("ALTER TABLE t COMMENT = 'people'", &named.replace("`b` int", "`b` bigint")), "and more");
        assert!(!holds("ALTER TABLE t ADD c INT, COMMENT = 'people'", &named), "half of it");
    }

    #[test]
    fn a_name_is_given_to_one_that_had_another() {
        let (before, now) =
            ([("table t", Some(BEFORE)), ("table u", None)], [("table t", None), ("table u", Some(BEFORE))]);
        for sql in ["RENAME TABLE t TO u", "ALTER TABLE t RENAME TO u"] {
            assert!(leads(sql, &before, &now), "{sql}");
            assert!(!leads(sql, &before, &before), "{sql}");
            assert!(!leads(sql, &[("table t", Some(BEFORE)), ("table u", Some(BEFORE))], &now), "{sql}");
        }
    }

    #[test]
    fn what_is_defined_as_a_whole_is_defined_otherwise() {
        let sql = "CREATE OR REPLACE VIEW w AS SELECT 2";
        assert!(leads(sql, &[("view w", Some("SELECT 1"))], &[("view w", Some("SELECT 2"))]));
        assert!(!leads(sql, &[("view w", Some("SELECT 1"))], &[("view w", Some("SELECT 1"))]));
        assert!(!leads(sql, &[("view w", Some("SELECT 1"))], &[("view w", None)]));
    }

    /// The steps of an undo are held against what those before them left.
    #[test]
    fn what_an_undo_left_is_what_its_next_step_begins_with() {
        let added = BEFORE.replace("  KEY", "  `c` int DEFAULT NULL,\n  KEY");
        let after = |phase, text: &str| finished(phase, 0, seen(&[("table t", Some(text))]));
        let events = [captured(seen(&[("table t", Some(BEFORE))])), after(Phase::Forward, &added)];
        let back = &statements("ALTER TABLE t DROP COLUMN c", Dialect::MySql).unwrap()[0];
        let now = seen(&[("table t", Some(BEFORE))]).into_iter().map(Into::into).collect();
        assert!(explained(back, &DefinitionHistory::from_events(&events), &now));
        let undone = [&events[0], &events[1], &after(Phase::Undo, BEFORE)];
        assert!(!explained(back, &DefinitionHistory::from_events(undone), &now), "it was gone before");
    }
}
