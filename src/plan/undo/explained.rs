//! Whether the definitions found after a crash are those that a statement leads to: the prediction against which a
//! statement in doubt is held (`2-lifecycle`, In doubt). One `ALTER TABLE` or `RENAME TABLE` of one table is atomic on the
//! servers, so that what it says is either all there or not at all.

use super::witness::{Witness, named};
use crate::sql::{AlterOperation, How, ObjectName, Statement, StatementKind};
use std::collections::HashMap;

/// True when what the statement says is so now and was not so before, and nothing else differs. False is no proof of the
/// opposite.
pub fn explained(statement: &Statement, witness: &Witness, now: &HashMap<String, Option<String>>) -> bool {
    match statement.analysis.kind {
        StatementKind::RenameTable => renamed(statement, witness, now),
        StatementKind::AlterTable => altered(statement, witness, now),
        _ => false,
    }
}

fn names(statement: &Statement, how: How) -> Vec<&ObjectName> {
    statement.analysis.touches.iter().filter(|touch| touch.how == how).map(|touch| &touch.object).collect()
}

/// One table has lost its name, and another has come about under the new one.
fn renamed(statement: &Statement, witness: &Witness, now: &HashMap<String, Option<String>>) -> bool {
    let (from, to) = (names(statement, How::RenamesFrom), names(statement, How::RenamesTo));
    let ([from], [to]) = (from.as_slice(), to.as_slice()) else { return false };
    let before = |object: &ObjectName| witness.before(&named(object), statement.index);
    let is_there = |object: &ObjectName| now.get(&named(object)).is_some_and(Option::is_some);
    matches!(before(from), Some(Some(_))) && before(to) == Some(None) && !is_there(from) && is_there(to)
}

fn altered(statement: &Statement, witness: &Witness, now: &HashMap<String, Option<String>>) -> bool {
    let tables = names(statement, How::Alters);
    let [table] = tables.as_slice() else { return false };
    let name = named(table);
    let (Some(Some(before)), Some(Some(now))) = (witness.before(&name, statement.index), now.get(&name)) else {
        return false;
    };
    let operations: Vec<&AlterOperation> = statement
        .analysis
        .operations
        .iter()
        .filter(|operation| !matches!(operation, AlterOperation::Modifier { .. }))
        .collect();
    let (gone, come) = (without(before, now), without(now, before));
    !operations.is_empty()
        && operations.iter().all(|operation| is_seen(operation, before, now))
        && gone.iter().chain(&come).all(|line| operations.iter().any(|operation| is_about(operation, line)))
}

/// The lines of one definition that the other has not, without the commas that only tell their place.
fn without<'t>(one: &'t str, other: &str) -> Vec<&'t str> {
    let bare = |line: &'_ str| line.trim().trim_end_matches(',').to_owned();
    let others: Vec<String> = other.lines().map(bare).collect();
    one.lines().map(|line| line.trim().trim_end_matches(',')).filter(|line| !others.iter().any(|o| o == line)).collect()
}

/// Whether what an operation says is so now and was not so before.
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
        | Op::SetDefault { name }
        | Op::DropDefault { name } => line_of(before, name) != line_of(now, name),
        Op::AddPrimaryKey => !before.contains("PRIMARY KEY") && now.contains("PRIMARY KEY"),
        Op::DropPrimaryKey => before.contains("PRIMARY KEY") && !now.contains("PRIMARY KEY"),
        _ => false,
    }
}

/// Whether a line of a definition speaks of what an operation changes.
fn is_about(operation: &AlterOperation, line: &str) -> bool {
    use AlterOperation as Op;
    match operation {
        Op::AddColumn { name }
        | Op::DropColumn { name }
        | Op::ModifyColumn { name }
        | Op::SetDefault { name }
        | Op::DropDefault { name }
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
        _ => false,
    }
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
    use crate::model::{BatchId, Event, EventKind, FileId, Millis, Seq};
    use crate::sql::{Dialect, statements};

    const BEFORE: &str =
        "CREATE TABLE `t` (\n  `a` int NOT NULL,\n  `b` int DEFAULT NULL,\n  KEY `i` (`a`)\n) ENGINE=InnoDB";

    fn holds(sql: &str, now: &str) -> bool {
        let all = statements(sql, Dialect::MySql).unwrap();
        let definitions = vec![("table t".to_owned(), Some(BEFORE.to_owned()))];
        let kind = EventKind::FileCaptured { file: FileId(1), fingerprint: "1:".into(), definitions };
        let event = Event { batch: BatchId(1), seq: Seq(1), at: Millis(0), operator: None, kind };
        let now = HashMap::from([("table t".to_owned(), Some(now.to_owned()))]);
        explained(&all[0], &Witness::of([&event]), &now)
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
}
